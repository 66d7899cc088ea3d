import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.recipes.ranking.hrnn.schedule import schedule
from presage.recipes.ranking.hrnn.sessions import cut_history

from .test_sessions import HISTORIES, flat


@settings(deadline=None)
@given(HISTORIES, st.integers(0, 40), st.integers(1, 12), st.randoms())
def test_every_row_is_read_in_order_and_its_last_event_found(histories, gap, bptt, random):
    pieces = cut_history(*flat(histories), gap=gap, bptt=bptt, window=12)
    rows = np.array(random.sample(range(len(pieces.first)), random.randint(1, len(pieces.first))))
    read = {row: [] for row in range(len(rows))}
    for slot in schedule(pieces, rows):
        events = np.split(slot.event, np.cumsum(slot.active)[:-1])
        for n, now in zip(slot.active, events, strict=True):
            assert len(now) == n
            for row, event in zip(slot.row, now, strict=False):
                read[row].append(event)
        assert slot.event[slot.last].tolist() == [read[row][-1] for row in slot.row]
    for row, wanted in enumerate(rows):
        assert read[row] == pieces.events(np.array([wanted])).tolist()


@settings(deadline=None)
@given(HISTORIES, st.integers(0, 40), st.integers(1, 12))
def test_sessions_open_and_gradients_are_cut_where_pieces_say(histories, gap, bptt):
    pieces = cut_history(*flat(histories), gap=gap, bptt=bptt, window=30)
    rows = np.arange(len(pieces.first))
    for turn, slot in enumerate(schedule(pieces, rows)):
        piece = pieces.first[rows[slot.row]] + turn
        np.testing.assert_array_equal(np.isin(np.arange(len(piece)), slot.opens), pieces.opens[piece])
        np.testing.assert_array_equal(np.isin(np.arange(len(piece)), slot.cuts), pieces.cuts[piece])
