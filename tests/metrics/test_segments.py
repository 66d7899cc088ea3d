import numpy as np
import pytest

from presage.metrics.segments import n_looked_at, segment_metrics


def ints(*values):
    return np.array(values, np.int32)


def test_hits_and_recall_are_means_over_queries():
    figures = segment_metrics([ints(1, 2), ints(2, 3)], [ints(2, 1, 9, 8), ints(5)], 200)
    assert figures == {"coverage": 0.015, "hits_at_1_percent": 1.0, "recall_at_1_percent": 0.25}


def test_a_hundredth_of_the_users_is_looked_at_and_at_least_one():
    assert [n_looked_at(n) for n in (1, 99, 100, 250, 6040)] == [1, 1, 1, 2, 60]


def test_without_queries_there_is_no_figure():
    with pytest.raises(ValueError, match="no item was held out"):
        segment_metrics([], [], 5)
