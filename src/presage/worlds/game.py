"""A game whose players may be shown an offer: what each would buy, with and without it, is known.

After Blurr's Offer AI: an offer has a type and a price, a player is shown at most one a week, and what
counts is what the player pays within seven days. Some players buy in the game's shop anyway, every week.
Shown an offer, they take it instead, and pay less than they would have: to them no offer is the best one.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.floating]
Rows = NDArray[np.integer]
COUNTRIES, WEALTH = ("DE", "US", "IN", "BR"), np.array([1.0, 1.4, 0.4, 0.6])
KINDS, PRICES = ("coins", "boosters", "xmas"), (1.99, 4.99, 9.99)
PACK = 4.99
"""What one purchase in the shop costs."""
REPLACES = 1.6
"""What an offer that is taken replaces of the week's purchases in the shop, in multiples of its price."""
SHARE_OF_BUYERS = 0.2
"""Players who buy in the shop every week."""


class GameOffer(NamedTuple):
    """What can be shown: a type and a price; the first of all offers is to show nothing."""

    kind: str
    price: float


NOTHING = GameOffer("", 0.0)
OFFERS = (NOTHING, *(GameOffer(kind, price) for kind in KINDS for price in PRICES))
COST = (REPLACES - 1) * np.array([offer.price for offer in OFFERS])
"""(n_offers,): what an offer gives away, as the shop values it."""


class Session(NamedTuple):
    """A session of each of some players, in which an offer can be shown.

    Parameters
    ----------
    games, won : (n,), games played and won
    """

    games: Rows
    won: Rows


class Paid(NamedTuple):
    """What players paid within a week of a decision.

    Parameters
    ----------
    taken : (n,), whether the offer was bought
    packs : (n,), purchases in the shop, `PACK` each
    revenue : (n,), of both
    """

    taken: NDArray[np.bool_]
    packs: Rows
    revenue: Doubles


@dataclass(frozen=True, kw_only=True)
class GameWorld:
    """Players numbered from 0, who do not change."""

    n_players: int = 2_000
    seed: int = 0

    @cached_property
    def country(self) -> Rows:
        """(n_players,), in `COUNTRIES`."""
        return self._rng(0).choice(len(COUNTRIES), self.n_players, p=[0.3, 0.25, 0.25, 0.2])

    @cached_property
    def is_connected(self) -> NDArray[np.bool_]:
        """(n_players,): who signs in with Facebook."""
        return self._rng(1).random(self.n_players) < 0.4

    @cached_property
    def zeal(self) -> Doubles:
        """(n_players,), > 0: games a session beyond the first, on average."""
        return self._rng(2).gamma(2.0, 2.0, self.n_players)

    @cached_property
    def skill(self) -> Doubles:
        """(n_players,), in (0, 1): the chance to win a game."""
        return self._rng(3).beta(4, 4, self.n_players)

    @cached_property
    def spend(self) -> Doubles:
        """(n_players,): what each would pay in the shop in a week without an offer, on average."""
        rng = self._rng(4)
        is_buyer = rng.random(self.n_players) < SHARE_OF_BUYERS
        much, little = rng.gamma(4.0, 1.5, self.n_players), rng.exponential(0.3, self.n_players)
        return np.where(is_buyer, 5 + much, little) * np.sqrt(WEALTH[self.country])

    @cached_property
    def is_sure_buyer(self) -> NDArray[np.bool_]:
        """(n_players,): whom every offer makes pay less."""
        return self.value.argmax(axis=1) == 0

    @cached_property
    def chance(self) -> Doubles:
        """(n_players, n_offers): how likely each offer is bought; nothing never is."""
        wealth = WEALTH[self.country]
        taste = {
            "coins": 0.6 * (self.zeal - 4),
            "boosters": 10 * (0.5 - self.skill),
            "xmas": np.where(self.is_connected, 1.5, -1.5),
        }
        likes = 0.8 * (self.spend > PACK)
        columns = [
            np.zeros(self.n_players)
            if offer is NOTHING
            else 1 / (1 + np.exp(0.3 + 0.35 * offer.price / wealth - taste[offer.kind] - likes))
            for offer in OFFERS
        ]
        return np.stack(columns, axis=1)

    @cached_property
    def value(self) -> Doubles:
        """(n_players, n_offers): the expected revenue of seven days after an offer is shown."""
        price = np.array([offer.price for offer in OFFERS])
        replaced = np.minimum(self.spend[:, None], REPLACES * price)
        return self.spend[:, None] + self.chance * (price - replaced)

    def sessions(self, player: Rows, rng: np.random.Generator) -> Session:
        """A session of each of these players."""
        games = 1 + rng.poisson(self.zeal[player])
        return Session(games=games, won=rng.binomial(games, self.skill[player]))

    def pay(self, player: Rows, offer: Rows, rng: np.random.Generator) -> Paid:
        """What players pay within seven days of an offer each, by its place in `OFFERS`."""
        price = np.array([one.price for one in OFFERS])[offer]
        taken = rng.random(len(player)) < self.chance[player, offer]
        left = self.spend[player] - taken * np.minimum(self.spend[player], REPLACES * price)
        packs = rng.poisson(left / PACK)
        return Paid(taken=taken, packs=packs, revenue=taken * price + PACK * packs)

    def _rng(self, number: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, number])
