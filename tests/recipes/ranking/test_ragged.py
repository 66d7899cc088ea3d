from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from presage.recipes.ranking.ragged import bounds, runs


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 5))))
def test_runs_are_ranges_end_to_end(pairs):
    begin, length = np.array(pairs, np.int64).reshape(-1, 2).T
    laid = runs(begin, length)
    assert laid.tolist() == [i for b, n in pairs for i in range(b, b + n)]
    ranges = [laid[a:b].tolist() for a, b in pairwise(bounds(length))]
    assert ranges == [list(range(b, b + n)) for b, n in pairs]
