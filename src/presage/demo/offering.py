"""Offers weighed: what a redemption is worth, adjusted scores, and what a run of the scenario has to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from presage.worlds.offers import Offer

from .story import Metrics

Floats = NDArray[np.float64]
MARGIN = 0.4


@dataclass(frozen=True, kw_only=True)
class OfferStory:
    """What a run has to tell.

    Parameters
    ----------
    n_redeemed : (n_offers,), how often each offer was redeemed
    by_number : (n_offers, n_groups), each offer's share in groups of shoppers by their number
    best_rank : the mean reciprocal rank that nobody can beat
    multipliers : (n_offers,), what a redemption of each offer is worth
    scores, adjusted : (n_asked, n_offers), each row sums to 1
    unnormalised : (n_offers,), the means if the adjusted scores are divided by the sum of the plain ones
    seconds : step -> wall-clock seconds
    """

    offers: Sequence[Offer]
    n_shoppers: int
    n_redeemed: Sequence[int]
    by_number: Floats
    metrics: Mapping[str, Metrics]
    best_rank: float
    multipliers: Floats
    scores: Floats
    adjusted: Floats
    unnormalised: Floats
    seconds: Mapping[str, float]

    @property
    def mean_score(self) -> Floats:
        """(n_offers,): over the asked shoppers."""
        return self.scores.mean(axis=0)

    @property
    def mean_adjusted(self) -> Floats:
        """(n_offers,): over the asked shoppers."""
        return self.adjusted.mean(axis=0)

    def chosen(self, scores: Floats) -> list[int]:
        """How many of the asked shoppers would get each offer if the highest score wins."""
        return np.bincount(scores.argmax(axis=1), minlength=len(self.offers)).tolist()


def worth(offers: Sequence[Offer], margin: float = MARGIN) -> Floats:
    """(n_offers,): the share of a sale that is left after the discount, the best offer counting 1."""
    left = np.array([margin - offer.discount for offer in offers])
    return left / left.max()


def adjust(scores: Floats, multipliers: Floats) -> Floats:
    """(n_users, n_offers): scores times multipliers, made probabilities again: each row sums to 1.

    The workshop divides by the sum of the scores before they were multiplied, so that its adjusted scores
    sum to less than 1 and cannot be set beside the plain ones.
    """
    weighted = scores * multipliers
    return weighted / weighted.sum(axis=1, keepdims=True)
