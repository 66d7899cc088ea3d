"""How recipes that relate items by their texts are judged: by what they show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from presage.metrics import top_k
from presage.metrics.ranking import DEPTH
from presage.recipes.data import History, Interactions, Ints, Query, RankingModel

from .task import Criterion, Split

MOST_ITEMS = 500
"""So many items are asked about."""
COVERAGE = Criterion(metric="coverage", direction="maximize")
NOBODY = History(item=np.zeros(0, np.int32), time=np.zeros(0, np.int64))


@dataclass(frozen=True, kw_only=True)
class LikenessTask:
    """The task of recipes without interactions: which relatives do items have?"""

    criterion: Criterion = COVERAGE

    def choosing(self, log: Interactions) -> Self:
        """The same task."""
        del log
        return self

    def splits(self, data: Interactions, seed: int) -> Sequence[Split[Interactions, Ints]]:
        """All of the data, and the items that are asked about."""
        items = np.random.default_rng(seed).permutation(data.n_items)[:MOST_ITEMS]
        return [Split(training=data, cases=items.astype(np.int32))]

    def score(self, model: RankingModel, split: Split[Interactions, Ints]) -> dict[str, float]:
        """Of the first 25 relatives: how many different ones there are, how popular, how new.

        Popularity and freshness: the mean part of all items that are less popular, or older.
        """
        state, log = model.read([NOBODY]), split.training
        shown = np.concatenate(
            [
                top_k(model.score(model.represent(state, [Query(seed_item=item)]))[0], DEPTH)
                for item in split.cases.tolist()
            ]
        )
        uses = np.bincount(log.item, minlength=log.n_items)
        figures = {
            "coverage": len(np.unique(shown)) / log.n_items,
            "average_popularity": _standing(uses, shown),
            "average_freshness": _standing(log.item_created_at, shown),
        }
        return {name: round(float(value), 4) for name, value in figures.items()}


def _standing(value: np.ndarray, shown: np.ndarray) -> float:
    """The mean part of all items whose value is below that of an item shown."""
    return float((np.searchsorted(np.sort(value), value[shown]) / len(value)).mean()) if len(value) else 0.0
