"""Items of a shop and how many of each are sold a day; what is expected of every day is known."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

Doubles = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class DemandWorld:
    """Expected sales are a level times the weekday, the season, a slow drift, and what a lower price brings.

    Parameters
    ----------
    scatter : how much more sales vary than by chance alone: their variance is mean + scatter * mean squared
    share_of_offers : of the weeks, in which an item's price is lowered
    """

    n_items: int = 50
    n_days: int = 365
    first: date = date(2025, 1, 1)
    scatter: float = 0.05
    share_of_offers: float = 0.1
    seed: int = 0

    @cached_property
    def price(self) -> Doubles:
        """(n_items, n_days), > 0: known of all days beforehand."""
        rng = np.random.default_rng([self.seed, 0])
        usual = rng.lognormal(2.0, 0.6, (self.n_items, 1)).round(2)
        weeks = rng.random((self.n_items, self.n_days // 7 + 1)) < self.share_of_offers
        off = np.repeat(weeks * rng.choice([0.1, 0.2, 0.3], weeks.shape), 7, axis=1)[:, : self.n_days]
        return (usual * (1 - off)).round(2)

    @cached_property
    def expected(self) -> Doubles:
        """(n_items, n_days): the mean of what is sold."""
        rng = np.random.default_rng([self.seed, 1])
        day = np.arange(self.n_days)
        level = rng.lognormal(2.0, 1.0, (self.n_items, 1))
        weekday = rng.dirichlet(np.full(7, 20.0), self.n_items) * 7
        phase, swing = rng.uniform(0, 2 * np.pi, (self.n_items, 1)), rng.uniform(0, 0.4, (self.n_items, 1))
        season = 1 + swing * np.sin(2 * np.pi * day / 365.25 + phase)
        drift = np.exp(np.cumsum(rng.normal(0, 0.005, (self.n_items, self.n_days)), axis=1))
        elasticity = rng.uniform(0.5, 4.0, (self.n_items, 1))
        lowered = (self.price / self.price.max(axis=1, keepdims=True)) ** -elasticity
        return level * weekday[:, (day + self.first.weekday()) % 7] * season * drift * lowered

    def sales(self, rng: np.random.Generator) -> NDArray[np.integer]:
        """(n_items, n_days): what is sold, by a negative binomial distribution."""
        if self.scatter == 0:
            return rng.poisson(self.expected)
        return rng.poisson(self.expected * rng.gamma(1 / self.scatter, self.scatter, self.expected.shape))

    def table(self, sales: NDArray[np.integer]) -> pl.DataFrame:
        """item_id, timestamp, demand and price, a row an item and day."""
        days = [self.first + timedelta(days=day) for day in range(self.n_days)]
        return pl.DataFrame(
            {
                "item_id": np.repeat([f"item-{item:04d}" for item in range(self.n_items)], self.n_days),
                "timestamp": days * self.n_items,
                "demand": sales.ravel(),
                "price": self.price.ravel(),
            }
        )
