import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.recipes.ranking.hrnn.sessions import PIECE, cut_history, session_gap

HISTORIES = st.lists(st.lists(st.integers(0, 50), min_size=1, max_size=30), min_size=1, max_size=6)


def flat(histories):
    user = np.repeat(np.arange(len(histories)), [len(h) for h in histories]).astype(np.int32)
    return user, np.array([t for h in histories for t in sorted(h)], np.int64)


def test_the_gap_lies_between_pauses_within_and_between_sessions():
    rng = np.random.default_rng(0)
    within, between = rng.lognormal(4, 1, 900), rng.lognormal(12, 1, 100)
    gap = session_gap(np.concatenate([within, between]).astype(np.int64))
    assert np.quantile(within, 0.99) < gap < np.quantile(between, 0.01)


def test_a_session_outlasts_short_silences():
    assert session_gap(np.array([1, 1, 20, 20], np.int64)) == 1800


@pytest.mark.parametrize("gaps", [[], [0], [7, 7, 7]])
def test_without_different_gaps_there_is_one_session(gaps):
    assert session_gap(np.array(gaps, np.int64)) > 1e18


@given(HISTORIES, st.integers(0, 60), st.integers(1, 8), st.integers(1, 12))
def test_a_cut_history_keeps_every_event_once_and_every_promise(histories, gap, bptt, window):
    user, time = flat(histories)
    pieces = cut_history(user, time, gap=gap, bptt=bptt, window=window)
    events = [np.arange(b, b + n) for b, n in zip(pieces.begin, pieces.length, strict=True)]
    np.testing.assert_array_equal(np.concatenate(events), np.arange(len(user)))
    assert pieces.length.max() <= min(bptt, PIECE)
    for row in range(len(pieces.first)):
        own = range(pieces.first[row], pieces.first[row] + pieces.count[row])
        rows = np.concatenate([events[p] for p in own])
        assert len(rows) <= window
        assert set(user[rows]) == {pieces.user[row]}
        assert pieces.is_start[row] == (rows[0] == 0 or user[rows[0] - 1] != user[rows[0]])
        since_cut = 0
        for p in own:
            since_cut = 0 if pieces.opens[p] or pieces.cuts[p] else since_cut
            since_cut += pieces.length[p]
            assert since_cut <= bptt
            silence = time[events[p][0]] - time[events[p][0] - 1]
            assert pieces.opens[p] == (p == own[0] or silence > gap)
            assert not (pieces.opens[p] and pieces.cuts[p])
            assert np.all(np.diff(time[events[p]]) <= gap)


def test_the_last_window_of_a_history_is_whole():
    pieces = cut_history(np.zeros(10, np.int32), np.arange(10), gap=99, bptt=32, window=4)
    assert pieces.length.tolist() == [2, 4, 4]


def test_gradients_are_cut_after_as_many_events_of_a_session_as_they_may_go_back_through():
    pieces = cut_history(np.zeros(40, np.int32), np.arange(40), gap=99, bptt=18, window=64)
    assert pieces.length.tolist() == [16, 2, 16, 2, 4]
    assert np.flatnonzero(pieces.cuts).tolist() == [2, 4]
