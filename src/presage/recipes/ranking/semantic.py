"""Items whose texts are about the same: `aws-semantic-similarity`."""

from dataclasses import dataclass

import numpy as np

from ..data import DEFAULT_TRAINING, Interactions, Training
from .columns import Encoding
from .popularity import shares, users_per_item
from .svd import truncated_svd
from .vectors import VectorsModel, embedded

DIMENSIONS = 128


@dataclass(frozen=True, kw_only=True)
class SemanticSimilarity:
    """Vectors of texts: the strongest directions of what words and parts of words occur together.

    Each text is a bag of hashed codes, weighed by how rare they are, reduced to 128 numbers and scaled to the
    length 1, so that likeness is a cosine. Interactions matter for popularity alone.
    Source: Deerwester et al., Indexing by Latent Semantic Analysis, JASIS 1990.
    """

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> VectorsModel:
        """Solve, always from nothing; `training.seed` and `training.report` matter."""
        from scipy.sparse import csr_array  # noqa: PLC0415, training alone needs it

        attributes = Encoding.learn(log.item_texts)
        bags = attributes.encode(log.item_texts, log.n_items)
        training.report("reading texts", 0.3)
        texts = csr_array((bags.weight, bags.code, bags.start), (log.n_items, attributes.n_values))
        texts.sum_duplicates()
        n_texts = np.bincount(texts.indices, minlength=attributes.n_values)
        rarity = np.log((1 + log.n_items) / (1 + n_texts)).astype(np.float32)
        texts.data *= rarity[texts.indices]
        length = np.sqrt(np.asarray(texts.multiply(texts).sum(axis=1), np.float32))
        texts.data /= np.repeat(np.where(length > 0, length, 1), np.diff(texts.indptr))
        directions = truncated_svd(texts.astype(np.float32), DIMENSIONS, training.seed)[2]
        table = (directions * rarity[:, None]).astype(np.float32)
        training.report("relating items", 0.7)
        vector = embedded(attributes, table, log.item_texts, log.n_items, unit=True)
        training.report("relating items", 1.0)
        return VectorsModel(
            share=shares(users_per_item(log)),
            vector=vector,
            greatest=1.0,
            attributes=attributes,
            table=table,
            unit=True,
        )
