"""Items whose use grows: `aws-trending-now`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import DEFAULT_TRAINING, Feature, Floats, Interactions, Longs, Query, State, Training
from ..settings import setting
from .popularity import shares, users_per_item
from .stateless import Stateless

SECONDS = {"30 minutes": 1800, "1 hour": 3600, "2 hours": 7200, "3 hours": 10_800, "1 day": 86_400}
POPULAR = 0.01  # the part of every answer that is popularity: it decides where nothing grows


def growth(lately: NDArray[Any], before: NDArray[Any]) -> NDArray[np.float64]:
    """(n_items,): how many more events an item has in an interval than in the one before; 0 where not more.

    The difference over the root of the sum and 1. By chance alone it varies with a standard deviation of 1,
    however popular the item is; the 1 keeps single events from telling much.
    """
    return np.maximum(lately - before, 0) / np.sqrt(lately + before + 1.0)


def uses_within(item: NDArray[Any], time: Longs, n_items: int, after: float, until: float) -> Longs:
    """(n_items,): how many events with each item are later than `after`, and not later than `until`."""
    return np.bincount(item[(time > after) & (time <= until)], minlength=n_items)


def growth_at(log: Interactions, now: float, seconds: float) -> NDArray[np.float64]:
    """(n_items,): the growth from the last interval but one to the last one at a moment."""
    lately = uses_within(log.item, log.time, log.n_items, now - seconds, now)
    before = uses_within(log.item, log.time, log.n_items, now - 2 * seconds, now - seconds)
    return growth(lately, before)


def trend(growing: NDArray[Any], popular: NDArray[Any]) -> Floats:
    """(n_items,): probabilities: growth, and a small part of popularity; that alone where nothing grows."""
    share = shares(popular)
    return shares(growing / growing.sum() * (1 - POPULAR) + share * POPULAR) if growing.any() else share


@dataclass(frozen=True, kw_only=True)
class TrendingNow:
    """Rank items by how fast their use grows from one interval to the next; popular items where none does.

    Parameters
    ----------
    trend_discovery_frequency : the length of an interval
    """

    trend_discovery_frequency: str = setting(
        "2 hours", choices=tuple(SECONDS), group="featureTransformationParameters"
    )

    @property
    def seconds(self) -> int:
        """The length of an interval."""
        return SECONDS[self.trend_discovery_frequency]

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> "TrendingModel":
        """Count the last two intervals, which end with the newest event; only `training.report` matters."""
        model = TrendingModel(
            popular=users_per_item(log),
            growing=growth_at(log, int(log.time.max(initial=0)), self.seconds),
            seconds=self.seconds,
        )
        training.report("counting", 1.0)
        return model


@dataclass(frozen=True, kw_only=True)
class TrendingModel(Stateless):
    """One ranking for everybody: that of the training. What grows since then is counted by who answers.

    Parameters
    ----------
    popular : (n_items,), how many users used each item
    growing : (n_items,), the growth at the newest event
    seconds : the length of an interval
    """

    popular: Longs
    growing: NDArray[np.float64]
    seconds: int

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return len(self.popular)

    def represent(self, states: Floats, queries: Sequence[Query]) -> Floats:
        """(n_queries, 0): nothing about a question matters here."""
        del states
        return np.zeros((len(queries), 0), np.float32)

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_items): the same probabilities in every row."""
        return np.tile(trend(self.growing, self.popular), (len(represented), 1))

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items, which nobody has used."""
        del item_features
        return replace(
            self, popular=np.append(self.popular, [0] * n_new), growing=np.append(self.growing, [0.0] * n_new)
        )

    def state(self) -> State:
        """The model as arrays and JSON."""
        arrays = {"popular": self.popular, "growing": self.growing}
        return arrays, {"model": "trending", "seconds": self.seconds}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        return cls(**arrays, seconds=meta["seconds"])
