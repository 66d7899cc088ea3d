from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.recipes.bandits.allocating import allocate

USE = np.array([[1.0, 1], [2.0, 0], [0, 0]])


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_nothing_earns_more_within_the_limits(data):
    n = data.draw(st.integers(1, 4))
    number = st.floats(-3, 3).map(lambda one: round(one, 2))
    score = np.array(data.draw(st.lists(st.tuples(number, number, number), min_size=n, max_size=n)))
    is_open = np.array(data.draw(st.lists(st.tuples(*[st.booleans()] * 3), min_size=n, max_size=n)))
    is_open[:, 2] = True
    amount = np.array([data.draw(st.floats(0, 6)), data.draw(st.integers(0, 3))], float)
    found = allocate(score, is_open, USE, amount)
    assert np.allclose(found.share.sum(axis=1), 1)
    assert not found.share[~is_open].any()
    assert np.all(found.share.sum(axis=0) @ USE <= amount + 1e-6)
    rows = np.arange(n)
    fits = [
        score[rows, arms].sum()
        for arms in map(list, product(range(3), repeat=n))
        if is_open[rows, arms].all() and np.all(USE[arms].sum(axis=0) <= amount)
    ]
    earned = (found.share * score).sum()
    assert earned >= max(fits) - 1e-6
    charged = np.where(is_open, score - USE @ found.price, -np.inf).max(axis=1)
    assert earned == pytest.approx(charged.sum() + amount @ found.price, abs=1e-5)  # as much as it could be


def test_limits_that_cannot_be_kept_are_told():
    with pytest.raises(ValueError, match=r"no allocation keeps within the limits \[1\.0, 0\.0\]"):
        allocate(np.ones((2, 3)), np.array([[True, False, False]] * 2), USE, np.array([1.0, 0.0]))
