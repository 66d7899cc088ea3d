"""Users, items and actions with known propensities: what an honest model should say of each pair.

A user's taste is a point in the plane; items and actions lie around it. Users use items near their taste, and
take an action when shown with a probability that follows from its direction, its general appeal, and whether
they are members.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

DAY = 86_400
SHOWN_KINDS = ("NOT_TAKEN", "VIEWED")


@dataclass(frozen=True, kw_only=True)
class ActionWorld:
    """A world of actions.

    Parameters
    ----------
    n_each : interactions with items a user
    n_shown : actions that each user is shown, drawn with equal chance; those of `rare` to nobody
    rare : the last so many actions have no action interactions
    first_at : when interactions with items begin, seconds since 1970, UTC; actions are shown 30 days later
    """

    n_users: int = 600
    n_items: int = 60
    n_actions: int = 8
    n_each: int = 20
    n_shown: int = 4
    rare: int = 1
    first_at: int = 1_700_000_000
    seed: int = 0

    def propensity(self) -> NDArray[np.float64]:
        """(n_users, n_actions): the probability that a user takes an action that is shown."""
        taste, member = self._users()
        rng = np.random.default_rng(self.seed + 1)
        angle = 2 * np.pi * np.arange(self.n_actions) / self.n_actions
        direction = np.stack([np.cos(angle), np.sin(angle)])
        appeal = rng.normal(-0.7, 0.5, self.n_actions)
        for_members = rng.normal(0.0, 1.0, self.n_actions)
        return 1 / (1 + np.exp(-(2 * taste @ direction + appeal + member[:, None] * for_members)))

    def interactions(self) -> pl.DataFrame:
        """USER_ID, ITEM_ID, TIMESTAMP of what users did with items."""
        taste, _ = self._users()
        rng = np.random.default_rng(self.seed + 2)
        angle = 2 * np.pi * np.arange(self.n_items) / self.n_items
        logit = 3 * taste @ np.stack([np.cos(angle), np.sin(angle)])
        weight = np.exp(logit)
        chance = np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
        drawn = rng.random((self.n_users, self.n_each))
        item = np.array([np.searchsorted(row, asked) for row, asked in zip(chance, drawn, strict=True)])
        user = np.repeat(np.arange(self.n_users), self.n_each)
        time = self.first_at + rng.integers(0, 30 * DAY, len(user))
        item = np.minimum(item, self.n_items - 1).ravel()
        return _frame(USER_ID=_names("u", user), ITEM_ID=_names("i", item), TIMESTAMP=time)

    def users(self) -> pl.DataFrame:
        """USER_ID and MEMBER, `yes` or `no`."""
        _, member = self._users()
        return _frame(
            USER_ID=_names("u", np.arange(self.n_users)),
            MEMBER=["yes" if one else "no" for one in member],
        )

    def actions(self) -> pl.DataFrame:
        """ACTION_ID and VALUE, from 1 to 10."""
        names = _names("a", np.arange(self.n_actions))
        return _frame(ACTION_ID=names, VALUE=np.arange(self.n_actions) % 10 + 1)

    def action_interactions(self) -> pl.DataFrame:
        """USER_ID, ACTION_ID, EVENT_TYPE, TIMESTAMP of what users did with actions they were shown."""
        rng = np.random.default_rng(self.seed + 3)
        n_shown = min(self.n_shown, self.n_actions - self.rare)
        shown = [rng.choice(self.n_actions - self.rare, n_shown, replace=False) for _ in range(self.n_users)]
        user, action = np.repeat(np.arange(self.n_users), n_shown), np.concatenate(shown)
        is_taken = rng.random(len(user)) < self.propensity()[user, action]
        other = np.array(SHOWN_KINDS)[rng.integers(0, 2, len(user))]
        return _frame(
            USER_ID=_names("u", user),
            ACTION_ID=_names("a", action),
            EVENT_TYPE=np.where(is_taken, "TAKEN", other),
            TIMESTAMP=self.first_at + 30 * DAY + rng.integers(0, 20 * DAY, len(user)),
        )

    def _users(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """(n_users, 2) tastes, and (n_users,) who is a member."""
        rng = np.random.default_rng(self.seed)
        return rng.normal(0, 0.7, (self.n_users, 2)), rng.random(self.n_users) < 0.5


def _names(prefix: str, numbers: NDArray[np.int64]) -> list[str]:
    return [f"{prefix}{number}" for number in numbers]


def _frame(**columns: object) -> pl.DataFrame:
    return pl.DataFrame(columns)
