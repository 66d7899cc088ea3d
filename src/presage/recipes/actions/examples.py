"""From what users did with actions to examples: shown, and taken in time or not."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import ActionLog, Ints, Longs

SECONDS_PER_DAY = 86_400
RECENT_DAYS = 42
LEAST_OF_EACH = 50
"""An action is learned if it was taken, and not taken or only viewed, so often each in the last six weeks."""


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Windows of time, each of one user and one action.

    Parameters
    ----------
    user, action : (n,)
    time : (n,), when the window begins
    is_taken : (n,), whether the user took the action in it
    """

    user: Ints
    action: Ints
    time: Longs
    is_taken: NDArray[np.bool_]

    def take(self, rows: NDArray[Any]) -> Self:
        """Some of them, in that order."""
        return type(self)(
            user=self.user[rows], action=self.action[rows], time=self.time[rows], is_taken=self.is_taken[rows]
        )


def examples_of(log: ActionLog, period_days: int) -> Examples:
    """A window of `period_days` from each event that no earlier window of its user and action holds."""
    pair = log.user.astype(np.int64) * log.n_actions + log.action
    order = np.lexsort((log.time, pair))
    pair, time, taken = pair[order], log.time[order], log.is_taken[order]
    begin, end = _windows(pair, time, period_days * SECONDS_PER_DAY)
    n_taken = np.concatenate([[0], np.cumsum(taken)])
    return Examples(
        user=log.user[order][begin],
        action=log.action[order][begin],
        time=time[begin],
        is_taken=n_taken[end] > n_taken[begin],
    )


def learnable(log: ActionLog) -> NDArray[np.bool_]:
    """(n_actions,): which actions have enough recent events of either kind."""
    recent = log.time > log.time.max(initial=0) - RECENT_DAYS * SECONDS_PER_DAY
    counts = [
        np.bincount(log.action[recent & kind], minlength=log.n_actions)
        for kind in (log.is_taken, ~log.is_taken)
    ]
    return (counts[0] >= LEAST_OF_EACH) & (counts[1] >= LEAST_OF_EACH)


def _windows(pair: Longs, time: Longs, seconds: int) -> tuple[Longs, Longs]:
    """The first event of each window, and the event after its last, of events sorted by pair, then time."""
    if not len(pair):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    _, first, pair_row = np.unique(pair, return_index=True, return_inverse=True)
    stop = np.append(first[1:], len(pair))
    span = int(time.max() - time.min()) + seconds + 1
    key = pair_row * span + (time - time.min())
    begins: list[Longs] = []
    ends: list[Longs] = []
    while len(first):
        end = np.searchsorted(key, key[first] + seconds, side="right")
        begins.append(first)
        ends.append(end)
        left = end < stop
        first, stop = end[left], stop[left]
    return np.concatenate(begins), np.concatenate(ends)
