"""The best items, new ones brought forward now and then."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from presage.metrics import top_k
from presage.recipes.data import Floats, Longs
from presage.recipes.ranking.exploration import explore

from .version import Version

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class Exploration:
    """How a campaign explores.

    Parameters
    ----------
    weight : AWS's explorationWeight, in [0, 1]; 0 = not at all
    cutoff_days : AWS's explorationItemAgeCutOff; older items are not explored
    age_days : (n_items,), at the newest training event
    uses : (n_items,), in how many training events each item occurs
    new : (n_new,), rows of the items that are explored
    """

    weight: float
    cutoff_days: float
    age_days: NDArray[np.float64]
    uses: Longs
    new: NDArray[np.int64]
    rng: np.random.Generator

    @classmethod
    def of(cls, version: Version, *, weight: float, cutoff_days: float, rng: np.random.Generator) -> Self:
        """The exploration of a version's items."""
        age_days = (version.latest_at - version.item_created_at) / SECONDS_PER_DAY
        return cls(
            weight=weight,
            cutoff_days=cutoff_days,
            age_days=age_days,
            uses=version.item_uses,
            new=np.flatnonzero(age_days <= cutoff_days) if weight > 0 else np.zeros(0, np.int64),
            rng=rng,
        )

    def best(self, scores: Floats, k: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """The rows of the k best items and their scores, the highest first.

        Only the k best and the new items can come to the first k places, so `explore` is given no others.
        """
        rows = top_k(scores, k)
        if not len(self.new):
            return rows, scores[rows]
        rows = np.union1d(rows, self.new)
        explored = explore(
            scores[rows],
            self.age_days[rows],
            self.uses[rows],
            weight=self.weight,
            cutoff_days=self.cutoff_days,
            rng=self.rng,
        )
        places = top_k(explored, k)
        return rows[places], explored[places]
