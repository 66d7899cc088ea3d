"""Which offer should each player of a game be shown? Policies, what they have to beat, and the truth."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np

from presage.recipes import BANDITS
from presage.recipes.bandits.allocating import allocate
from presage.recipes.bandits.data import Rounds, Seen
from presage.recipes.bandits.policy import Policy, begin, draw
from presage.worlds.game import (
    COST,
    COUNTRIES,
    KINDS,
    OFFERS,
    PACK,
    PRICES,
    REPLACES,
    GameWorld,
    Paid,
    Rows,
    Session,
)
from presage.worlds.game_events import WEEK, Event, GameWeek

Doubles = np.ndarray[tuple[int, ...], np.dtype[np.floating]]
N_CONTEXT = len(COUNTRIES) + 8
BUDGET = 2.0
"""A player and week: two thirds of what the best fixed offer gives away."""
APART = np.eye(len(OFFERS))
"""(n_offers, n_features): offers are told apart, and nothing is known of them."""
BY_DEPTH = np.array(
    [
        [offer.price > 0, *(offer.kind == kind for kind in KINDS), offer.price / max(PRICES)]
        for offer in OFFERS
    ],
    float,
)
"""(n_offers, n_features): as presage-uplift reads them: is it an offer, its type, last what it gives away."""


class Shows(Protocol):
    """Decides which offers are shown, and learns what was paid."""

    def show(self, rounds: Rounds, rng: np.random.Generator) -> Rows:
        """(n_rounds,): places in `OFFERS`."""
        ...

    def learn(self, seen: Seen) -> None:
        """Revenues of the week before."""
        ...


@dataclass(frozen=True, kw_only=True)
class ByRule:
    """Shows what a rule says, and learns nothing."""

    rule: Callable[[Rounds, np.random.Generator], Rows]

    def show(self, rounds: Rounds, rng: np.random.Generator) -> Rows:
        """By the rule."""
        return self.rule(rounds, rng)

    def learn(self, seen: Seen) -> None:
        """Nothing."""


@dataclass(frozen=True, kw_only=True)
class ByPolicy:
    """Shows what a bandit policy chooses, by what is known of the player; it is fitted again each week.

    Parameters
    ----------
    budget : a player and week, what may be given away; None = any sum
    features : (n_offers, n_features), what it reads of each offer
    """

    policy: Policy
    budget: float | None = None
    features: Doubles = field(default_factory=lambda: APART)

    def show(self, rounds: Rounds, rng: np.random.Generator) -> Rows:
        """As the policy chooses; with a budget at its price, and while it lasts, in random order."""
        rounds = replace(rounds, features=self.features)
        if self.budget is None:
            return self.policy.choose(rounds, rng).place
        amount = self.budget * rounds.n_rounds
        scores = self.policy.seen_as(rounds, rng)
        every = np.ones(scores.shape, bool)
        price = allocate(scores, every, COST[:, None], np.array([amount])).price
        place = draw(self.policy.probabilities(rounds, rng, price * COST), rng).place
        order = rng.permutation(rounds.n_rounds)
        place[order[np.cumsum(COST[place[order]]) > amount]] = 0
        return place

    def learn(self, seen: Seen) -> None:
        """Take in the revenues, and think over all."""
        self.policy.learn(replace(seen, features=self.features[seen.action]))
        self.policy.refit()


def _fixed(offer: int) -> ByRule:
    return ByRule(rule=lambda rounds, rng: np.full(rounds.n_rounds, offer))  # noqa: ARG005


def _policy(
    name: str, budget: float | None = None, features: Doubles = APART, **settings: float
) -> Callable[[GameWorld], Shows]:
    return lambda world: ByPolicy(  # noqa: ARG005
        policy=begin(BANDITS, name, N_CONTEXT, features.shape[1], **settings),
        budget=budget,
        features=features,
    )


RULES: dict[str, Callable[[GameWorld], Shows]] = {
    "no_offer": lambda world: _fixed(0),  # noqa: ARG005
    "fixed_split": lambda world: ByRule(  # noqa: ARG005
        rule=lambda rounds, rng: rng.permutation(rounds.n_rounds) % (len(OFFERS) - 1) + 1
    ),
    "best_offer": lambda world: _fixed(int(world.value[:, 1:].mean(axis=0).argmax()) + 1),
    "by_truth": lambda world: ByRule(rule=lambda rounds, rng: world.value[rounds.user].argmax(axis=1)),  # noqa: ARG005
}
"""What policies have to beat, and what they cannot: the last two know the truth."""
POLICIES: dict[str, Callable[[GameWorld], Shows]] = {
    "greedy": _policy("presage-greedy", noise_sd=4.0, prior_sd=0.5),
    "epsilon": _policy("presage-epsilon-greedy", noise_sd=4.0, prior_sd=0.5),
    "linear": _policy("presage-linear-thompson", noise_sd=4.0, prior_sd=0.5),
    "trees": _policy("presage-reward-model"),
    "greedy_budget": _policy("presage-greedy", BUDGET, noise_sd=4.0, prior_sd=0.5),
    "linear_budget": _policy("presage-linear-thompson", BUDGET, noise_sd=4.0, prior_sd=0.5),
    "trees_budget": _policy("presage-reward-model", BUDGET),
    "uplift_budget": _policy("presage-uplift", BUDGET, BY_DEPTH),
}
SHOWS: Mapping[str, Callable[[GameWorld], Shows]] = RULES | POLICIES


class Week(NamedTuple):
    """What happened to every player in a week, as `GameWorld` tells it.

    Parameters
    ----------
    shown : (n_players,), places in `OFFERS`
    """

    session: Session
    shown: Rows
    paid: Paid


def weeks(world: GameWorld, name: str, n_weeks: int) -> Iterator[Week]:
    """Once a week every player may be shown an offer; what they paid is known a week later.

    All ways to show offers, keys of `SHOWS`, meet the same sessions.
    """
    shows, player = SHOWS[name](world), np.arange(world.n_players)
    so_far = np.zeros(world.n_players)
    rng = np.random.default_rng([world.seed, 10, *name.encode()])
    shop, told = np.zeros(world.n_players), None
    for number in range(n_weeks):
        if told is not None:
            shows.learn(told)
        session = world.sessions(player, np.random.default_rng([world.seed, 11, number]))
        rounds = known_of(world, session, shop, so_far / max(1, number))
        shown = shows.show(rounds, rng)
        paid = world.pay(player, shown, rng)
        told, shop = rounds.seen(shown, paid.revenue), PACK * paid.packs
        so_far += shop
        yield Week(session, shown, paid)


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What came of a way to show offers.

    Parameters
    ----------
    revenue : (n_weeks,), expected revenue a player, by the truth
    wasted : the part of what was bought of offers that went to sure buyers
    given_away : a player and week, what the offers that were shown give away
    misspent : the part of that which was shown to sure buyers
    misspent_late : the same in the last quarter of the weeks, when much has been learned
    """

    revenue: Doubles
    wasted: float
    given_away: float
    misspent: float
    misspent_late: float


