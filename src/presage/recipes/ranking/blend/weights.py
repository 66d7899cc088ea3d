"""How much each member of a blend counts: what predicts held-out events best."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...data import Floats, Ints

PRIOR = 1.0
"""By so much, over all held-out events, equal weights are preferred: it matters where these are few."""


def choose_weights(logs: Sequence[Floats], item: Ints, least: Sequence[float]) -> NDArray[np.float64]:
    """(n_members,): the weights that make the held-out items likeliest, or rank them best.

    The likeliest ones are found by L-BFGS, for the loss is convex in the weights. A single member, the
    others having their lowest weights, is chosen instead where it ranks the held-out items better; without
    any item all count the same.

    Parameters
    ----------
    logs : per member (n_held, n_items), the logs of its probabilities
    item : (n_held,), what was used
    least : per member, the lowest weight that it may have; one that may have any is nothing by itself

    Source of the combination: Genest, Zidek, Combining probability distributions, Statistical Science 1986
    (logarithmic opinion pool).
    """
    bounded = np.isfinite(least)
    equal = bounded / max(1, bounded.sum())
    if not len(item):
        return equal
    likeliest = _likeliest(logs, item, least, equal)
    rest = np.where(bounded, least, likeliest)
    single = [rest + np.eye(len(rest))[k] for k in np.flatnonzero(bounded)]
    return max([likeliest, *single], key=lambda weights: mean_gain(pooled(logs, weights), item))


def pooled(logs: Sequence[Floats], weights: NDArray[np.float64]) -> Floats:
    """(n_held, n_items): the weighted sum."""
    total = np.zeros_like(logs[0])
    for log, weight in zip(logs, weights, strict=True):
        if weight:
            total += np.float32(weight) * log
    return total


def mean_gain(score: Floats, item: Ints) -> float:
    """The mean of 1 / log2(1 + rank) of what was used, the first rank being 1; of equals the middle one."""
    right = score[np.arange(len(item)), item][:, None]
    before = (score > right).sum(axis=1) + ((score == right).sum(axis=1) - 1) / 2
    return float((1 / np.log2(2 + before)).mean())


def _likeliest(
    logs: Sequence[Floats], item: Ints, least: Sequence[float], equal: NDArray[np.float64]
) -> NDArray[np.float64]:
    from scipy.optimize import minimize  # noqa: PLC0415, training alone needs it

    right = np.stack([log[np.arange(len(item)), item] for log in logs]).mean(axis=1)
    pull = PRIOR / len(item)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        share = pooled(logs, weights)
        top = share.max(axis=1, keepdims=True)
        share -= top
        np.exp(share, out=share)
        total = share.sum(axis=1, keepdims=True)
        share /= total
        expected = np.array([np.vdot(share, log) for log in logs]) / len(item)
        away = weights - equal
        value = float((np.log(total) + top).mean()) - weights @ right + pull * (away @ away)
        return value, expected - right + 2 * pull * away

    bounds = [(low, None) for low in least]
    found = minimize(
        loss, np.maximum(equal, least), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100}
    )
    return found.x
