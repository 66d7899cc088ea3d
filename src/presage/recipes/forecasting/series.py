"""One series after the other: known values without gaps in, quantiles and means out."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..data import Training
from .panel import Doubles, Forecast, Panel, unknown

One = tuple[Doubles, Doubles]
"""A series' quantiles (horizon, n_levels) and means (horizon,)."""


def whole(values: Doubles, most: int | None = None) -> Doubles:
    """(n,): the last `most` values from the first known one on; gaps interpolated, the end held."""
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return values[:0]
    place = np.arange(known[0], len(values))
    filled = np.interp(place, known, values[known])
    return filled if most is None else filled[-most:]


def each_series(
    panel: Panel,
    horizon: int,
    levels: Sequence[float],
    training: Training,
    forecast_one: Callable[[int, Doubles], One],
    *,
    least: int,
    most: int | None = None,
) -> Forecast:
    """Forecast series by series, until the deadline; what is left, too short or fails stays NaN.

    Parameters
    ----------
    forecast_one : (row, known values without gaps) -> the forecast
    least, most : values that a series needs, and that are looked at
    """
    forecast = unknown(panel.n_series, horizon, levels)
    for row, values in enumerate(panel.target):
        if training.is_over:
            break
        y = whole(values, most)
        if len(y) >= least and np.ptp(y) > 0:
            found = _tried(forecast_one, row, y)
            if found is not None:
                forecast.quantiles[row], forecast.mean[row] = found
    return forecast


def _tried(forecast_one: Callable[[int, Doubles], One], row: int, y: Doubles) -> One | None:
    """The forecast; None if the method cannot cope with the series: libraries raise all sorts of errors."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return forecast_one(row, y)
        except Exception:  # another method takes the series over
            return None


def by_library(
    panel: Panel,
    horizon: int,
    levels: Sequence[float],
    training: Training,
    model_of: Callable[[Doubles], Any],
    *,
    least: int,
    most: int,
) -> Forecast:
    """Forecast series by series with statsforecast's models; see `each_series`.

    Parameters
    ----------
    model_of : known values -> the model that is fitted to them
    """
    widths = asked(levels)

    def one(_row: int, y: Doubles) -> One:
        return from_library(model_of(y).forecast(y=y, h=horizon, level=widths), levels)

    return each_series(panel, horizon, levels, training, one, least=least, most=most)


def from_library(found: dict[str, Any], levels: Sequence[float]) -> One:
    """What statsforecast answers to `level=asked(levels)`, as quantiles and means."""
    columns = [found[_key(level)] for level in levels]
    return np.stack(columns, axis=1).astype(float), np.asarray(found["mean"], float)


def asked(levels: Sequence[float]) -> list[Any]:
    """Widths in per cent of the central intervals whose ends are these quantiles, for statsforecast."""
    return sorted({_width(level) for level in levels})


def _width(level: float) -> float:
    return round(abs(200 * level - 100), 8)


def _key(level: float) -> str:
    return f"{'lo' if level < 0.5 else 'hi'}-{_width(level)}"
