"""The step that brings new items forward now and then."""

import numpy as np
from numpy.typing import NDArray

from presage.recipes.data import Floats
from presage.recipes.ranking.exploration import explore

from .catalogue import Catalogue
from .steps import Asked, Mask, best


class Explore:
    """How a campaign explores: an item less the older it is and the more is known of it.

    Parameters
    ----------
    weight : AWS's explorationWeight, in [0, 1]; 0 = not at all
    cutoff_days : AWS's explorationItemAgeCutOff; older items are not explored
    """

    def __init__(self, *, weight: float, cutoff_days: float) -> None:
        self._weight, self._cutoff_days = weight, cutoff_days
        self._of: Catalogue | None = None
        self._new = np.zeros(0, np.int64)
        self._is_new = np.zeros(0, bool)

    def __call__(self, scores: Floats, mask: Mask, asked: Asked) -> tuple[Floats, Mask]:
        """The scores, those of some new items exchanged for higher ones.

        Only the best items and the new ones can come to the first places, so `explore` is given no others.
        """
        new = self._new_items(asked.catalogue, mask)
        if len(new):
            rows = best(scores, mask, asked.n_results)
            rows = np.concatenate([rows[~self._is_new[rows]], new])
            before = scores[rows]
            scores[rows] = explore(
                before,
                asked.catalogue.age_days[rows],
                asked.catalogue.uses[rows] + asked.catalogue.shown[rows],
                weight=self._weight,
                cutoff_days=self._cutoff_days,
                rng=asked.rng,
                slots=asked.n_results,
            )
            asked.explored.update(rows[scores[rows] > before].tolist())
        return scores, mask

    def _new_items(self, catalogue: Catalogue, mask: Mask) -> NDArray[np.int64]:
        """The rows of the new items that may be shown."""
        if catalogue is not self._of:
            self._is_new = (catalogue.age_days <= self._cutoff_days) & (self._weight > 0)
            self._new = np.flatnonzero(self._is_new)
            self._of = catalogue
        return self._new if mask is None else self._new[mask[self._new]]
