"""Items that the same people use, and items like them by their metadata: `aws-similar-items`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..data import DEFAULT_TRAINING, Floats, Interactions, Longs, Training
from ..settings import setting
from .columns import Bags, Encoding
from .popularity import shares
from .relations import normalised, used_by
from .svd import truncated_svd
from .vectors import VectorsModel

if TYPE_CHECKING:
    from scipy.sparse import csr_array

COLD_BELOW = 5
"""Items that fewer users used are known by their metadata."""
RIDGE = 1.0
"""Draws what metadata tell to 0: as if so many items had vectors of 0."""


@dataclass(frozen=True, kw_only=True)
class SimilarItems:
    """Vectors whose dot product is how much the users of two items have in common; of cold items by metadata.

    With X the users' items, each entry over the root of the user's items and of the item's users, X = U S V',
    the vectors are V S^(3/4) over (the item's users) ** (popularity_discount_factor / 2): a smoothed cosine.
    A ridge regression predicts them from the metadata of the items that are not cold.

    Parameters
    ----------
    popularity_discount_factor : the higher, the rarer the relatives
    item_id_hidden_dim : the length of an item's vector
    item_metadata_hidden_dim : to so many numbers an item the metadata are reduced before the regression
    """

    popularity_discount_factor: float = setting(0.0, low=0.0, high=1.0)
    item_id_hidden_dim: int = setting(100, low=30, high=200, tunable=True)
    item_metadata_hidden_dim: int = setting(100, low=30, high=200, tunable=True)

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> VectorsModel:
        """Solve, always from nothing; `training.seed` and `training.report` matter."""
        used = used_by(log)
        count = np.bincount(used.indices, minlength=log.n_items)
        training.report("relating items", 0.1)
        vector = self._together(used, count, training.seed)
        training.report("reading metadata", 0.7)
        attributes = Encoding.learn(log.item_features)
        bags = attributes.encode(log.item_features, log.n_items)
        warm = count >= COLD_BELOW
        table = self._table(bags, attributes.n_values, vector, np.where(warm, count, 0), training.seed)
        by_metadata = bags.embed(table)
        usual = float(count[warm].mean()) if warm.any() else 1.0
        told = ~warm & by_metadata.any(axis=1)
        vector = np.where(told[:, None], by_metadata, vector)
        rarity = -0.5 * self.popularity_discount_factor
        lift = np.where(told, usual, np.maximum(count, 1)) ** rarity
        vector = (vector * lift[:, None]).astype(np.float32)
        training.report("reading metadata", 1.0)
        return VectorsModel(
            share=shares(count),
            vector=vector,
            greatest=float((vector * vector).sum(axis=1).max(initial=0)),
            attributes=attributes,
            table=(table * usual**rarity).astype(np.float32),
            unit=False,
        )

    def _together(self, used: "csr_array", count: Longs, seed: int) -> Floats:
        """(n_items, d): the items' vectors by who used them."""
        _, values, right = truncated_svd(normalised(used, count), self.item_id_hidden_dim, seed)
        return (right * values**0.75).astype(np.float32)

    def _table(
        self, bags: Bags, n_values: int, vector: Floats, weight: NDArray[np.integer], seed: int
    ) -> Floats:
        """(n_values, d): the part of each value in the vector that an item's metadata let expect."""
        from scipy.sparse import csr_array  # noqa: PLC0415, training alone needs it

        if not n_values:
            return np.zeros((0, vector.shape[1]), np.float32)
        values = csr_array((bags.weight, bags.code, bags.start), (len(bags.start) - 1, n_values))
        directions = truncated_svd(values, self.item_metadata_hidden_dim, seed)[2]
        reduced = bags.embed(directions)
        root = np.sqrt(weight / max(1, weight.max(initial=0)))[:, None].astype(np.float32)
        left, right = reduced * root, vector * root
        gram = left.T @ left + RIDGE * np.eye(reduced.shape[1], dtype=np.float32)
        return (directions @ np.linalg.solve(gram, left.T @ right)).astype(np.float32)
