import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.metrics import action_metrics
from presage.metrics.actions import area_under_curve, precision, recall

TAKEN = np.array([True, False, True, False])


def test_an_action_is_recommended_to_those_above_its_mean():
    score = np.array([0.9, 0.8, 0.2, 0.1])
    assert precision(score, TAKEN) == 0.5
    assert recall(score, TAKEN) == 0.5


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=2, max_size=20))
def test_the_area_is_the_share_of_pairs_in_the_right_order(pairs):
    score, taken = (np.array(column) for column in zip(*pairs, strict=True))
    if 0 < taken.sum() < len(taken):
        of_pairs = [(one > other) + (one == other) / 2 for one in score[taken] for other in score[~taken]]
        assert area_under_curve(score, taken) == pytest.approx(np.mean(of_pairs))


def test_figures_of_a_perfect_model():
    scores = np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.2, 0.2, 0.0]])
    user, action = np.array([0, 1, 2, 2]), np.array([0, 1, 0, 1])
    found = action_metrics(scores[user], user, action, np.array([True, True, False, False]))
    assert found == {
        "coverage": pytest.approx(2 / 3, abs=1e-4),
        "precision": 1.0,
        "recall": 1.0,
        "auc": 1.0,
        "normalized_discounted_cumulative_gain_at_5": 1.0,
        "normalized_discounted_cumulative_gain_at_10": 1.0,
        "normalized_discounted_cumulative_gain_at_25": 1.0,
    }


def test_what_nothing_tells_of_is_zero():
    none = np.zeros(0, np.int32)
    assert set(action_metrics(np.zeros((0, 3)), none, none, none.astype(bool)).values()) == {0.0}
