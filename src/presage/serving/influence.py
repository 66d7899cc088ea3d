"""The step by which popularity or freshness count beside likeness: AWS's rankingInfluence."""

import numpy as np
from numpy.typing import NDArray

from presage.recipes.data import Floats

from .catalogue import Catalogue
from .steps import Asked, Mask

HALF_LIFE_DAYS = 30.0
"""An item of this age is half as fresh as a new one."""


class Influence:
    """Multiplies each score by how popular and how fresh the item is, as far as either counts.

    Parameters
    ----------
    popularity, freshness : in [0, 1]; 0 = does not count, 1 = an item without any has the score 0
    """

    def __init__(self, *, popularity: float, freshness: float) -> None:
        self._popularity, self._freshness = popularity, freshness
        self._of: Catalogue | None = None
        self._factors = np.zeros(0)

    def __call__(self, scores: Floats, mask: Mask, asked: Asked) -> tuple[Floats, Mask]:
        """The scores after both."""
        if asked.catalogue is not self._of:
            self._factors, self._of = self._of_items(asked.catalogue), asked.catalogue
        scores *= self._factors
        return scores, mask

    def _of_items(self, catalogue: Catalogue) -> NDArray[np.float64]:
        """(n_items,): what each item's score is multiplied by."""
        popular = np.log1p(catalogue.uses)
        popular /= max(1.0, float(popular.max(initial=0)))
        fresh = np.nan_to_num(np.exp2(-np.maximum(catalogue.age_days, 0) / HALF_LIFE_DAYS))
        by_popularity = 1 - self._popularity + self._popularity * popular
        return by_popularity * (1 - self._freshness + self._freshness * fresh)
