"""Users who rate what they are recommended: the rating of a pair is known but for noise.

The world of a notebook on Bayesian recommenders: what users like and what items have are points of the unit
cube, and the rating is their dot product. A few items are liked by nearly everybody, and which is best still
differs by user.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.floating]
Rows = NDArray[np.integer]
AT_ONCE = 10_000
"""Users whose ratings of all items are looked at together."""


class Rated(NamedTuple):
    """What became of recommendations.

    Parameters
    ----------
    mean : (n,), the expected rating of what was recommended
    rating : (n,), the rating that was given, with noise
    regret : (n,), how much more the user's best item would be expected to get, >= 0
    """

    mean: Doubles
    rating: Doubles
    regret: Doubles


@dataclass(frozen=True, kw_only=True)
class RatingWorld:
    """A world of ratings.

    Parameters
    ----------
    n_features : of the cube
    noise : the standard deviation of a rating, drawn for every rating by itself
    """

    n_users: int = 1_000
    n_items: int = 1_000
    n_features: int = 10
    noise: float = 0.1
    seed: int = 0

    @cached_property
    def user(self) -> Doubles:
        """(n_users, n_features)."""
        return np.random.default_rng([self.seed, 0]).random((self.n_users, self.n_features))

    @cached_property
    def item(self) -> Doubles:
        """(n_items, n_features)."""
        return np.random.default_rng([self.seed, 1]).random((self.n_items, self.n_features))

    @cached_property
    def best_mean(self) -> Doubles:
        """(n_users,): the expected rating of each user's best item."""
        parts = [self.user[start : start + AT_ONCE] for start in range(0, self.n_users, AT_ONCE)]
        return np.concatenate([(part @ self.item.T).max(axis=1) for part in parts])

    @cached_property
    def best_item(self) -> int:
        """The row of the item with the highest rating on average over users."""
        return int((self.item @ self.user.mean(axis=0)).argmax())

    def requests(self, n: int, rng: np.random.Generator) -> Rows:
        """(n,): different users who ask for a recommendation."""
        return rng.choice(self.n_users, n, replace=False)

    def rate(self, user: Rows, item: Rows, noise: Doubles) -> Rated:
        """What users say of an item each.

        Parameters
        ----------
        noise : (n,), standard normal
        """
        mean = np.einsum("nf,nf->n", self.user[user], self.item[item])
        return Rated(mean=mean, rating=mean + self.noise * noise, regret=self.best_mean[user] - mean)
