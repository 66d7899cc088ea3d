"""Linear models over items: what a user used of late, times a weight from each item to each other one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import Feature, Floats, Interactions, Query, State
from .latest import LatestItems, check_items
from .popularity import shares, users_per_item
from .relations import Relations

POPULAR = 0.01  # the part of every answer that is popularity, so that no used item has a score of 0
NEGLIGIBLE = 0.01  # what an item counts at most that is left out of an answer, compared with the latest one


def linear_model(log: Interactions, relations: Relations, *, decay: float, length: int) -> "LinearModel":
    """The model of these relations, with the popularity of the log's items.

    Raises JobFailure if there are more items than a state can name.
    """
    check_items(log)
    return LinearModel(
        share=shares(users_per_item(log)), relations=relations, decay=decay, max_history_length=length
    )


@dataclass(frozen=True, kw_only=True)
class LinearModel(LatestItems):
    """An item's score is the sum of its weights from the latest items of the user; negative sums count as 0.

    Parameters
    ----------
    share : (n_items,), the popularity of each item as a probability
    relations : the weights from each item to its relatives
    decay : what each further item back counts, compared with the one after it
    max_history_length : how many different items are remembered
    """

    share: Floats
    relations: Relations
    decay: float
    max_history_length: int

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return len(self.share)

    def represent(self, states: Floats, queries: Sequence[Query]) -> Floats:
        """(n_queries, state_size): the latest items; nothing else about a question matters here."""
        del queries
        return states

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_items): sums of weights as probabilities, and a small part of popularity."""
        rows = [self._row(latest[latest > 0].astype(np.int64) - 1) for latest in represented]
        return np.stack(rows) if rows else np.zeros((0, self.n_items), np.float32)

    def _row(self, latest: NDArray[np.int64]) -> Floats:
        latest = latest[: self._reach]
        if not len(latest):
            return self.share
        begin, end = self.relations.start[latest], self.relations.start[latest + 1]
        here = [slice(*pair) for pair in zip(begin.tolist(), end.tolist(), strict=True)]
        counts = (self.decay ** np.arange(len(latest))).astype(np.float32)
        weight = np.repeat(counts, end - begin) * np.concatenate([self.relations.weight[run] for run in here])
        relative = np.concatenate([self.relations.relative[run] for run in here])
        total = np.bincount(relative, weight, minlength=self.n_items)
        np.maximum(total, 0, out=total)
        if not (mass := total.sum()):
            return self.share
        return (total * ((1 - POPULAR) / mass) + self.share * POPULAR).astype(np.float32)

    @cached_property
    def _reach(self) -> int:
        """How many of the latest items count in an answer."""
        counts = self.decay ** np.arange(1, self.max_history_length)
        return 1 + int((counts >= NEGLIGIBLE).sum())

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items, which nobody has used and which have no relatives."""
        del item_features
        start = np.append(self.relations.start, np.repeat(self.relations.start[-1], n_new))
        share = shares(np.append(self.share, np.zeros(n_new)))
        return replace(self, share=share, relations=replace(self.relations, start=start))

    def state(self) -> State:
        """The model as arrays and JSON."""
        kept = self.relations
        arrays = {"share": self.share, "start": kept.start, "relative": kept.relative, "weight": kept.weight}
        meta = {"model": "linear", "decay": self.decay, "max_history_length": self.max_history_length}
        return arrays, meta

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        relations = Relations(**{name: arrays[name] for name in ("start", "relative", "weight")})
        return cls(
            share=arrays["share"],
            relations=relations,
            decay=meta["decay"],
            max_history_length=meta["max_history_length"],
        )
