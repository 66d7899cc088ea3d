"""In which order a recurrent network reads the events of some rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...data import Longs
from ..ragged import bounds, runs
from .sessions import Pieces


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A piece of each of some rows, read side by side: the first event of each, then the second, ...

    Parameters
    ----------
    row : (n_pieces,), the rows, those of the longest pieces first
    opens, cuts : places in `row` where a session opens, and where gradients stop
    active : per step, how many pieces have an event
    event : (n_events,), in the order of reading
    last : (n_pieces,), which of these events is each piece's last
    """

    row: Longs
    opens: Longs
    cuts: Longs
    active: Sequence[int]
    event: Longs
    last: Longs


def schedule(pieces: Pieces, rows: Longs) -> Iterator[Slot]:
    """The k-th pieces of all rows side by side, for one k after the other.

    Parameters
    ----------
    rows : (n_rows,), rows of the pieces; slots number them from 0
    """
    count = pieces.count[rows]
    turn = runs(np.zeros(len(rows), np.int64), count)
    piece = runs(pieces.first[rows], count)
    order = np.lexsort((-pieces.length[piece], turn))
    row, piece = np.repeat(np.arange(len(rows)), count)[order], piece[order]
    edges = bounds(np.bincount(turn))
    for first, last in pairwise(edges.tolist()):
        yield _slot(pieces, row[first:last], piece[first:last])


def _slot(pieces: Pieces, row: Longs, piece: Longs) -> Slot:
    length = pieces.length[piece]
    active = len(length) - np.searchsorted(length[::-1], np.arange(length[0]), side="right")
    place = runs(np.zeros(len(active), np.int64), active)
    return Slot(
        row=row,
        opens=np.flatnonzero(pieces.opens[piece]),
        cuts=np.flatnonzero(pieces.cuts[piece]),
        active=active.tolist(),
        event=pieces.begin[piece][place] + np.repeat(np.arange(len(active)), active),
        last=bounds(active)[length - 1] + np.arange(len(length)),
    )
