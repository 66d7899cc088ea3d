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
NEGLIGIBLE = 0.05  # what an item counts at most that is left out of an answer, compared with the latest one


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
    relations : the weights from each item to its relatives; later items have none
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
        total = np.zeros((len(represented), self.n_items), np.float32)
        for row, latest in zip(total, represented, strict=True):
            self._add_up(row, latest)
        np.maximum(total, 0, out=total)
        mass = total.sum(axis=1, keepdims=True)
        related = mass > 0
        total *= np.divide(1 - POPULAR, mass, out=mass, where=related)
        total += np.where(related, np.float32(POPULAR), np.float32(1)) * self.share
        return total

    def _add_up(self, row: Floats, latest: Floats) -> None:
        """Put the sums of the weights from the latest items into a row (n_items,) of 0."""
        counts, n_items = self._counts, self.relations.n_items
        item = latest[: len(counts)].astype(np.int64) - 1
        known = (item >= 0) & (item < n_items)
        if known.any():
            row[:n_items] = self.relations.added_up(item[known], counts[: len(item)][known])

    @cached_property
    def _counts(self) -> Floats:
        """(n,): what each of the latest items counts, the latest first, as far as they count in an answer."""
        counts = self.decay ** np.arange(self.max_history_length)
        return counts[: max(1, int((counts >= NEGLIGIBLE).sum()))].astype(np.float32)

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items, which nobody has used and which have no relatives."""
        del item_features
        return replace(self, share=shares(np.append(self.share, np.zeros(n_new))))

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
        _ = relations.in_full  # made before the first question
        return cls(
            share=arrays["share"],
            relations=relations,
            decay=meta["decay"],
            max_history_length=meta["max_history_length"],
        )