def play(world: GameWorld, name: str, n_weeks: int) -> Earned:
    """What a way to show offers, a key of `SHOWS`, earns."""
    price, player = np.array([offer.price for offer in OFFERS]), np.arange(world.n_players)
    revenue, bought, spent = list[float](), np.zeros(world.n_players), list[Doubles]()
    for week in weeks(world, name, n_weeks):
        revenue.append(float(world.value[player, week.shown].mean()))
        bought += price[week.shown] * week.paid.taken
        spent.append(COST[week.shown])
    late, over_all = np.sum(spent[-max(1, n_weeks // 4) :], axis=0), np.sum(spent, axis=0)
    wasted, misspent, misspent_late = (
        float(one[world.is_sure_buyer].sum() / max(one.sum(), 1e-12)) for one in (bought, over_all, late)
    )
    return Earned(
        revenue=np.array(revenue),
        wasted=wasted,
        given_away=float(np.mean(spent)),
        misspent=misspent,
        misspent_late=misspent_late,
    )


def events(world: GameWorld, n_weeks: int, start: datetime) -> Iterator[Event]:
    """The raw events of weeks in which every player is shown a random offer, oldest first."""
    for number, week in enumerate(weeks(world, "fixed_split", n_weeks)):
        begins = start + number * WEEK
        told = GameWeek(world=world, session=week.session, start=begins, seed=[world.seed, 12, number])
        yield from told.events(week.shown, week.paid)


def known_of(world: GameWorld, session: Session, shop: Doubles, usual: Doubles) -> Rounds:
    """What can be known of every player when an offer is to be shown.

    Parameters
    ----------
    shop, usual : (n_players,), what each paid in the shop in the week before, and in a week on average
    """
    context = np.stack(
        [
            *(np.arange(len(COUNTRIES))[:, None] == world.country),
            world.is_connected,
            session.games / 5,
            session.won / session.games,
            np.log1p(shop),
            shop > 0,
            np.minimum(usual, PACK) / PACK,
            np.minimum(usual, REPLACES * max(PRICES)) / PACK,
            usual > max(PRICES),
        ],
        axis=1,
    ).astype(float)
    n = len(OFFERS)
    return Rounds(user=np.arange(world.n_players), context=context, action=np.arange(n), features=np.eye(n))
