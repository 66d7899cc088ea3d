"""Implicit alternating least squares: `presage-als`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import DEFAULT_TRAINING, Feature, Floats, Interactions, Query, State, Training
from ..settings import setting
from .factors import Als
from .latest import LatestItems, check_items
from .popularity import shares, users_per_item
from .relations import used_by

POPULAR = 0.01  # the part of every answer that is popularity, so that no used item has a score of 0


@dataclass(frozen=True, kw_only=True)
class ImplicitAls:
    """Users and items as vectors whose dot product is near 1 for what was used, and near 0 for the rest.

    A user's vector is solved anew for each answer from the items used until then: events count at once.
    Source: Hu, Koren, Volinsky, ICDM 2008; Rendle et al., Revisiting the Performance of iALS, RecSys 2022.

    Parameters
    ----------
    hidden_dimension : the length of a vector
    regularization : how strongly vectors are drawn to 0
    unobserved_weight : what an unused item counts, compared with a used one
    epochs : how often both sides are solved in turn
    max_history_length : a user's vector comes from so many of the latest different items
    """

    hidden_dimension: int = setting(96, low=8, high=512, tunable=True, log=True)
    regularization: float = setting(0.003, low=0.0001, high=1.0, tunable=True, log=True)
    unobserved_weight: float = setting(0.1, low=0.001, high=1.0, tunable=True, log=True)
    epochs: int = setting(12, low=1, high=100)
    max_history_length: int = setting(200, low=1, high=500)

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> "AlsModel":
        """Solve, always from nothing; a deadline ends it after the epoch in hand."""
        check_items(log)
        als = Als(
            size=self.hidden_dimension,
            regularization=self.regularization,
            unobserved_weight=self.unobserved_weight,
            epochs=self.epochs,
        )
        item = als.fit(used_by(log), training).item
        return AlsModel(
            share=shares(users_per_item(log)),
            item=item,
            everybody=(self.unobserved_weight * (item.T @ item)).astype(np.float32),
            penalty=(self.regularization, self.regularization * self.unobserved_weight * log.n_items),
            max_history_length=self.max_history_length,
        )


@dataclass(frozen=True, kw_only=True)
class AlsModel(LatestItems):
    """An item's score is the dot product of its vector with the user's, which the latest items give.

    Parameters
    ----------
    share : (n_items,), the popularity of each item as a probability
    item : (n_items, d), 0 for an item that nobody used
    everybody : (d, d), the unobserved weight times the sum of all items' outer products
    penalty : on a user's vector: for each item used, and at all
    max_history_length : how many different items are remembered
    """

    share: Floats
    item: Floats
    everybody: Floats
    penalty: tuple[float, float]
    max_history_length: int

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return len(self.share)

    def represent(self, states: Floats, queries: Sequence[Query]) -> Floats:
        """(n_queries, d): the users' vectors; 0 without a known item."""
        del queries
        vectors = [self._user(latest[latest > 0].astype(np.int64) - 1) for latest in states]
        return np.stack(vectors) if vectors else np.zeros((0, self.item.shape[1]), np.float32)

    def _user(self, items: NDArray[np.int64]) -> Floats:
        own = self.item[items]
        matrix = self.everybody + own.T @ own
        matrix[np.diag_indices(len(matrix))] += self.penalty[0] * len(items) + self.penalty[1] + 1e-6
        return np.linalg.solve(matrix, own.sum(axis=0)).astype(np.float32)

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_items): dot products above 0 as probabilities, and a small part of popularity."""
        total = np.maximum(represented @ self.item.T, 0)
        mass = total.sum(axis=1, keepdims=True)
        known = mass > 0
        part = np.where(known, 1 - POPULAR, 0) / np.where(known, mass, 1)
        return (total * part + self.share * np.where(known, POPULAR, 1)).astype(np.float32)

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items, which nobody has used."""
        del item_features
        share = shares(np.append(self.share, np.zeros(n_new)))
        return replace(self, share=share, item=np.pad(self.item, ((0, n_new), (0, 0))))

    def state(self) -> State:
        """The model as arrays and JSON."""
        arrays = {"share": self.share, "item": self.item, "everybody": self.everybody}
        meta = {"model": "als", "penalty": list(self.penalty), "max_history_length": self.max_history_length}
        return arrays, meta

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        one, all_ = meta["penalty"]
        return cls(**arrays, penalty=(one, all_), max_history_length=meta["max_history_length"])
