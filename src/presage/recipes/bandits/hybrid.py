"""Popularity for strangers, factors for those who are known: `presage-hybrid-thompson`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import State
from ..settings import setting
from .data import Doubles, Rounds, Rows, Seen
from .factors import FactorBelief, Factored
from .popularity import PopularityBelief, PopularityThompson


@dataclass(kw_only=True)
class HybridBelief:
    """Two beliefs that learn the same rewards; how many of a user's are known decides which of them speaks.

    Parameters
    ----------
    count : (n_users,), rewards of each user
    n_known : from so many on a user's belief is that of factors
    """

    popularity: PopularityBelief
    factors: FactorBelief
    n_known: int
    count: Rows = field(default_factory=lambda: np.zeros(0, np.int64))

    def learn(self, seen: Seen) -> None:
        """Both learn."""
        more = int(seen.user.max()) + 1 - len(self.count)
        if more > 0:
            self.count = np.pad(self.count, (0, more))
        np.add.at(self.count, seen.user[seen.user >= 0], 1)
        self.popularity.learn(seen)
        self.factors.learn(seen)

    def refit(self) -> None:
        """Both."""
        self.popularity.refit()
        self.factors.refit()

    def expected(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions)."""
        return self._either(rounds, self.popularity.expected(rounds), self.factors.expected(rounds))

    def spread(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions)."""
        return self._either(rounds, self.popularity.spread(rounds), self.factors.spread(rounds))

    def draws(self, rounds: Rounds, n_draws: int, rng: np.random.Generator) -> Iterator[Doubles]:
        """Each user's from the belief that speaks."""
        both = (belief.draws(rounds, n_draws, rng) for belief in (self.popularity, self.factors))
        for popular, personal in zip(*both, strict=True):
            yield self._either(rounds, popular, personal)

    def _either(self, rounds: Rounds, popular: Doubles, personal: Doubles) -> Doubles:
        is_known = np.zeros(rounds.n_rounds, bool)
        told = (rounds.user >= 0) & (rounds.user < len(self.count))
        is_known[told] = self.count[rounds.user[told]] >= self.n_known
        return np.where(is_known[:, None], personal, popular)

    def state(self) -> State:
        """Both states."""
        arrays, meta = {"count": self.count}, dict[str, Any]()
        for name in ("popularity", "factors"):
            own, meta[name] = getattr(self, name).state()
            arrays |= {f"{name}_{key}": array for key, array in own.items()}
        return arrays, meta

    def restored(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The belief that `state` described."""

        def of(name: str) -> dict[str, NDArray[Any]]:
            return {
                key.removeprefix(f"{name}_"): array for key, array in arrays.items() if key.startswith(name)
            }

        return replace(
            self,
            count=arrays["count"].copy(),
            popularity=self.popularity.restored(of("popularity"), meta["popularity"]),
            factors=self.factors.restored(of("factors"), meta["factors"]),
        )


@dataclass(frozen=True, kw_only=True)
class HybridThompson(Factored):
    """Thompson sampling of what is popular for users of whom little is known, of factors for the others.

    Parameters
    ----------
    n_known : rewards of a user from which factors decide
    """

    n_known: int = setting(3, low=0, high=1_000, tunable=True)

    def belief(self, n_context: int, n_features: int) -> HybridBelief:
        """Nobody known."""
        popularity = PopularityThompson().belief(n_context, n_features)
        return HybridBelief(popularity=popularity, factors=FactorBelief.of(self), n_known=self.n_known)
