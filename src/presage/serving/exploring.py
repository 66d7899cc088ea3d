"""The best items, new ones brought forward now and then."""

from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from presage.metrics import top_k
from presage.recipes.data import Floats
from presage.recipes.ranking.exploration import explore

from .live import Live
from .version import Version

SECONDS_PER_DAY = 86_400
RECOUNT_SECONDS = 60


class Exploration:
    """How a campaign explores: which items are new, and how little is known of them.

    Parameters
    ----------
    version, live : the items, their age at the newest training event, their uses before and since
    weight : AWS's explorationWeight, in [0, 1]; 0 = not at all
    cutoff_days : AWS's explorationItemAgeCutOff; older items are not explored
    """

    def __init__(
        self, version: Version, live: Live, *, weight: float, cutoff_days: float, rng: np.random.Generator
    ) -> None:
        self._version, self._live = version, live
        self._weight, self._cutoff_days, self._rng = weight, cutoff_days, rng
        self._age_days = (version.latest_at - version.item_created_at) / SECONDS_PER_DAY
        self._is_new = (self._age_days <= cutoff_days) & (weight > 0)
        self._new = np.flatnonzero(self._is_new)
        self._new_ids = version.vocabulary.items.some(self._new.tolist())
        self._uses = version.item_uses
        self._counted_at = -inf

    def best(self, scores: Floats, k: int, now: float) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """The rows of the k best items and their scores, the highest first.

        Only the k best and the new items can come to the first k places, so `explore` is given no others.
        """
        rows = top_k(scores, k)
        if not len(self._new):
            return rows, scores[rows]
        if not 0 <= now - self._counted_at < RECOUNT_SECONDS:
            self._recount(now)
        rows = np.concatenate([rows[~self._is_new[rows]], self._new])
        explored = explore(
            scores[rows],
            self._age_days[rows],
            self._uses[rows],
            weight=self._weight,
            cutoff_days=self._cutoff_days,
            rng=self._rng,
            slots=k,
        )
        places = top_k(explored, k)
        return rows[places], explored[places]

    def _recount(self, now: float) -> None:
        """Let what was told of new items since the training make them less new."""
        self._uses = self._version.item_uses.copy()
        self._uses[self._new] += np.array([self._live.uses[item_id] for item_id in self._new_ids], np.int64)
        self._counted_at = now
