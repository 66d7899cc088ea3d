"""Who recommends in a world of ratings."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from presage.recipes import BANDITS
from presage.recipes.bandits.data import Rounds
from presage.recipes.bandits.policy import Policy, begin
from presage.worlds.ratings import Doubles, RatingWorld, Rows

from .agent import Agent, Recommended
from .notebook import Als, Sampled

AT_ONCE = 200
"""Users who are answered together."""


@dataclass(frozen=True, kw_only=True)
class PolicyAgent:
    """A bandit policy that knows users and items by their rows; it is fitted again after each period."""

    policy: Policy
    n_items: int
    rng: np.random.Generator

    def recommend(self, user: Rows) -> Recommended:
        """As the policy chooses."""
        parts = [self._part(user[start : start + AT_ONCE]) for start in range(0, len(user), AT_ONCE)]
        return Recommended(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _part(self, user: Rows) -> Recommended:
        rounds = self._rounds(user)
        item = self.policy.choose(rounds, self.rng).place
        return Recommended(item=item, predicted=self.policy.expected(rounds)[np.arange(len(item)), item])

    def learn(self, user: Rows, item: Rows, rating: Doubles) -> None:
        """Take in the ratings, and think over all."""
        self.policy.learn(self._rounds(user).seen(item, rating))
        self.policy.refit()

    def _rounds(self, user: Rows) -> Rounds:
        return Rounds(
            user=user,
            context=np.zeros((len(user), 0)),
            action=np.arange(self.n_items),
            features=np.zeros((self.n_items, 0)),
        )


@dataclass(frozen=True, kw_only=True)
class OneItem:
    """The same item for everybody, always: the best on average, by the truth."""

    world: RatingWorld

    def recommend(self, user: Rows) -> Recommended:
        """The item, and what is expected of it."""
        item = np.full(len(user), self.world.best_item)
        mean = float((self.world.user @ self.world.item[self.world.best_item]).mean())
        return Recommended(item=item, predicted=np.full(len(user), mean))

    def learn(self, user: Rows, item: Rows, rating: Doubles) -> None:
        """Nothing."""


def _policy(name: str, **settings: float) -> Callable[[RatingWorld, np.random.Generator], Agent]:
    """One draw a round: nobody else will be judged from what is tried here."""

    def make(world: RatingWorld, rng: np.random.Generator) -> PolicyAgent:
        told = {"noise_sd": world.noise} if name != "presage-popularity-thompson" else {}
        policy = begin(BANDITS, name, 0, 0, n_draws=1, epsilon=0.0, **settings, **told)
        return PolicyAgent(policy=policy, n_items=world.n_items, rng=rng)

    return make


def _notebook(agent: type[Als] | type[Sampled]) -> Callable[[RatingWorld, np.random.Generator], Agent]:
    def make(world: RatingWorld, rng: np.random.Generator) -> Agent:
        return agent(n_users=world.n_users, n_items=world.n_items, n_features=world.n_features, rng=rng)

    return make


AGENTS: dict[str, Callable[[RatingWorld, np.random.Generator], Agent]] = {
    "ALS": _notebook(Als),
    "Bayesian": _notebook(Sampled),
    "best_item": lambda world, rng: OneItem(world=world),  # noqa: ARG005
    "popularity": _policy("presage-popularity-thompson"),
    "greedy": _policy("presage-bayesian-factors", exploration=0.0),
    "factors": _policy("presage-bayesian-factors"),
    "hybrid": _policy("presage-hybrid-thompson"),
}
"""By name: the notebook's two, what is best for all by the truth, and presage's policies."""
