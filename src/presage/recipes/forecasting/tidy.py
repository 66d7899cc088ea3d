"""What every forecast promises: finite, quantiles in order, not below 0 where history never was."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..data import Ints
from .known import by_rows
from .naive import seasonal_naive, usual_share
from .panel import Doubles, Forecast, Panel
from .seasons import season_of

RECENT = 12
"""A cold series borrows so many values of each, or a horizon of them."""
ENOUGH, MANY = 5, 500
"""A cold series borrows from series that share an attribute if so many do, and from about so many at most."""


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
    below = (panel.target < 0).any(axis=1)  # NaN is not
    below |= ~known_series(panel) & below.any()
    return np.where(below, -np.inf, 0.0)


def known_series(panel: Panel) -> NDArray[np.bool_]:
    """(n_series,): which have a history."""
    return np.asarray(np.isfinite(panel.target).any(axis=1))


def fallback(panel: Panel, horizon: int, levels: Sequence[float], rows: NDArray[np.integer]) -> Forecast:
    """A forecast of some series that needs no model.

    Series with a history go on as their last season did. Those without have the quantiles of the last values
    of the series that share the most attributes, or of all series; without any value at all 0.
    """
    season = season_of(panel.frequency)
    share = usual_share(panel.target, season)
    found = seasonal_naive(panel.target[rows], season, horizon, levels, share)
    quantiles, mean = found.quantiles, found.mean
    cold = np.flatnonzero(~np.isfinite(mean).all(axis=1))
    if len(cold):
        recent = by_rows(lambda some: last_values(some, max(horizon, RECENT)), panel.target)
        for members, near in neighbours(panel, rows[cold]):
            values = recent[near[:: 1 + len(near) // MANY]].ravel()
            values = values[np.isfinite(values)] if np.isfinite(values).any() else np.zeros(1)
            quantiles[cold[members]], mean[cold[members]] = np.quantile(values, levels), values.mean()
    return Forecast(quantiles=quantiles, mean=mean)


def last_values(target: Doubles, n: int) -> Doubles:
    """(n_series, at most n): the last known values of each series, oldest first, NaN before them."""
    order = np.argsort(np.isfinite(target), axis=1, kind="stable")[:, -n:]
    return np.take_along_axis(target, order, axis=1)


def neighbours(panel: Panel, rows: NDArray[np.integer]) -> Iterator[tuple[list[int], NDArray[np.intp]]]:
    """Cold series whose attributes are equal, as places in `rows`, and the series with a history near them.

    Near are those that share the most attributes, enough of them; all if few share any.
    """
    warm = np.flatnonzero(known_series(panel))
    codes = [one.code for one in panel.attributes.values()]
    sharing = [_by_code(code[warm]) for code in codes]
    kinds: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        kinds[tuple(int(code[row]) for code in codes)].append(place)
    for kind, members in kinds.items():
        like = [by_code[code] for by_code, code in zip(sharing, kind, strict=True) if code in by_code]
        yield members, warm[_most_alike(like, len(warm))]


def _by_code(code: Ints) -> dict[int, NDArray[np.intp]]:
    """Value -> the places where it is, without -1, which is not known."""
    order = np.argsort(code, kind="stable")
    values, starts = np.unique(code[order], return_index=True)
    ends = np.append(starts, len(order))
    return {int(value): order[ends[k] : ends[k + 1]] for k, value in enumerate(values) if value >= 0}


def _most_alike(like: Sequence[NDArray[np.intp]], n: int) -> NDArray[np.intp]:
    """Of n places those that are in the most of some lists, enough of them."""
    shared = np.bincount(np.concatenate(like), minlength=n) if like else np.zeros(n, np.intp)
    for least in range(len(like), 0, -1):
        near = np.flatnonzero(shared >= least)
        if len(near) >= ENOUGH:
            return near
    return np.arange(n)
