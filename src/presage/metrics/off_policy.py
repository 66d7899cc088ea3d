"""What a policy would earn, from the log of another one.

Every estimator gives a contribution a round, (n_rounds,), whose mean is the estimated value per decision, in
the unit of the reward, and whose scatter says how sure it is: `interval`.

    reward      (n_rounds,)  what each logged round earned
    weight      (n_rounds,)  how much likelier its action is under the policy that is judged: `importance`
    foreseen    (n_rounds,)  the reward that a model foresees for the logged action
    expected    (n_rounds,)  the reward that it foresees on average over the actions of the judged policy

A model must not have seen the rounds it is used for: `cross_fitted`.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.floating]
Rows = NDArray[np.integer]
Shrink = Callable[[Doubles, float], Doubles]


def importance(target: Doubles, propensity: Doubles) -> Doubles:
    """(n_rounds,): how many times likelier each logged action is under the policy that is judged.

    Parameters
    ----------
    target : (n_rounds,), P(logged action | context) under the policy that is judged, in [0, 1]
    propensity : (n_rounds,), P(logged action | context) when it was logged, in (0, 1]

    Raises ValueError if a propensity is not in (0, 1] or a target not in [0, 1].
    """
    for name, chance, is_wrong in (
        ("propensity", propensity, ~((propensity > 0) & (propensity <= 1))),
        ("target", target, ~((target >= 0) & (target <= 1))),
    ):
        if is_wrong.any():
            raise ValueError(
                f"{name} is {chance[is_wrong][0]} in round {int(is_wrong.argmax())}; it must be a probability"
                + (
                    " above 0: an action that could not be chosen cannot have been logged"
                    * (name == "propensity")
                )
            )
    return target / propensity


def ips(weight: Doubles, reward: Doubles) -> Doubles:
    """Inverse propensity scoring: unbiased, of high variance where policies differ.

    Source: Horvitz, Thompson, JASA 47 (1952).
    """
    return weight * reward


def snips(weight: Doubles, reward: Doubles) -> Doubles:
    """Self-normalised inverse propensity scoring; the scatter is that of its linear approximation.

    Raises ValueError if no logged action has a chance under the judged policy.
    Source: Swaminathan, Joachims, The Self-Normalized Estimator, NeurIPS 2015.
    """
    if not weight.any():
        raise ValueError(
            "no logged action could be chosen by the policy that is judged: nothing tells its value"
        )
    value = weight @ reward / weight.sum()
    return value + weight * (reward - value) / weight.mean()


def doubly_robust(weight: Doubles, reward: Doubles, foreseen: Doubles, expected: Doubles) -> Doubles:
    """A model's forecast, corrected by what it got wrong: right if either model or propensities are.

    With weights all 0 it is the direct method; with shrunken ones (`optimistic`, `switch`) it lies between.
    Source: Dudik, Langford, Li, Doubly Robust Policy Evaluation and Learning, ICML 2011.
    """
    return expected + weight * (reward - foreseen)


def optimistic(weight: Doubles, strength: float) -> Doubles:
    """Weights shrunken the more the larger they are; all stay with infinite strength, none with 0.

    Source: Su, Dimakopoulou, Krishnamurthy, Dudik, Doubly Robust Off-Policy Evaluation with Shrinkage, ICML
    2020.
    """
    if np.isinf(strength):
        return weight
    return strength * weight / np.maximum(weight**2 + strength, np.finfo(float).tiny)


def switch(weight: Doubles, most: float) -> Doubles:
    """Weights up to `most`, 0 instead of larger ones: there the model speaks alone.

    Source: Wang, Agarwal, Dudik, Optimal and Adaptive Off-Policy Evaluation in Contextual Bandits, ICML 2017.
    """
    return np.where(weight <= most, weight, 0)


def tuned(
    shrink: Shrink,
    weight: Doubles,
    reward: Doubles,
    foreseen: Doubles,
    expected: Doubles,
    *,
    among: Sequence[float],
) -> float:
    """The parameter of `shrink` with the least squared error, bias and variance, as far as the log can tell.

    Source: Su et al., as above, section 5.
    """

    def risk(parameter: float) -> float:
        shrunk = shrink(weight, parameter)
        scatter = float(doubly_robust(shrunk, reward, foreseen, expected).std())
        return bias_of(weight - shrunk, reward, foreseen) ** 2 + scatter**2 / len(reward)

    return min(among, key=risk)


def bias_of(lost: Doubles, reward: Doubles, foreseen: Doubles) -> float:
    """How large the bias of shrunken weights may be, >= 0: its estimate, and a standard error of that.

    Parameters
    ----------
    lost : (n_rounds,), how much smaller each weight has become
    """
    off = lost * (reward - foreseen)
    return abs(float(off.mean())) + float(off.std()) / len(off) ** 0.5


class Estimate(NamedTuple):
    """A value per decision, and the ends of its confidence interval."""

    value: float
    low: float
    high: float


def interval(contribution: Doubles, level: float = 0.95, *, bias: float = 0.0) -> Estimate:
    """The mean, and the interval of Johnson's t, which leans to the longer tail.

    Rewards are mostly rare and weights mostly small: contributions are skewed, and Student's interval misses
    the truth above it too often. Source: Johnson, Modified t Tests and Confidence Intervals for Asymmetrical
    Populations, JASA 73 (1978).

    Parameters
    ----------
    contribution : (n_rounds,), at least 2
    level : how often the interval should hold the truth
    bias : how far the estimator may be off beside its scatter: `bias_of` shrunken weights
    """
    from scipy.stats import t  # noqa: PLC0415, slow to import

    n, mean, sd = len(contribution), float(contribution.mean()), float(contribution.std(ddof=1))
    if sd == 0:
        return Estimate(mean, mean - bias, mean + bias)
    skew = float(((contribution - mean) ** 3).mean()) / sd**3
    middle = mean + sd * skew / (6 * n)
    quantile = float(t.ppf((1 + level) / 2, n - 1))
    half, lean = quantile * sd / n**0.5 + bias, sd * skew * quantile**2 / (3 * n)
    return Estimate(mean, middle + lean - half, middle + lean + half)


def cross_fitted(
    fit: Callable[[Rows], Callable[[Rows], Doubles]], n_rounds: int, n_folds: int, rng: np.random.Generator
) -> Doubles:
    """(n_rounds, n_actions): rewards foreseen for every action, by models that have not seen the round.

    Parameters
    ----------
    fit : learns from the rounds of these rows, and answers a function from rows to (n_rows, n_actions)

    Source: Chernozhukov et al., Double/Debiased Machine Learning, Econometrics Journal 21 (2018).
    """
    fold = rng.permutation(n_rounds) % n_folds
    parts = [
        (rows, fit(np.flatnonzero(fold != k))(rows))
        for k in range(n_folds)
        if len(rows := np.flatnonzero(fold == k))
    ]
    foreseen = np.empty((n_rounds, parts[0][1].shape[1]))
    for rows, part in parts:
        foreseen[rows] = part
    return foreseen
