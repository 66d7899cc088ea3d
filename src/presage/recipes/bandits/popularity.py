"""What each action earns with everybody: `presage-popularity-thompson`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import State
from ..settings import setting
from .data import Doubles, Rounds, Rows, Seen, blocks
from .exploring import Thompson


@dataclass(kw_only=True)
class PopularityBelief:
    """Every action has a mean reward; the means are normal round a common one.

    How far rewards lie from their action's mean, and the means from each other, is estimated from what was
    seen; until then both are of the size `sd`, which counts as one reward.

    Parameters
    ----------
    sd : of rewards, as it is believed before the first
    count, total, square : (n_actions,), of the rewards of each action: how many, their sum, their squares'
        sum
    """

    sd: float
    count: Doubles
    total: Doubles
    square: Doubles

    def learn(self, seen: Seen) -> None:
        """Add to the sums."""
        more = max(0, int(seen.action.max()) + 1 - len(self.count))
        for name, power in (("count", 0), ("total", 1), ("square", 2)):
            sums = np.pad(getattr(self, name), (0, more))
            np.add.at(sums, seen.action, seen.reward**power)
            setattr(self, name, sums)

    def refit(self) -> None:
        """Nothing: the sums hold all that there is to know."""

    def expected(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions), the same for every round."""
        return np.tile(self._means(rounds.action)[0], (rounds.n_rounds, 1))

    def spread(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions), the same for every round."""
        return np.tile(self._means(rounds.action)[1], (rounds.n_rounds, 1))

    def draws(self, rounds: Rounds, n_draws: int, rng: np.random.Generator) -> Iterator[Doubles]:
        """Every round and action by itself."""
        mean, sd = self._means(rounds.action)
        sd = sd if self.count.any() else 0 * sd  # all alike: they are tried equally often
        for size in blocks(rounds, n_draws):
            yield mean + sd * rng.standard_normal((size, rounds.n_rounds, rounds.n_actions))

    def _means(self, action: Rows) -> tuple[Doubles, Doubles]:
        """(n_actions,) twice: mean and standard deviation of what is believed of each action's mean.

        Source of the two variances: the method of moments of one-way random effects (Searle, Variance
        Components, 1992).
        """
        known = self.count > 0
        count, own = self.count[known], self.total[known] / self.count[known]
        common = float(own.mean()) if known.any() else 0.0
        scatter = float((self.square[known] - count * own**2).sum())
        noise = (self.sd**2 + max(scatter, 0.0)) / (1 + (count - 1).sum())
        among = (self.sd**2 + ((own - common) ** 2).sum()) / (1 + len(own))
        between = max(among - noise * float((1 / count).mean() if known.any() else 0), 0.25 * among)
        more = max(0, int(action.max()) + 1 - len(self.count))
        count, total = (np.pad(sums, (0, more))[action] for sums in (self.count, self.total))
        precision = count / noise + 1 / between
        return (total / noise + common / between) / precision, precision**-0.5

    def state(self) -> State:
        """The sums."""
        return {"count": self.count, "total": self.total, "square": self.square}, {}

    def restored(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:  # noqa: ARG002
        """The belief that `state` described."""
        return replace(self, **{name: arrays[name].copy() for name in ("count", "total", "square")})


@dataclass(frozen=True, kw_only=True)
class PopularityThompson(Thompson):
    """Draw every action's mean reward from the belief, take the highest: the same belief for everybody.

    Parameters
    ----------
    reward_sd : of rewards, as it is believed before the first
    """

    reward_sd: float = setting(1.0, low=1e-6, high=1e6)

    def belief(self, n_context: int, n_features: int) -> PopularityBelief:  # noqa: ARG002
        """Nothing known of any action."""
        return PopularityBelief(sd=self.reward_sd, count=np.zeros(0), total=np.zeros(0), square=np.zeros(0))
