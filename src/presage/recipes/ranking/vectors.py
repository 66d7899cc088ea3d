"""Items as vectors: the relatives of an item are those whose vectors point where its own does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import Feature, Floats, State
from .columns import Encoding
from .popularity import shares
from .stateless import Seeded

POPULAR = 1e-4  # what the most popular item gains in each answer, as a part of the greatest likeness of all


@dataclass(frozen=True, kw_only=True)
class VectorsModel(Seeded):
    """Likeness is the dot product of two items' vectors, 0 if it is negative; popular items follow.

    A new item has the sum of its attributes' vectors.

    Parameters
    ----------
    share : (n_items,), the popularity of each item as a probability
    vector : (n_items, d), 0 for an item of which nothing is known
    greatest : the greatest likeness of an item of the training with itself
    attributes : how the columns of an item's record are read
    table : (n_values, d), what each value adds to the vector of a new item
    unit : whether vectors are scaled to the length 1
    """

    share: Floats
    vector: Floats
    greatest: float
    attributes: Encoding
    table: Floats
    unit: bool

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return len(self.share)

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_items): relatives first, then popular items, the seed itself last."""
        seed = represented[:, 0].astype(np.int64)
        rows = np.maximum(self.vector[np.maximum(seed, 0)] @ self.vector.T, 0)
        rows[seed < 0] = 0
        floor = self.share * (POPULAR * self.greatest / (float(self.share.max(initial=0)) or 1.0))
        rows += floor
        if self.n_items > 1:
            known = seed >= 0
            rows[np.flatnonzero(known), seed[known]] = 0
        total = rows.sum(axis=1, keepdims=True)
        rows[total[:, 0] <= 0] = 1 / max(1, self.n_items)
        return (rows / np.where(total > 0, total, 1)).astype(np.float32)

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items, related by their attributes."""
        vector = embedded(self.attributes, self.table, item_features, n_new, unit=self.unit)
        share = shares(np.append(self.share, np.zeros(n_new)))
        return replace(self, share=share, vector=np.concatenate([self.vector, vector]))

    def state(self) -> State:
        """The model as arrays and JSON."""
        arrays = {"share": self.share, "vector": self.vector, "table": self.table}
        meta = {"model": "vectors", "greatest": self.greatest, "unit": self.unit}
        return arrays, meta | {"attributes": self.attributes.to_json()}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        return cls(
            **arrays,
            greatest=meta["greatest"],
            unit=meta["unit"],
            attributes=Encoding.from_json(meta["attributes"]),
        )


def embedded(
    attributes: Encoding, table: Floats, columns: Mapping[str, Feature], n_rows: int, *, unit: bool
) -> Floats:
    """(n_rows, d): the vectors of records; 0 for one that tells nothing."""
    bags = attributes.encode(columns, n_rows)
    vector = np.zeros((n_rows, table.shape[1]), np.float32)
    for row, (first, end) in enumerate(pairwise(bags.start.tolist())):
        vector[row] = bags.weight[first:end] @ table[bags.code[first:end]]
    return scaled(vector) if unit else vector


def scaled(vector: Floats) -> Floats:
    """(n, d): the vectors at the length 1; those of length 0 as they are."""
    length = np.linalg.norm(vector, axis=1, keepdims=True)
    return (vector / np.where(length > 0, length, 1)).astype(np.float32)
