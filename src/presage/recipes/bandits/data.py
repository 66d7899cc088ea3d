"""What bandit policies read: rounds in which an action is to be chosen, and the rewards of actions taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ..data import State

Doubles = NDArray[np.floating]
Rows = NDArray[np.integer]
UNKNOWN = -1
"""The row of a user of whom nothing is known."""
AT_ONCE = 1_000_000
"""Numbers that are drawn together."""


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """Rounds in which the same actions are open.

    A policy reads what it needs: some know users and actions by their rows, others by context and features.

    Parameters
    ----------
    user : (n_rounds,), rows of users; `UNKNOWN` for a stranger
    context : (n_rounds, n_context), what is known of the moment and of the user, in units of about 1
    action : (n_actions,), rows of the actions that are open
    features : (n_actions, n_features), what is known of each of them, in units of about 1
    """

    user: Rows
    context: Doubles
    action: Rows
    features: Doubles

    @property
    def n_rounds(self) -> int:
        """How many choices are asked for."""
        return len(self.user)

    @property
    def n_actions(self) -> int:
        """How many actions are open in each of them."""
        return len(self.action)

    def take(self, rows: Rows) -> "Rounds":
        """Some of the rounds."""
        return Rounds(
            user=self.user[rows], context=self.context[rows], action=self.action, features=self.features
        )

    def seen(self, chosen: Rows, reward: Doubles) -> "Seen":
        """What became of these rounds.

        Parameters
        ----------
        chosen : (n_rounds,), the place among the open actions of the one that was taken
        reward : (n_rounds,)
        """
        return Seen(
            user=self.user,
            context=self.context,
            action=self.action[chosen],
            features=self.features[chosen],
            reward=np.asarray(reward, float),
        )


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Actions that were taken, and what they earned; columns as in `Rounds`, a row each action taken.

    Parameters
    ----------
    reward : (n,), in a unit of the caller's
    """

    user: Rows
    context: Doubles
    action: Rows
    features: Doubles
    reward: Doubles

    def __len__(self) -> int:
        return len(self.reward)


def joined(parts: Sequence[Seen]) -> Seen:
    """All rows of the parts, in their order; at least one part."""
    return Seen(
        **{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Seen)}
    )


class Foresight(Protocol):
    """What is believed of the reward of every action in every round."""

    def expected(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions): the expected reward."""
        ...

    def spread(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions): the standard deviation of the belief in that expectation, >= 0."""
        ...

    def draws(self, rounds: Rounds, n_draws: int, rng: np.random.Generator) -> Iterator[Doubles]:
        """So many draws from the belief, in blocks of `blocks`, each (n_block, n_rounds, n_actions)."""
        ...


class Belief(Foresight, Protocol):
    """A foresight that learns."""

    def learn(self, seen: Seen) -> None:
        """Take in rewards at once; one takes less than a millisecond."""
        ...

    def refit(self) -> None:
        """Think all rewards over again: what is due now and then, and may take long."""
        ...

    def state(self) -> State:
        """All that is needed to go on: arrays, and a mapping for JSON."""
        ...

    def restored(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The belief that `state` described; settings are those of this one."""
        ...


def blocks(rounds: Rounds, n_draws: int) -> Iterator[int]:
    """How many draws to make at a time, so that no block holds more than about a million numbers."""
    most = max(1, AT_ONCE // max(1, rounds.n_rounds * rounds.n_actions))
    for start in range(0, n_draws, most):
        yield min(most, n_draws - start)


def check_rounds(rounds: Rounds, n_context: int, n_features: int) -> None:
    """Raises ValueError if columns do not fit each other or the policy, or hold what is no number."""
    _check_columns(rounds, n_context, n_features)
    if rounds.context.shape[0] != rounds.n_rounds:
        raise ValueError(f"context has {rounds.context.shape[0]} rows; there are {rounds.n_rounds} rounds")
    if not rounds.n_actions:
        raise ValueError("no action is open; a choice needs at least one")
    if len(np.unique(rounds.action)) != rounds.n_actions:
        raise ValueError(f"an action is open twice; the rows are {rounds.action.tolist()[:20]}")


def check_seen(seen: Seen, n_context: int, n_features: int) -> None:
    """Raises ValueError if columns do not fit each other or the policy, or hold what is no number."""
    _check_columns(seen, n_context, n_features)
    lengths = {name: len(getattr(seen, name)) for name in ("user", "context", "action", "features", "reward")}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns have different lengths: {lengths}")
    _check_finite("reward", seen.reward)


def _check_columns(told: Rounds | Seen, n_context: int, n_features: int) -> None:
    for name, array, width in (("context", told.context, n_context), ("features", told.features, n_features)):
        if array.ndim != 2 or array.shape[1] != width:
            raise ValueError(f"{name} has the shape {array.shape}; this policy reads (rows, {width})")
        _check_finite(name, array)
    if len(told.features) != len(told.action):
        raise ValueError(f"features has {len(told.features)} rows; there are {len(told.action)} actions")
    for name, rows, low in (("user", told.user, UNKNOWN), ("action", told.action, 0)):
        if len(rows) and rows.min() < low:
            raise ValueError(f"{name} has the row {rows.min()}; rows are numbered from {low} on")


def _check_finite(name: str, array: Doubles) -> None:
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds {array[~np.isfinite(array)][0]}; only finite numbers can be learned")
