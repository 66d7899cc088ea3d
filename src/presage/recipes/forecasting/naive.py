"""The last season again: what is known without fitting anything."""

from collections.abc import Sequence

import numpy as np

from .known import known_mean
from .normal import normal_scores
from .panel import Doubles, Forecast


def seasonal_naive(target: Doubles, season: int, horizon: int, levels: Sequence[float]) -> Forecast:
    """Normal quantiles about the last known season; NaN for series without a history."""
    ahead = np.sqrt(1 + np.arange(horizon) // season)
    spread = seasonal_spread(target, season)[:, None] * ahead
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


def seasonal_spread(target: Doubles, season: int) -> Doubles:
    """(n_series,): root mean square of the differences between values a season apart.

    Series too short for that take the differences of neighbours, and those without any the median share of
    their level that other series have as their spread.
    """
    spread = _root_mean_square(target, season)
    spread = np.where(np.isfinite(spread), spread, _root_mean_square(target, 1))
    level = known_mean(np.abs(target), empty=0.0)
    shares = spread[(level > 0) & np.isfinite(spread)] / level[(level > 0) & np.isfinite(spread)]
    share = float(np.median(shares)) if len(shares) else 0.0
    return np.where(np.isfinite(spread), spread, share * level)


def _root_mean_square(target: Doubles, lag: int) -> Doubles:
    """(n_series,): of differences at a lag; NaN where there is none."""
    apart = (target[:, lag:] - target[:, :-lag]) if target.shape[1] > lag else np.zeros((len(target), 0))
    return np.sqrt(known_mean(apart**2))
