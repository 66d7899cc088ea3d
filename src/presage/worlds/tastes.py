"""Users and items with a known truth: how likely each user is to want each item, and what each item is worth.

Items belong to categories that are points of a space; an item lies near its category's point, and its quality
is known to nobody beforehand. A user's taste is a direction in the same space. What an item is worth follows
from neither.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class TasteWorld:
    """A world of tastes.

    Parameters
    ----------
    n_dimensions : of the space of tastes
    strength : how much tastes decide
    spread : how far items lie from their category's point, whose length is 1
    quality : the standard deviation of the items' quality
    """

    n_users: int = 600
    n_items: int = 300
    n_categories: int = 12
    n_dimensions: int = 4
    strength: float = 1.5
    spread: float = 0.3
    quality: float = 1.0
    seed: int = 0

    @cached_property
    def category(self) -> NDArray[np.int32]:
        """(n_items,), in 0 to n_categories - 1: all that is told of an item."""
        rng = np.random.default_rng(self.seed)
        return rng.integers(0, self.n_categories, self.n_items, dtype=np.int32)

    @cached_property
    def appeal(self) -> NDArray[np.float64]:
        """(n_users, n_items): the logit of a user's wish for an item, but for a constant."""
        rng = np.random.default_rng(self.seed + 1)
        points = rng.normal(size=(self.n_categories, self.n_dimensions))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        places = points[self.category] + self.spread * rng.normal(size=(self.n_items, self.n_dimensions))
        tastes = rng.normal(size=(self.n_users, self.n_dimensions))
        return self.strength * tastes @ places.T + rng.normal(0, self.quality, self.n_items)

    @cached_property
    def worth(self) -> NDArray[np.float64]:
        """(n_items,): what a use of each item earns; half of the items earn less than 1."""
        return np.random.default_rng(self.seed + 2).lognormal(0, 0.5, self.n_items)

    def uses(self, n_each: int, n_known: int | None = None) -> NDArray[np.int32]:
        """(n_users, n_each): different items that each user uses, one after the other, by appeal.

        Parameters
        ----------
        n_known : only the first so many items can be used; None = all
        """
        rng = np.random.default_rng(self.seed + 3)
        known = self.appeal[:, :n_known]
        key = known + rng.gumbel(size=known.shape)  # the k highest are k weighted draws without replacement
        return np.argsort(-key, axis=1)[:, :n_each].astype(np.int32)
