"""Whom should each person be suggested to follow? Policies, rules to beat, and the truth."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from presage.recipes import BANDITS
from presage.recipes.bandits.data import Rounds, Seen
from presage.recipes.bandits.policy import Policy, begin
from presage.worlds.follows import Doubles, FollowWorld, Rows

Follows = NDArray[np.bool_]
METRICS = ("mean_regret", "followed")
"""The columns of a way to suggest, each followed by `_` and its name."""
Row = dict[str, float]


class Suggests(Protocol):
    """Suggests somebody to each person, and learns who was followed."""

    def suggest(self, follows: Follows, rng: np.random.Generator) -> Rows:
        """(n_people,): none of whom one follows already, nor oneself.

        Parameters
        ----------
        follows : (n_people, n_people), who follows whom by now
        """
        ...

    def learn(self, suggested: Rows, is_followed: Follows) -> None:
        """What became of the suggestions, (n_people,) each."""
        ...


@dataclass(frozen=True, kw_only=True)
class ByRule:
    """Suggests whom a rule scores highest, equals by chance; learns nothing but the network."""

    rule: Callable[[Follows], Doubles]

    def suggest(self, follows: Follows, rng: np.random.Generator) -> Rows:
        """The highest score of those who are open."""
        score = self.rule(follows) + 1e-9 * rng.random(follows.shape)
        return np.where(_is_open(follows), score, -np.inf).argmax(axis=1)

    def learn(self, suggested: Rows, is_followed: Follows) -> None:
        """Nothing."""


@dataclass(kw_only=True)
class ByRows:
    """Suggests by a bandit policy that knows people by rows alone: one draw of its belief each period.

    Of each person's draw the best one is taken who is not followed already. The policy is fitted again each
    period.
    """

    policy: Policy

    def suggest(self, follows: Follows, rng: np.random.Generator) -> Rows:
        """The best draw of those who are open."""
        drawn = next(iter(self.policy.believed.draws(self._rounds(len(follows)), 1, rng)))[0]
        return np.where(_is_open(follows), drawn, -np.inf).argmax(axis=1)

    def learn(self, suggested: Rows, is_followed: Follows) -> None:
        """Take in who was followed, and think over all."""
        self.policy.learn(self._rounds(len(suggested)).seen(suggested, is_followed.astype(float)))
        self.policy.refit()

    def _rounds(self, n: int) -> Rounds:
        nothing = np.zeros((n, 0))
        return Rounds(user=np.arange(n), context=nothing, action=np.arange(n), features=nothing)


@dataclass(kw_only=True)
class ByFeatures:
    """Suggests what a bandit policy chooses by what the network says of each pair.

    That is by how many ways one knows another, how many follow the other, and whether the other follows one.
    """

    policy: Policy
    _seen: list[Seen] = field(default_factory=list[Seen])

    def suggest(self, follows: Follows, rng: np.random.Generator) -> Rows:
        """As the policy chooses among those who are open to each person."""
        shared = np.minimum(follows.astype(float) @ follows, 3) / 3
        known = np.broadcast_to(np.log1p(follows.sum(axis=0)) / 4, shared.shape)
        pairs = np.stack([shared, known, follows.T.astype(float)], axis=2)  # (n_people, n_people, 3)
        self._seen, chosen = [], np.zeros(len(follows), int)
        for person, is_open in enumerate(_is_open(follows)):
            others = np.flatnonzero(is_open)
            rounds = Rounds(
                user=np.array([person]),
                context=np.zeros((1, 0)),
                action=others,
                features=pairs[person, others],
            )
            place = self.policy.choose(rounds, rng).place
            chosen[person] = others[place[0]]
            self._seen.append(rounds.seen(place, np.zeros(1)))
        return chosen

    def learn(self, suggested: Rows, is_followed: Follows) -> None:  # noqa: ARG002, it remembers them
        """Take in who was followed."""
        for seen, reward in zip(self._seen, is_followed.astype(float), strict=True):
            self.policy.learn(replace(seen, reward=np.array([reward])))


def _is_open(follows: Follows) -> Follows:
    """(n_people, n_people): who can be suggested to whom."""
    return ~(follows | np.eye(len(follows), dtype=bool))


def _by_rows(name: str, **settings: float) -> Callable[[FollowWorld], Suggests]:
    return lambda world: ByRows(policy=begin(BANDITS, name, 0, 0, **settings))  # noqa: ARG005


def _by_features(name: str, **settings: float) -> Callable[[FollowWorld], Suggests]:
    return lambda world: ByFeatures(policy=begin(BANDITS, name, 0, 3, **settings))  # noqa: ARG005


SUGGESTS: dict[str, Callable[[FollowWorld], Suggests]] = {
    "random": lambda world: ByRule(rule=lambda follows: np.zeros(follows.shape)),  # noqa: ARG005
    "most_followed": lambda world: ByRule(  # noqa: ARG005
        rule=lambda follows: np.broadcast_to(follows.sum(axis=0).astype(float), follows.shape)
    ),
    "friends_of_friends": lambda world: ByRule(rule=lambda follows: follows.astype(float) @ follows),  # noqa: ARG005
    "popularity": _by_rows("presage-popularity-thompson"),
    "factors": _by_rows("presage-bayesian-factors", noise_sd=0.4),
    "logistic": _by_features("presage-logistic-thompson", n_draws=20),
    "by_truth": lambda world: ByRule(rule=world.chance),
}
"""By name: rules, presage's policies, and what cannot be beaten."""


def regrets(world: FollowWorld, names: Sequence[str], n_periods: int) -> Iterator[Row]:
    """A row a period, in which everybody is suggested somebody; each way has a network of its own.

    `mean_regret` is how much likelier each person's best suggestion would have been followed in that
    network, `followed` the part of the suggestions that were.

    Raises ValueError if there is no way of a name.
    """
    unknown = [name for name in names if name not in SUGGESTS]
    if unknown:
        raise ValueError(f"there is no way to suggest {unknown[0]!r}; there are: {', '.join(SUGGESTS)}")
    ways = {name: SUGGESTS[name](world) for name in names}
    networks = {name: world.follows.copy() for name in names}
    rngs = {name: np.random.default_rng([world.seed, 20, *name.encode()]) for name in names}
    everybody = np.arange(world.n_people)
    for _ in range(n_periods):
        row = Row()
        for name, way in ways.items():
            follows, rng = networks[name], rngs[name]
            chance = world.chance(follows)
            suggested = way.suggest(follows, rng)
            likely = chance[everybody, suggested]
            is_followed = rng.random(world.n_people) < likely
            follows[everybody[is_followed], suggested[is_followed]] = True
            way.learn(suggested, is_followed)
            figures = float((chance.max(axis=1) - likely).mean()), float(is_followed.mean())
            row |= {f"{metric}_{name}": value for metric, value in zip(METRICS, figures, strict=True)}
        yield row
