"""How far forecasts of time series were from what came, by Amazon Forecast's definitions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Doubles: TypeAlias = NDArray[np.float64]
NAMES: Mapping[str, str] = {
    "WAPE": "wape",
    "RMSE": "rmse",
    "MAPE": "mape",
    "MASE": "mase",
    "AverageWeightedQuantileLoss": "average_wql",
}
"""AWS's names of the figures that a predictor can be chosen by; of all of them less is better."""


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """AWS's figures; of all of them less is better. Where a divisor is 0 the numerator stands alone.

    Parameters
    ----------
    mape : a fraction, over the steps whose actual value is not 0
    mase : mean over the series that have a scale
    wql : by level
    average_wql : the mean of `wql`; without levels `wape`
    """

    rmse: float
    wape: float
    mape: float
    mase: float
    wql: Mapping[float, float]
    average_wql: float

    def figure(self, metric: str) -> float:
        """The one that AWS calls `metric`, a key of `NAMES`."""
        return getattr(self, NAMES[metric])


@dataclass(frozen=True, kw_only=True)
class _Sums:
    """What adds up over steps and series; each (k,), for k groups of steps.

    Parameters
    ----------
    pinball : (k, n_levels)
    n_percentages : steps whose actual value is not 0
    scaled, n_scaled : of mean absolute errors over scales, and of how many series
    """

    n: Doubles
    actual: Doubles
    absolute: Doubles
    squared: Doubles
    percentages: Doubles
    n_percentages: Doubles
    scaled: Doubles
    n_scaled: Doubles
    pinball: Doubles


def accuracy(
    actual: Doubles, quantiles: Doubles, mean: Doubles, levels: Sequence[float], scale: Doubles
) -> Accuracy:
    """The figures of all series together.

    Parameters
    ----------
    actual : (n_series, horizon), NaN where nothing is known: those steps do not count
    quantiles : (n_series, horizon, n_levels)
    mean : (n_series, horizon)
    levels : of the quantiles
    scale : (n_series,), what MASE divides by; NaN or 0 for series that have none
    """
    sums = _sums(actual, quantiles, mean, levels, scale)
    together = {one.name: getattr(sums, one.name).sum(axis=0, keepdims=True) for one in fields(sums)}
    return _figures(_Sums(**together), levels)[0]


def accuracy_by_series(
    actual: Doubles, quantiles: Doubles, mean: Doubles, levels: Sequence[float], scale: Doubles
) -> list[Accuracy]:
    """The figures of each series by itself; the parameters are those of `accuracy`."""
    return _figures(_sums(actual, quantiles, mean, levels, scale), levels)


def mean_accuracy(many: Sequence[Accuracy]) -> Accuracy:
    """The mean of each figure, as AWS sums up backtest windows."""
    levels = many[0].wql

    def of(name: str) -> float:
        return float(np.mean([getattr(one, name) for one in many]))

    return Accuracy(
        rmse=of("rmse"),
        wape=of("wape"),
        mape=of("mape"),
        mase=of("mase"),
        wql={level: float(np.mean([one.wql[level] for one in many])) for level in levels},
        average_wql=of("average_wql"),
    )


def seasonal_scale(target: Doubles, season: int) -> Doubles:
    """(n_series,): mean absolute difference of values a season apart, for MASE; NaN where there is none.

    Source: Hyndman & Koehler, Another look at measures of forecast accuracy, 2006.
    """
    if target.shape[1] <= season:
        return np.full(len(target), np.nan)
    apart = np.abs(target[:, season:] - target[:, :-season])
    known = np.isfinite(apart)
    count = known.sum(axis=1)
    total = np.where(known, apart, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def pinball(actual: Doubles, quantiles: Doubles, levels: Sequence[float]) -> Doubles:
    """What `quantiles` miss by: the last axis is of levels, the others are those of `actual`; NaN stays."""
    error = actual[..., None] - quantiles
    level = np.array(levels, float)
    return np.maximum(level * error, (level - 1) * error)


def _sums(
    actual: Doubles, quantiles: Doubles, mean: Doubles, levels: Sequence[float], scale: Doubles
) -> _Sums:
    """Of each series."""
    known = np.isfinite(actual)
    y = np.where(known, actual, 0.0)
    error = np.where(known, np.abs(y - mean), 0.0)
    n, absolute = known.sum(axis=1).astype(float), error.sum(axis=1)
    moved = known & (y != 0)
    share = np.divide(error, np.abs(y), out=np.zeros_like(error), where=moved)
    scaled = np.isfinite(scale) & (scale > 0) & (n > 0)
    ratio = np.divide(absolute, n * scale, out=np.zeros_like(absolute), where=scaled)
    missed = np.where(known[:, :, None], pinball(y, quantiles, levels), 0.0)
    return _Sums(
        n=n,
        actual=np.abs(y).sum(axis=1),
        absolute=absolute,
        squared=(error**2).sum(axis=1),
        percentages=share.sum(axis=1),
        n_percentages=moved.sum(axis=1).astype(float),
        scaled=ratio,
        n_scaled=scaled.astype(float),
        pinball=missed.sum(axis=1),
    )


def _figures(sums: _Sums, levels: Sequence[float]) -> list[Accuracy]:
    n = np.maximum(sums.n, 1)
    rmse, mean = np.sqrt(sums.squared / n), sums.absolute / n
    wape = _over(sums.absolute, sums.actual)
    mape = np.where(sums.n_percentages > 0, _over(sums.percentages, sums.n_percentages), mean)
    mase = np.where(sums.n_scaled > 0, _over(sums.scaled, sums.n_scaled), mean)
    wql = _over(2 * sums.pinball, sums.actual[:, None])
    average = wql.mean(axis=1) if len(levels) else wape
    return [
        Accuracy(
            rmse=float(rmse[k]),
            wape=float(wape[k]),
            mape=float(mape[k]),
            mase=float(mase[k]),
            wql={level: float(loss) for level, loss in zip(levels, wql[k], strict=True)},
            average_wql=float(average[k]),
        )
        for k in range(len(n))
    ]


def _over(numerator: Doubles, divisor: Doubles) -> Doubles:
    """A quotient; where the divisor is 0 the numerator alone."""
    return numerator / np.where(divisor > 0, divisor, 1.0)
