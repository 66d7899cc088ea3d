"""What recipes are given and what they give back: arrays in, arrays out, no I/O."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int32]
Longs: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float32]
State: TypeAlias = tuple[dict[str, NDArray[Any]], dict[str, Any]]
"""A model at rest: named arrays, and settings that JSON can hold."""
Report: TypeAlias = Callable[[str, float], None]
"""Told (step, fraction of the whole in [0, 1]) as work goes on."""

Monitor: TypeAlias = Callable[[float, float], None]
"""Told (fraction of the fit in [0, 1], mean loss of events that are not learned) while a recipe learns in
passes; it may raise, which ends a fit that is not worth going on with."""


Part = TypeVar("Part")
Result = TypeVar("Result")


class Run(Protocol):
    """Calls a function with each of several parts; what it returns comes in the order of the parts.

    It may do so in other processes: the function is one of a module, parts and results are values.
    """

    def __call__(self, function: Callable[[Part], Result], parts: Iterable[Part], /) -> Iterator[Result]:
        """What the function returns for each part."""
        ...


def here(function: Callable[[Part], Result], parts: Iterable[Part], /) -> Iterator[Result]:
    """A `Run` in this process, one after the other."""
    return map(function, parts)


Keep: TypeAlias = Callable[[str, Callable[[], State]], State]
"""What was made under a name, in an earlier try of the same training or now, by the function."""


def made_now(name: str, make: Callable[[], State]) -> State:  # noqa: ARG001
    """A `Keep` that keeps nothing."""
    return make()


Ranks: TypeAlias = Callable[[Callable[..., object], tuple[object, ...]], AbstractContextManager[object]]
"""While this lasts, other processes call the same function with the same arguments, as ranks of one group."""


def no_others(
    function: Callable[..., object],  # noqa: ARG001
    arguments: tuple[object, ...],  # noqa: ARG001
) -> AbstractContextManager[object]:
    """`Ranks` of this process alone."""
    return nullcontext()


def silent(step: str, fraction: float) -> None:
    """A `Report` that tells nobody."""


def unwatched(fraction: float, loss: float) -> None:
    """A `Monitor` that tells nobody."""


@dataclass(frozen=True, kw_only=True)
class Categories:
    """A categorical column: row r holds codes[start[r]:start[r + 1]]; none is "missing", several are allowed.

    Parameters
    ----------
    start : (n_rows + 1,)
    codes : (n_codes,), each in 0 to n_values - 1
    n_values : how many distinct values the column knows
    """

    start: Longs
    codes: Ints
    n_values: int


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """A numeric column.

    Parameters
    ----------
    values : (n_rows,), NaN where missing
    """

    values: Floats


Feature: TypeAlias = Categories | Numbers


@dataclass(frozen=True, kw_only=True)
class Interactions:
    """Who used what, when: sorted by user, then time (ties keep the order in which they arrived).

    Parameters
    ----------
    user, item : (n_events,), rows into the users and items
    time : (n_events,), seconds since 1970, UTC
    n_users, n_items : how many there are, also those without events
    context : a column per contextual field, a row per event
    item_features, user_features : a column per metadata field, a row per item or user
    item_texts : a column per text field, codes of words and parts of words, a row per item; most recipes are
        given none
    item_created_at : (n_items,), seconds since 1970, UTC
    weight : (n_events,), how much it counts to foresee an event; (0,) where all count the same
    """

    user: Ints
    item: Ints
    time: Longs
    n_users: int
    n_items: int
    context: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    item_features: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    user_features: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    item_texts: Mapping[str, Categories] = field(default_factory=dict[str, Categories])
    item_created_at: Longs = field(default_factory=lambda: np.zeros(0, np.int64))
    weight: Floats = field(default_factory=lambda: np.zeros(0, np.float32))

    @property
    def weights(self) -> Floats:
        """(n_events,): how much each event counts."""
        return self.weight if len(self.weight) else np.ones(len(self.item), np.float32)


@dataclass(frozen=True, kw_only=True)
class ActionLog:
    """What users did with actions, and what the same users did with items.

    Parameters
    ----------
    interactions : with items
    user, action : (n_events,), rows into the users of `interactions` and the actions
    time : (n_events,), seconds since 1970, UTC
    is_taken : (n_events,), whether the user took the action, or else only saw or declined it
    n_actions : how many there are, also those without events
    """

    interactions: Interactions
    user: Ints
    action: Ints
    time: Longs
    is_taken: NDArray[np.bool_]
    n_actions: int


@dataclass(frozen=True, kw_only=True)
class History:
    """What one user did.

    Parameters
    ----------
    item, time : (n_events,), rows of items and seconds since 1970, oldest first; both empty for a new user
    context : a column per contextual field, a row per event
    user_features : a column per metadata field, one row; empty if the user has no record
    """

    item: Ints
    time: Longs
    context: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    user_features: Mapping[str, Feature] = field(default_factory=dict[str, Feature])


@dataclass(frozen=True, kw_only=True)
class Query:
    """One question to a model: what would this user like next?

    Parameters
    ----------
    silence : seconds since the user's last event; 0 for a user without one, or whose session was ended
    context : a column per contextual field, one row: the request's own context, empty if none was given
    user_features : a column per metadata field, one row; empty if the user has no record
    seed_item : the item whose relatives are asked for, or None
    """

    silence: float = 0.0
    context: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    user_features: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    seed_item: int | None = None


class UserModel(Protocol):
    """A fitted model that answers for users, by what they did with items.

    It knows a user as a state, a vector that moves on with each event, so that an answer costs the same
    however long the history. A question is answered in two steps, for serving batches the second:
    `score(represent(states, queries))`.
    """

    @property
    def state_size(self) -> int:
        """The length of a user's state; 0 for a model that remembers nothing of users."""
        ...

    @property
    def gap(self) -> float:
        """A longer silence, in seconds, ends a user's session; infinite for a model that knows of none."""
        ...

    def read(self, histories: Sequence[History]) -> Floats:
        """(n_histories, state_size): the state after each history.

        Events with items that the model does not have are left out; of a long history a model may read the
        latest events alone.
        """
        ...

    def advance(
        self, states: Floats, item: Ints, silence: Floats, context: Sequence[Mapping[str, Feature]]
    ) -> Floats:
        """(n, state_size): the states after one further event each.

        Parameters
        ----------
        states : (n, state_size), left as they are
        item : (n,), rows of items, each in 0 to n_items - 1
        silence : (n,), seconds since each user's event before; 0 for a first one
        context : n times a column per contextual field, one row: the event's own; empty if it has none
        """
        ...

    def end_sessions(self, states: Floats) -> Floats:
        """(n, state_size): the states after a silence longer than `gap`.

        `advance` and `represent` see to it by themselves, given the silence. Who asks often about the same
        users can do it once, and give these states and no silence.
        """
        ...

    def represent(self, states: Floats, queries: Sequence[Query]) -> Floats:
        """(n_queries, d): what the model makes of each question, for `score`. d may be 0.

        Parameters
        ----------
        states : (n_queries, state_size), of the users who are asked about, left as they are
        """
        ...

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_scored): a number in [0, 1] for each thing that the model scores."""
        ...

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items at the end, known by their features alone: a row each."""
        ...

    def state(self) -> State:
        """The model as arrays and JSON."""
        ...

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described; the arrays may be memory-mapped and read-only."""
        ...


class RankingModel(UserModel, Protocol):
    """A fitted model that ranks items: `score` gives a probability per item, and every row sums to 1."""

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        ...


class ActionModel(UserModel, Protocol):
    """A fitted model of actions: `score` gives the probability that the user takes each; 0 = not known."""

    @property
    def n_actions(self) -> int:
        """How many actions it scores."""
        ...


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a recipe is to fit.

    Parameters
    ----------
    seed : the same data and seed give the same model
    report : is told how far it is
    monitor : is told how well it goes, by recipes that learn in passes
    deadline : by `time.monotonic`; what takes longer stops there with the best that it has; None = no limit
    device : where tensors live, as torch names it: `cpu`, `cuda`
    previous : the model to go on from, where a recipe can; None = from nothing
    run : where parts that need nothing of each other are worked on
    cores : how many parts `run` works on at once
    ranks : which processes take shares of each batch of a network's learning
    keep : brings back what an earlier try of the same training finished
    """

    seed: int = 0
    report: Report = silent
    monitor: Monitor = unwatched
    deadline: float | None = None
    device: str = "cpu"
    previous: "Previous | None" = None
    run: Run = here
    cores: int = 1
    ranks: Ranks = no_others
    keep: Keep = made_now

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def part(self, start: float, end: float) -> Self:
        """The same training as one part of a longer work: its 0 to 1 is reported as `start` to `end`."""
        span = end - start
        return replace(
            self,
            report=lambda step, fraction: self.report(step, start + span * fraction),
            monitor=lambda fraction, loss: self.monitor(start + span * fraction, loss),
        )

    def together(self, learn: Callable[..., Result], *arguments: object) -> Result:
        """What a module's function returns of its arguments and this training, all ranks taking part."""
        with self.ranks(learn, (*arguments, self.elsewhere())):
            return learn(*arguments, self)

    def elsewhere(self) -> Self:
        """The same training as another process knows it: it tells nobody how far it is."""
        return type(self)(seed=self.seed, deadline=self.deadline, device=self.device)


