"""What ranking recipes are given and what they give back: arrays in, arrays out, no I/O."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int32]
Longs: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float32]
State: TypeAlias = tuple[dict[str, NDArray[Any]], dict[str, Any]]
"""A model at rest: named arrays, and settings that JSON can hold."""
Report: TypeAlias = Callable[[str, float], None]
"""Told (step, fraction of the whole in [0, 1]) as work goes on."""


def silent(step: str, fraction: float) -> None:
    """A `Report` that tells nobody."""


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
    item_created_at : (n_items,), seconds since 1970, UTC
    """

    user: Ints
    item: Ints
    time: Longs
    n_users: int
    n_items: int
    context: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    item_features: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    user_features: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    item_created_at: Longs = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True, kw_only=True)
class Query:
    """One question to a model: what would this user like next?

    Parameters
    ----------
    item, time : (n_history,), what the user did, oldest first; both empty for a new user
    context : a column per contextual field, a row per event of the history
    now_context : a column per contextual field, one row: the request's own context, empty if none was given
    user_features : a column per metadata field, one row; empty if the user has no record
    seed_item : the item whose relatives are asked for, or None
    now : seconds since 1970, UTC
    """

    item: Ints
    time: Longs
    context: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    now_context: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    user_features: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    seed_item: int | None = None
    now: int = 0


class RankingModel(Protocol):
    """A fitted ranking model; it scores in two steps: serving keeps the first and batches the second."""

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        ...

    def represent(self, queries: Sequence[Query]) -> Floats:
        """(n_queries, d): what the model knows of each question, for `score`. d may be 0."""
        ...

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_items): a probability per item; every row sums to 1."""
        ...

    def state(self) -> State:
        """The model as arrays and JSON."""
        ...

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described; the arrays may be memory-mapped and read-only."""
        ...


class RankingRecipe(Protocol):
    """A recipe is its settings: a frozen dataclass whose `fit` makes a model."""

    def fit(self, log: Interactions, *, seed: int = 0, report: Report = silent) -> RankingModel:
        """Learn from `log`; the same log and seed give the same model."""
        ...
