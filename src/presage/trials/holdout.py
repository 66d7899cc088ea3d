"""Which events judge a model: AWS's hold-out of one user in ten (Personalize developer guide, evaluation)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HIDDEN = 0.1
"""The part of a held-out user's events that is to be guessed."""


@dataclass(frozen=True, kw_only=True)
class HoldOut:
    """The users kept from training, and where each one's events are cut.

    Parameters
    ----------
    users : (n_held,), ascending
    start, cut, stop : (n_held,), places in the log: events start..cut are shown, cut..stop are to be guessed
    """

    users: NDArray[np.int32]
    start: NDArray[np.int64]
    cut: NDArray[np.int64]
    stop: NDArray[np.int64]


def hold_out(user: NDArray[np.int32], *, seed: int, share: float = 0.1) -> HoldOut:
    """Draw some of the users with 2 events or more, at least one; hide the newest tenth of their events.

    Parameters
    ----------
    user : (n_events,), sorted; each user's events oldest first
    share : the part of these users that is drawn; AWS draws a tenth

    Raises ValueError if nobody can be held out and still leave somebody to learn from.
    """
    users, first, n_events = np.unique(user, return_index=True, return_counts=True)
    able = np.flatnonzero(n_events >= 2)
    if not len(able) or len(users) < 2:
        raise ValueError(
            f"of {len(users)} users, {len(able)} have 2 events or more; judging a model needs one of these"
            " and another user to learn from"
        )
    n_held = max(1, int(len(able) * share))
    held = np.sort(np.random.default_rng(seed).choice(able, n_held, replace=False))
    n_hidden = np.maximum(1, (n_events[held] * HIDDEN).astype(np.int64))
    stop = first[held] + n_events[held]
    return HoldOut(users=users[held], start=first[held], cut=stop - n_hidden, stop=stop)
