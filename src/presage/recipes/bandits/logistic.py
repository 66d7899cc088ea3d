"""Chances as logistic in context and action: `presage-logistic-thompson`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import State
from ..settings import setting
from .data import Doubles, Rounds, Seen, blocks
from .exploring import Thompson
from .pairs import Normal, pairs_of, prior, score, spread

N_STEPS, CLOSE = 20, 1e-8


@dataclass(kw_only=True)
class LogisticBelief:
    """Bayesian logistic regression on every product of a context's and an action's number.

    Each batch of rewards finds the belief of those before as its prior, and leaves the normal distribution
    that has the same peak and curvature as the posterior (Laplace's approximation).
    Source: Chapelle, Li, An Empirical Evaluation of Thompson Sampling, NeurIPS 2011.

    Parameters
    ----------
    mean, precision : (p,), (p, p), of the weights
    """

    mean: Doubles
    precision: Doubles
    _solved: Normal | None = None

    def learn(self, seen: Seen) -> None:
        """Newton's steps to the peak. Raises ValueError if a reward is not in [0, 1]."""
        outside = seen.reward[(seen.reward < 0) | (seen.reward > 1)]
        if len(outside):
            raise ValueError(f"a reward is {outside[0]}; this policy learns chances: rewards from 0 to 1")
        x = pairs_of(seen)
        weights, curvature = self.mean, self.precision
        for _ in range(N_STEPS):
            chance = logistic(x @ weights)
            curvature = self.precision + (x.T * (chance * (1 - chance))) @ x
            slope = x.T @ (seen.reward - chance) - self.precision @ (weights - self.mean)
            step = np.linalg.solve(curvature, slope)
            weights = weights + step / max(1.0, np.abs(x @ step).max())  # at most 1 in the logit a step
            if np.abs(step).max() < CLOSE:
                break
        self.mean, self.precision, self._solved = weights, curvature, None

    def refit(self) -> None:
        """Nothing: what was seen is not kept."""

    def expected(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions), in (0, 1): the chance, averaged over the belief.

        Source of the closed form: MacKay, The Evidence Framework Applied to Classification Networks, 1992.
        """
        sd = spread(rounds, self._normal.covariance)
        return logistic(score(rounds, self.mean) / np.sqrt(1 + np.pi / 8 * sd**2))

    def spread(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions): the logit's, by the slope of the chance."""
        chance = logistic(score(rounds, self.mean))
        return spread(rounds, self._normal.covariance) * chance * (1 - chance)

    def draws(self, rounds: Rounds, n_draws: int, rng: np.random.Generator) -> Iterator[Doubles]:
        """Each draw is of the weights, and so common to all rounds asked together."""
        for size in blocks(rounds, n_draws):
            yield logistic(score(rounds, self._normal.draw(size, rng)))

    @property
    def _normal(self) -> Normal:
        if self._solved is None:
            self._solved = Normal.of(self.precision, self.precision @ self.mean)
        return self._solved

    def state(self) -> State:
        """Mean and precision."""
        return {"mean": self.mean, "precision": self.precision}, {}

    def restored(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:  # noqa: ARG002
        """The belief that `state` described."""
        return replace(self, mean=arrays["mean"].copy(), precision=arrays["precision"].copy())


@dataclass(frozen=True, kw_only=True)
class LogisticThompson(Thompson):
    """Draw the weights of a logistic regression from the belief, take what they say is most likely.

    Parameters
    ----------
    prior_sd : of the weight of each product, in the logit
    """

    prior_sd: float = setting(1.0, low=1e-6, high=1e6, tunable=True, log=True)

    def belief(self, n_context: int, n_features: int) -> LogisticBelief:
        """Every weight about 0: an even chance."""
        precision, mean = prior(n_context, n_features, self.prior_sd)
        return LogisticBelief(mean=mean, precision=precision)


def logistic(logit: Doubles) -> Doubles:
    """1 / (1 + exp(-logit)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * logit))
