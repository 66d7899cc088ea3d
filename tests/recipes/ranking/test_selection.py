import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.recipes.data import Categories
from presage.recipes.ranking.selection import (
    check_percentiles,
    latest_items,
    take,
    usual_users,
    within_percentiles,
)

from ..logs import categories, log_of, numbers


@given(st.lists(st.integers(0, 20)), st.floats(0, 1), st.floats(0, 1))
def test_percentiles_keep_some_of_what_is_active_and_nothing_else(counts, one, other):
    count, (low, high) = np.array(counts, int), sorted((one, other))
    kept = within_percentiles(count, low, high)
    assert not np.any(kept & (count == 0))
    assert kept.any() == (count > 0).any()


def test_percentiles_cut_both_ends():
    assert np.flatnonzero(within_percentiles(np.arange(101), 0.1, 0.9)).tolist() == list(range(10, 91))


def test_users_outside_the_percentiles_lose_their_events_and_context_follows():
    context = {"D": categories(*[(e % 7,) for e in range(7)])}
    log = usual_users(log_of([[0], [1, 2], [3, 0, 1, 2]], context=context), 0.0, 0.6)
    assert log.user.tolist() == [0, 1, 1]
    assert log.item.tolist() == [0, 1, 2]
    assert log.context["D"].codes.tolist() == [0, 1, 2]
    assert (log.n_users, log.n_items) == (3, 4)


@given(st.lists(st.lists(st.integers(0, 4), max_size=3), min_size=1), st.data())
def test_rows_are_taken_in_the_order_given(rows, data):
    wanted = data.draw(st.lists(st.integers(0, len(rows) - 1)))
    taken = take(categories(*rows, n_values=5), np.array(wanted, np.int64))
    assert isinstance(taken, Categories)
    ends = zip(taken.start[:-1], taken.start[1:], strict=True)
    assert [taken.codes[a:b].tolist() for a, b in ends] == [rows[row] for row in wanted]


def test_numbers_are_taken_too():
    assert take(numbers(1, 2, 3), np.array([2, 0])).values.tolist() == [3, 1]


def test_crossed_percentiles_are_refused():
    with pytest.raises(ValueError, match=r"min_x is 0\.9 and max_x is 0\.1; the first must not exceed"):
        check_percentiles(min_x=0.9, max_x=0.1)


@given(st.lists(st.lists(st.integers(0, 4), max_size=9), min_size=1, max_size=4), st.integers(1, 5))
def test_of_each_user_the_latest_different_items_are_kept(histories, at_most):
    kept = latest_items(log_of(histories, n_items=5), at_most)
    for user, history in enumerate(histories):
        latest = list(dict.fromkeys(reversed(history)))[:at_most]
        assert kept.item[kept.user == user].tolist() == latest[::-1]