DEFAULT_TRAINING = Training()


@dataclass(frozen=True, kw_only=True)
class Previous:
    """An older model of the same recipe.

    Parameters
    ----------
    item : (n_items,), the row that each item of the new data has in the older model; -1 = none
    """

    model: RankingModel
    item: Ints


class RankingRecipe(Protocol):
    """A recipe is its settings: a frozen dataclass whose `fit` makes a model."""

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> RankingModel:
        """Learn from `log`."""
        ...


class SegmentModel(Protocol):
    """A fitted model of user segments: which users will want an item, or items of some attributes?"""

    @property
    def n_users(self) -> int:
        """How many users it chooses from."""
        ...

    def best_users(self, items: Ints, k: int) -> tuple[Ints, Floats]:
        """(n_items, min(k, n_users)) rows of users for each item, and their scores, the highest first.

        Parameters
        ----------
        items : (n_items,), rows of items, each one of the training's
        """
        ...

    def best_users_with(self, attributes: Sequence[Mapping[str, Feature]], k: int) -> tuple[Ints, Floats]:
        """(n_queries, min(k, n_users)) rows of users for each query, and their scores, the highest first.

        Parameters
        ----------
        attributes : a column per item attribute, one row, as `Vocabulary.encode_item` gives it; all of them
            together are asked for, also several values of one column

        Raises ValueError if a query holds nothing that the model knows.
        """
        ...

    def of_users(self, rows: Longs) -> Self:
        """The model of some of its users alone, in the order of these rows."""
        ...

    def state(self) -> State:
        """The model as arrays and JSON."""
        ...

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described; the arrays may be memory-mapped and read-only."""
        ...


class SegmentRecipe(Protocol):
    """A recipe of user segments: a frozen dataclass whose `fit` makes a model."""

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> SegmentModel:
        """Learn from `log`."""
        ...


class ActionRecipe(Protocol):
    """A recipe of actions: a frozen dataclass whose `fit` makes a model."""

    @property
    def action_optimization_period(self) -> int:
        """An action counts as taken if it is within so many days after it was shown."""
        ...

    def fit(self, log: ActionLog, training: Training = DEFAULT_TRAINING) -> ActionModel:
        """Learn from `log`."""
        ...
