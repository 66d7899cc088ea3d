"""Figures of values with gaps: NaN is what is not known."""

import numpy as np

from .panel import Doubles


def known_mean(values: Doubles, empty: float = np.nan) -> Doubles:
    """(n,): the mean of what is known in each row; `empty` where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), empty)
