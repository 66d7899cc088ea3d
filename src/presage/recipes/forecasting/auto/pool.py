"""Members' distributions mixed into one: the quantiles of the mixture, and the weights that suit it.

An average of quantiles is of nobody's distribution: a member that says 0 or 5 and one that says 1 average to
0.5 or 3. A mixture says 0, 1 or 5, each as often as its members do; and a member that is far off moves its
median little.
"""

from collections.abc import Sequence

import numpy as np

from ..npts import quantiles_of
from ..panel import Doubles
from .backtest import LEVELS

GRID = (0.01, *LEVELS, 0.99)
"""Quantiles that stand for a member's distribution, each for the levels that are nearest to it."""


def mixed(quantiles: Doubles, weights: Doubles, asked: Sequence[float]) -> Doubles:
    """(n, horizon, n_asked): quantiles of each series' mixture.

    Parameters
    ----------
    quantiles : (n_members, n, horizon, len(GRID))
    weights : (n, n_members), each row sums to 1
    """
    _, n, horizon, _ = quantiles.shape
    between = (np.array(GRID[1:]) + GRID[:-1]) / 2
    share = np.diff(between, prepend=0.0, append=1.0)
    value = quantiles.transpose(1, 2, 0, 3).reshape(n * horizon, -1)
    chance = np.repeat((weights[:, :, None] * share).reshape(n, -1), horizon, axis=0)
    order = np.argsort(value, axis=1, kind="stable")
    value, chance = (np.take_along_axis(one, order, axis=1) for one in (value, chance))
    return quantiles_of(value, chance, asked).reshape(n, horizon, -1)


def mixture_weights(quantiles: Doubles, actual: Doubles, importance: Doubles) -> Doubles:
    """(n_members,): weights, none below 0, whose mixture has the least continuous ranked probability score.

    It is the mixture's mean distance from what came, less half its mean distance from itself: a quadratic
    form of the weights. Sources: Gneiting & Raftery, Strictly proper scoring rules, prediction, and
    estimation, 2007; Yao, Vehtari, Simpson & Gelman, Using stacking to average Bayesian predictive
    distributions, 2018.

    Parameters
    ----------
    quantiles : (n_members, n, horizon, len(LEVELS))
    actual : (n, horizon), finite
    importance : (n, horizon), what each value counts
    """
    from scipy.optimize import minimize  # noqa: PLC0415, training alone needs it

    n_members = len(quantiles)
    away = np.array([(np.abs(one - actual[..., None]).mean(axis=2) * importance).sum() for one in quantiles])
    apart = np.zeros((n_members, n_members))
    for i in range(n_members):
        for j in range(i, n_members):
            apart[i, j] = apart[j, i] = _apart(quantiles[i], quantiles[j], importance)

    unit = max(float(away.max()), 1e-300)
    away, apart = away / unit, apart / unit

    def score(weight: Doubles) -> tuple[float, Doubles]:
        return float(weight @ (away - 0.5 * apart @ weight)), away - apart @ weight

    found = minimize(
        score,
        np.full(n_members, 1 / n_members),
        jac=True,
        method="SLSQP",
        bounds=[(0, 1)] * n_members,
        constraints={"type": "eq", "fun": lambda weight: weight.sum() - 1},
        options={"ftol": 1e-10},
    )
    weight = np.clip(found.x, 0, 1)
    return weight / weight.sum()


def _apart(one: Doubles, other: Doubles, importance: Doubles) -> float:
    """The mean distance of values of two distributions, level by level, which takes little memory."""
    total = sum(np.abs(one[..., k, None] - other).mean(axis=2) for k in range(one.shape[2]))
    return float((total * importance).sum() / one.shape[2])
