import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.trials.holdout import hold_out


@given(st.lists(st.integers(0, 40), min_size=2, max_size=80), st.integers(0, 2**32 - 1))
def test_a_tenth_of_the_users_is_cut_at_nine_tenths(n_events, seed):
    user = np.repeat(np.arange(len(n_events), dtype=np.int32), n_events)
    able = sum(n >= 2 for n in n_events)
    if not able or sum(n >= 1 for n in n_events) < 2:
        with pytest.raises(ValueError, match="2 events or more"):
            hold_out(user, seed=seed)
        return
    held = hold_out(user, seed=seed)
    assert len(held.users) == len(set(held.users)) == max(1, able // 10)
    for row, start, cut, stop in zip(held.users, held.start, held.cut, held.stop, strict=True):
        assert list(user[start:stop]) == [row] * n_events[row]
        assert start < cut < stop
        assert stop - cut == max(1, n_events[row] // 10)


def test_the_seed_decides_who_is_held_out():
    user = np.repeat(np.arange(1000, dtype=np.int32), 3)
    first, again, other = (hold_out(user, seed=seed).users for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
