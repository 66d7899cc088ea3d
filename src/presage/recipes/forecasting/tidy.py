"""What every forecast promises: finite, quantiles in order, not below 0 where history never was."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .naive import seasonal_naive
from .panel import Doubles, Forecast, Panel
from .seasons import season_of

RECENT = 12
"""A cold series borrows so many values of each, or a horizon of them."""
ENOUGH = 5
"""A cold series borrows from series that share an attribute if so many do."""


def tidy(forecast: Forecast, panel: Panel, levels: Sequence[float]) -> Forecast:
    """The same forecast with its promises kept; what is not finite is replaced by `fallback`."""
    quantiles, mean = forecast.quantiles, forecast.mean
    bad = ~(np.isfinite(quantiles).all(axis=(1, 2)) & np.isfinite(mean).all(axis=1))
    if bad.any():
        plain = fallback(panel, mean.shape[1], levels, np.flatnonzero(bad))
        quantiles, mean = quantiles.copy(), mean.copy()
        quantiles[bad], mean[bad] = plain.quantiles, plain.mean
    floor = lowest(panel)
    return Forecast(
        quantiles=np.maximum(np.sort(quantiles, axis=2), floor[:, None, None]),
        mean=np.maximum(mean, floor[:, None]),
    )


def lowest(panel: Panel) -> Doubles:
    """(n_series,): 0 for series that were never below it, else minus infinity; cold ones as all together."""
    known = np.isfinite(panel.target)
    below = (known & (panel.target < 0)).any(axis=1)
    below |= ~known.any(axis=1) & below.any()
    return np.where(below, -np.inf, 0.0)


def fallback(panel: Panel, horizon: int, levels: Sequence[float], rows: NDArray[np.integer]) -> Forecast:
    """A forecast of some series that needs no model.

    Series with a history go on as their last season did. Those without have the quantiles of the last values
    of the series that share the most attributes, or of all series; without any value at all 0.
    """
    found = seasonal_naive(panel.target, season_of(panel.frequency), horizon, levels)
    quantiles, mean = found.quantiles[rows], found.mean[rows]
    recent = last_values(panel, max(horizon, RECENT))
    for place in np.flatnonzero(~np.isfinite(mean).all(axis=1)):
        values = recent[nearest(panel, rows[place])].ravel()
        values = values[np.isfinite(values)] if np.isfinite(values).any() else np.zeros(1)
        quantiles[place], mean[place] = np.quantile(values, levels), values.mean()
    return Forecast(quantiles=quantiles, mean=mean)


def last_values(panel: Panel, n: int) -> Doubles:
    """(n_series, at most n): the last known values of each series, oldest first, NaN before them."""
    known = np.isfinite(panel.target)
    order = np.argsort(known, axis=1, kind="stable")[:, -n:]
    return np.take_along_axis(panel.target, order, axis=1)


def nearest(panel: Panel, row: int | np.integer) -> NDArray[np.intp]:
    """The series with a history that share most attributes with one; all of them if few share any."""
    warm = np.isfinite(panel.target).any(axis=1)
    shared = np.zeros(panel.n_series)
    for one in panel.attributes.values():
        shared += (one.code == one.code[row]) & (one.code[row] >= 0)
    for least in np.unique(shared[warm])[::-1]:
        near = np.flatnonzero(warm & (shared >= least))
        if len(near) >= ENOUGH:
            return near
    return np.flatnonzero(warm)
