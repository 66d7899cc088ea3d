"""Histories cut into sessions, and sessions into pieces that a recurrent network can learn through."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data import Longs
from ..ragged import runs

ONE_SESSION = float(np.iinfo(np.int64).max)
SHORTEST = 30 * 60.0  # seconds; a shorter silence ends no visit
PIECE = 16  # events of a piece at most


def session_gap(gap: NDArray[np.int64]) -> float:
    """The silence in seconds that best tells the pauses within sessions from those between them.

    Parameters
    ----------
    gap : (n_gaps,), seconds between events of one user that follow each other, at least 0

    The cut makes the variance between the two groups of log(1 + gap) largest; where all gaps are alike there
    is one session and the answer is larger than any gap. It is never less than half an hour.
    Source: Otsu, A threshold selection method from gray-level histograms, IEEE Trans. SMC 1979.
    """
    level, count = np.unique(np.log1p(gap), return_counts=True)
    if len(level) < 2:
        return ONE_SESSION
    below, above = np.cumsum(count)[:-1], len(gap) - np.cumsum(count)[:-1]
    weight = np.cumsum(level * count)
    apart = weight[:-1] / below - (weight[-1] - weight[:-1]) / above
    cut = int(np.argmax(below.astype(float) * above * apart**2))
    return max(SHORTEST, float(np.expm1((level[cut] + level[cut + 1]) / 2)))


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """A log as rows (windows of one user's history), each a run of pieces, each a run of events.

    Parameters
    ----------
    begin, length : (n_pieces,), piece p holds the events begin[p] to begin[p] + length[p] - 1
    opens : (n_pieces,), whether the piece begins a session; the first of a row always does
    cuts : (n_pieces,), whether gradients stop before the piece
    first, count : (n_rows,), row r holds the pieces first[r] to first[r] + count[r] - 1
    user : (n_rows,)
    is_start : (n_rows,), whether the row holds the beginning of its user's history
    """

    begin: Longs
    length: Longs
    opens: NDArray[np.bool_]
    cuts: NDArray[np.bool_]
    first: Longs
    count: Longs
    user: Longs
    is_start: NDArray[np.bool_]

    def events(self, rows: Longs) -> Longs:
        """The events of some rows."""
        piece = runs(self.first[rows], self.count[rows])
        return runs(self.begin[piece], self.length[piece])


def cut_history(user: NDArray[np.int32], time: Longs, *, gap: float, bptt: int, window: int) -> Pieces:
    """Cut each user's events into windows of at most `window` events, sessions, and pieces.

    Windows are counted from a user's last event, so that the latest window is whole. Pieces are short, so
    that rows with sessions of different length are seldom idle when they are read side by side.

    Parameters
    ----------
    user, time : (n_events,), sorted by user, then time; at least one event
    gap : a longer silence in seconds begins a new session
    bptt : after so many events of a session gradients stop
    """
    event = np.arange(len(user))
    new_user = np.diff(user, prepend=-1) != 0
    last = np.append(np.flatnonzero(new_user)[1:], len(user)) - 1
    to_last = last[np.cumsum(new_user) - 1] - event
    new_row = new_user | (np.diff(to_last // window, prepend=-1) != 0)
    new_session = new_row | (np.diff(time, prepend=time[0]) > gap)
    in_session = event - np.maximum.accumulate(np.where(new_session, event, 0))
    begin = np.flatnonzero(in_session % bptt % PIECE == 0)
    row_begin = np.flatnonzero(new_row)
    first = np.searchsorted(begin, row_begin)
    return Pieces(
        begin=begin,
        length=np.diff(begin, append=len(user)),
        opens=new_session[begin],
        cuts=(in_session[begin] % bptt == 0) & ~new_session[begin],
        first=first,
        count=np.diff(first, append=len(begin)),
        user=user[row_begin].astype(np.int64),
        is_start=new_user[row_begin],
    )
