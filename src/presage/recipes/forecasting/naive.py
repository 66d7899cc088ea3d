"""The last season again: what is known without fitting anything."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from .known import by_rows, known_mean
from .normal import normal_scores
from .panel import Doubles, Forecast


def seasonal_naive(
    target: Doubles, season: int, horizon: int, levels: Sequence[float], share: float | None = None
) -> Forecast:
    """Normal quantiles about the last known season; NaN for series without a history.

    Parameters
    ----------
    share : see `seasonal_spread`
    """
    ahead = np.sqrt(1 + np.arange(horizon) // season)
    spread = seasonal_spread(target, season, share)[:, None] * ahead
    return normal(repeated(last_season(target, season), horizon), spread, levels)


def normal(mean: Doubles, spread: Doubles, levels: Sequence[float]) -> Forecast:
    """Normal quantiles, from means and standard deviations (n_series, horizon)."""
    return Forecast(quantiles=mean[:, :, None] + spread[:, :, None] * normal_scores(levels), mean=mean)


def repeated(season: Doubles, horizon: int) -> Doubles:
    """(n_series, horizon): a season's values again and again."""
    return np.tile(season, (1, -(-horizon // season.shape[1])))[:, :horizon]


def last_season(target: Doubles, season: int) -> Doubles:
    """(n_series, season): for each of the next steps the last known value of its season.

    A season without any value takes the series' last known value; NaN for series without a history.
    """
    n_series, n_steps = target.shape
    n_seasons = max(1, -(-n_steps // season))
    padded = np.full((n_series, n_seasons * season), np.nan)
    padded[:, padded.shape[1] - n_steps :] = target
    found = _last_known(padded.reshape(n_series, n_seasons, season))
    last = _last_known(target[:, :, None])
    return np.where(np.isfinite(found), found, last)


def _last_known(values: Doubles) -> Doubles:
    """(n_series, k): the last finite one along the middle axis of (n_series, n, k)."""
    if not values.shape[1]:
        return np.full((values.shape[0], values.shape[2]), np.nan)
    back = np.isfinite(values)[:, ::-1].argmax(axis=1)
    return np.take_along_axis(values, values.shape[1] - 1 - back[:, None], axis=1)[:, 0]


def seasonal_spread(target: Doubles, season: int, share: float | None = None) -> Doubles:
    """(n_series,): root mean square of the differences between values a season apart.

    Series too short for that take differences of neighbours, those without any a share of their level.

    Parameters
    ----------
    share : None = `usual_share` of these series
    """
    spread, level = by_rows(partial(_spread_and_level, season=season), target).T
    share = _median_share(spread, level) if share is None else share
    return np.where(np.isfinite(spread), spread, share * level)


def usual_share(target: Doubles, season: int) -> float:
    """The median share of their level that series have as their spread."""
    return _median_share(*by_rows(partial(_spread_and_level, season=season), target).T)


def _median_share(spread: Doubles, level: Doubles) -> float:
    known = (level > 0) & np.isfinite(spread)
    return float(np.median(spread[known] / level[known])) if known.any() else 0.0


def _spread_and_level(target: Doubles, season: int) -> Doubles:
    """(n_series, 2): NaN where there are no differences, and 0 without a history."""
    spread = _root_mean_square(target, season)
    spread = np.where(np.isfinite(spread), spread, _root_mean_square(target, 1))
    return np.stack([spread, known_mean(np.abs(target), empty=0.0)], axis=1)


def _root_mean_square(target: Doubles, lag: int) -> Doubles:
    """(n_series,): of differences at a lag; NaN where there is none."""
    apart = (target[:, lag:] - target[:, :-lag]) if target.shape[1] > lag else np.zeros((len(target), 0))
    return np.sqrt(known_mean(apart**2))
