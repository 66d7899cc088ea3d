"""Rank items by how many people used them: `aws-popularity-count`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from ..data import DEFAULT_TRAINING, Feature, Floats, Interactions, Query, State, Training
from .stateless import Stateless


def users_per_item(log: Interactions) -> NDArray[np.int64]:
    """(n_items,): how many distinct users have used each item."""
    pair = log.user.astype(np.int64) * log.n_items + log.item
    return np.bincount(np.unique(pair) % max(1, log.n_items), minlength=log.n_items)


def shares(weight: NDArray[Any]) -> Floats:
    """Weights of at least 0 as probabilities; all equal if every weight is 0."""
    total = float(weight.sum())
    share = weight / total if total > 0 else np.full(len(weight), 1 / max(1, len(weight)))
    return share.astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class PopularityCount:
    """Rank items by their number of distinct users, the same for everybody until trained again.

    Parameters
    ----------
    counts : `users`, or `events` to count a user's every event
    """

    counts: Literal["users", "events"] = "users"

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> "PopularityModel":
        """Count, always from nothing; only `training.report` matters."""
        by_event = self.counts == "events"
        used = np.bincount(log.item, minlength=log.n_items) if by_event else users_per_item(log)
        model = PopularityModel(share=shares(used))
        training.report("counting", 1.0)
        return model


@dataclass(frozen=True, kw_only=True)
class PopularityModel(Stateless):
    """One ranking for everybody.

    Parameters
    ----------
    share : (n_items,), a probability per item
    """

    share: Floats

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return len(self.share)

    def represent(self, states: Floats, queries: Sequence[Query]) -> Floats:
        """(n_queries, 0): nothing about a question matters here."""
        del states
        return np.zeros((len(queries), 0), np.float32)

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_items): the same probabilities in every row."""
        return np.tile(self.share, (len(represented), 1))

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items, which nobody has used."""
        del item_features
        return replace(self, share=shares(np.append(self.share, np.zeros(n_new))))

    def state(self) -> State:
        """The model as arrays and JSON."""
        return {"share": self.share}, {"model": "popularity"}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        del meta
        return cls(share=arrays["share"])
