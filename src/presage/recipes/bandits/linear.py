"""Rewards as linear in context and action: greedy, epsilon-greedy, Thompson sampling, LinUCB, RegCB."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import State
from ..settings import setting
from .data import Doubles, Rounds, Seen, blocks
from .exploring import Elimination, Greedily, Thompson, UpperBound
from .pairs import Normal, draw_scores, inverse, pairs_of, prior, score, spread


@dataclass(kw_only=True)
class LinearBelief:
    """Bayesian linear regression of the reward on every product of a context's and an action's number.

    Source: Bishop, Pattern Recognition and Machine Learning, 3.3.

    Parameters
    ----------
    noise_sd : of a reward round its expectation
    precision, weighted : (p, p), (p,), the natural parameters: sums, so that a reward counts once and no
        order matters
    covariance : (p, p), the inverse of the precision; a single reward changes it by a matrix of rank one
        (Sherman and Morrison, 1950), and each refit computes it anew
    """

    noise_sd: float
    precision: Doubles
    weighted: Doubles
    covariance: Doubles
    _mean: Doubles | None = None

    def learn(self, seen: Seen) -> None:
        """Add to the sums."""
        x = pairs_of(seen)
        self.precision += x.T @ x / self.noise_sd**2
        self.weighted += x.T @ seen.reward / self.noise_sd**2
        if len(x) == 1:
            gain = self.covariance @ x[0]
            self.covariance -= np.outer(gain, gain / (self.noise_sd**2 + x[0] @ gain))
        else:
            self.refit()
        self._mean = None

    def refit(self) -> None:
        """Let no rounding add up: the sums hold all that there is to know."""
        self.covariance, self._mean = inverse(self.precision), None

    def expected(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions)."""
        return score(rounds, self.mean)

    def spread(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions)."""
        return spread(rounds, self.covariance)

    def draws(self, rounds: Rounds, n_draws: int, rng: np.random.Generator) -> Iterator[Doubles]:
        """Each draw is of the weights, and so common to all rounds asked together."""
        if rounds.n_rounds * rounds.n_actions <= len(self.weighted):
            yield from draw_scores(rounds, self.mean, self.covariance, n_draws, rng)
            return
        normal = Normal.of(self.precision, self.weighted)
        for size in blocks(rounds, n_draws):
            yield score(rounds, normal.draw(size, rng))

    @property
    def mean(self) -> Doubles:
        """(p,): the expected weights."""
        if self._mean is None:
            self._mean = self.covariance @ self.weighted
        return self._mean

    def state(self) -> State:
        """The sums, and the inverse as it is."""
        return {name: getattr(self, name) for name in _ARRAYS}, {}

    def restored(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:  # noqa: ARG002
        """The belief that `state` described."""
        return replace(self, **{name: arrays[name].copy() for name in _ARRAYS})


_ARRAYS = ("precision", "weighted", "covariance")


@dataclass(frozen=True, kw_only=True)
class _Linear:
    """What is believed of linear rewards before the first.

    Parameters
    ----------
    prior_sd : of the weight of each product
    noise_sd : of a reward round its expectation
    """

    prior_sd: float = setting(1.0, low=1e-6, high=1e6, tunable=True, log=True)
    noise_sd: float = setting(1.0, low=1e-6, high=1e6, tunable=True, log=True)

    def belief(self, n_context: int, n_features: int) -> LinearBelief:
        """Every weight about 0."""
        precision, weighted = prior(n_context, n_features, self.prior_sd)
        return LinearBelief(
            noise_sd=self.noise_sd,
            precision=precision,
            weighted=weighted,
            covariance=np.diag(1 / np.diag(precision)),
        )


@dataclass(frozen=True, kw_only=True)
class LinearGreedy(_Linear, Greedily):
    """Ridge regression, and no exploration: hard to beat where contexts vary enough by themselves.

    Source: Bastani, Bayati, Khosravi, Mostly Exploration-Free Algorithms for Contextual Bandits, 2021.

    Parameters
    ----------
    epsilon : the part of the rounds in which every open action has the same chance; none unless asked for
    """

    epsilon: float = setting(0.0, low=0.0, high=1.0)


@dataclass(frozen=True, kw_only=True)
class EpsilonGreedy(_Linear, Greedily):
    """Ridge regression, and any action now and then."""


@dataclass(frozen=True, kw_only=True)
class LinearThompson(_Linear, Thompson):
    """Draw weights from the belief, take what they say is best.

    Source: Agrawal, Goyal, Thompson Sampling for Contextual Bandits with Linear Payoffs, ICML 2013.
    """


@dataclass(frozen=True, kw_only=True)
class LinUcb(_Linear, UpperBound):
    """Ridge regression, and optimism by the width of the belief.

    Source: Li, Chu, Langford, Schapire, A Contextual-Bandit Approach to News Recommendation, WWW 2010.
    """


@dataclass(frozen=True, kw_only=True)
class RegCb(_Linear, Elimination):
    """Ridge regression, and equal chances for all that may still be best.

    For a linear class the bounds of the regressions within a given excess of squared error have the closed
    form that is used here: the expectation, and so many standard deviations.
    Source: Foster et al., Practical Contextual Bandits with Regression Oracles, ICML 2018.
    """
