"""Every user's state after a whole log, for serving to go on from."""

import numpy as np

from ..data import Floats, Interactions, Longs, UserModel
from .ragged import bounds
from .selection import history_of

AT_ONCE = 4096  # users whose histories are made together, to bound memory
NEVER = -1  # stands for the time of the last event of a user without one


def user_states(model: UserModel, log: Interactions) -> tuple[Floats, Longs]:
    """The state of each user after the log, and when the user's last event was.

    Parameters
    ----------
    log : about items of the model

    Returns (n_users, state_size), and (n_users,) seconds since 1970 or -1 for a user without events.
    """
    start = bounds(np.bincount(log.user, minlength=log.n_users))
    last_at = np.full(log.n_users, NEVER, np.int64)
    last_at[log.user] = log.time  # a user's last event is the last one written
    states = np.zeros((log.n_users, model.state_size), np.float32)
    for first in range(0, log.n_users if model.state_size else 0, AT_ONCE):
        users = range(first, min(first + AT_ONCE, log.n_users))
        states[users.start : users.stop] = model.read(
            [history_of(log, user, start[user], start[user + 1]) for user in users]
        )
    return states, last_at
