"""Shoppers and offers with a known truth: the offers a shopper redeems follow from their place in line.

All redemptions of all shoppers are sorted by offer and dealt round the line of shoppers, so that a shopper's
number and the offers they redeem belong together; the moments at which they happen are shuffled. Whoever
knows two of a shopper's offers can often tell the third. After Lab 8 of AWS's Retail Demo Store workshop.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import polars as pl


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A choice that can be made for a shopper.

    Parameters
    ----------
    discount : the share of the price that is given away, in [0, 1)
    weight : how often it is redeemed, relative to the others
    """

    id: int
    code: str
    discount: float
    weight: float = 1.0


NO_OFFER = Offer(id=0, code="No offer", discount=0.0, weight=0.5)
FIVE_OFFERS = (
    Offer(id=1, code="SALE5", discount=0.05),
    Offer(id=2, code="SAGEMAKER10", discount=0.10),
    Offer(id=3, code="PERSONALIZE15", discount=0.15),
    Offer(id=4, code="AMAZON20", discount=0.20),
    Offer(id=5, code="AWS25", discount=0.25),
)


@dataclass(frozen=True, kw_only=True)
class OfferWorld:
    """A line of shoppers, numbered from 1, each of whom redeems the same number of offers.

    Parameters
    ----------
    first_at, last_at : the span in which offers are redeemed, seconds since 1970, UTC
    """

    offers: tuple[Offer, ...] = FIVE_OFFERS
    n_shoppers: int = 5_250
    n_redeemed_each: int = 3
    first_at: int = 1_591_803_782
    last_at: int = 1_599_579_782

    def redemptions(self, seed: int = 1) -> pl.DataFrame:
        """ITEM_ID, USER_ID, EVENT_TYPE and TIMESTAMP of every redemption, oldest first."""
        rng = np.random.default_rng(seed)
        n = self.n_shoppers * self.n_redeemed_each
        weights = np.array([offer.weight for offer in self.offers])
        dealt = rng.choice([offer.id for offer in self.offers], n, p=weights / weights.sum())
        moments = np.linspace(self.first_at, self.last_at, n, endpoint=False).astype(np.int64)
        shoppers = np.tile(np.arange(1, self.n_shoppers + 1), self.n_redeemed_each)
        return pl.DataFrame(
            {
                "ITEM_ID": np.sort(dealt),
                "USER_ID": shoppers,
                "EVENT_TYPE": pl.repeat("OfferConverted", n, eager=True),
                "TIMESTAMP": rng.permutation(moments),
            }
        ).sort("TIMESTAMP")


def best_mean_reciprocal_rank(redemptions: pl.DataFrame) -> float:
    """The truth about a world: what nobody can beat who sees a shopper's other offers only.

    One redemption of each shopper is hidden, each with equal chance; for every set of offers that stay
    visible the hidden ones are ranked by how often they really go with it.
    """
    hidden_given: defaultdict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    for (redeemed,) in redemptions.group_by("USER_ID").agg("ITEM_ID").select("ITEM_ID").iter_rows():
        for place, hidden in enumerate(redeemed):
            visible = tuple(sorted(redeemed[:place] + redeemed[place + 1 :]))
            hidden_given[visible][hidden] += 1
    reciprocal = sum(
        count / rank
        for counts in hidden_given.values()
        for rank, (_, count) in enumerate(counts.most_common(), start=1)
    )
    return reciprocal / redemptions.height
