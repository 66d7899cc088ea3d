"""Figures of values with gaps: NaN is what is not known."""

from collections.abc import Callable

import numpy as np

from .panel import Doubles

AT_ONCE = 4_000_000
"""Values that a figure is worked out of together."""


def by_rows(figure: Callable[[Doubles], Doubles], values: Doubles) -> Doubles:
    """(n, ...): a figure of each row of (n, n_steps), of some rows at a time, which takes little memory."""
    size = max(1, AT_ONCE // max(1, values.shape[1]))
    first = figure(values[:size])
    found = np.empty((len(values), *first.shape[1:]), first.dtype)
    found[:size] = first
    for k in range(size, len(values), size):
        found[k : k + size] = figure(values[k : k + size])
    return found


def known_mean(values: Doubles, empty: float = np.nan) -> Doubles:
    """(n,): the mean of what is known in each row; `empty` where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), empty)
