"""The normal distribution, and softmax: what forecasts need of SciPy where answers are given without it."""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from .panel import Doubles


def normal_scores(levels: Sequence[float]) -> Doubles:
    """(n_levels,): the standard normal's quantiles, each level in (0, 1)."""
    return np.array([NormalDist().inv_cdf(level) for level in levels], np.float64)


def softmax(x: Any, axis: int = -1) -> Doubles:
    """An array of the same shape: exp(x) as shares that sum to 1 along an axis."""
    share = np.exp(x - x.max(axis=axis, keepdims=True))
    return share / share.sum(axis=axis, keepdims=True)
