"""Forecasts of series and of their totals that add up."""

from collections.abc import Sequence

import numpy as np

from presage.features.series.totals import Totals
from presage.recipes.data import DEFAULT_TRAINING, Training
from presage.recipes.forecasting.auto.recipe import window_begins
from presage.recipes.forecasting.panel import Doubles, Forecast, ForecastModel, Panel
from presage.recipes.forecasting.reconciliation import reconciled
from presage.recipes.forecasting.tidy import lowest

N_WINDOWS = 3
"""Errors of series and totals are compared over so many horizons of the past, where the history reaches."""
LEVELS = (0.5,)
"""Models are asked for a quantile, but their means are compared."""


METHODS = ("mint", "bottom-up")
"""`mint` moves series and totals so that they err least; `bottom-up` leaves the series as they are."""


def add_up(  # noqa: PLR0917, each is one of its own
    models: tuple[ForecastModel, ForecastModel],
    panel: Panel,
    totals: Totals,
    forecast: Forecast,
    levels: Sequence[float],
    method: str,
    training: Training = DEFAULT_TRAINING,
) -> Forecast:
    """The series and, after them, their totals; the mean of a total is the sum of the means of its parts.

    Quantiles do not add up: of each series and total they are those of its own model, moved as its mean is.

    Parameters
    ----------
    models : of the series, and of the totals
    forecast : of the series, at these levels
    """
    model, own = models
    horizon = forecast.mean.shape[1]
    above = own.forecast(totals.panel, levels, training.part(0, 0.1))
    if method == "mint":
        errors = (
            _errors(model, panel, horizon, training.part(0.1, 0.9)),
            _errors(own, totals.panel, horizon, training.part(0.9, 1)),
        )
        mean = reconciled(forecast.mean, above.mean, totals.membership, errors)
        forecast = _moved(forecast, mean, panel)
    above = _moved(above, np.asarray(totals.membership @ forecast.mean), totals.panel)
    return Forecast(
        quantiles=np.concatenate([forecast.quantiles, above.quantiles]),
        mean=np.concatenate([forecast.mean, above.mean]),
    )


def _errors(model: ForecastModel, panel: Panel, horizon: int, training: Training) -> Doubles:
    """(n_series, n_seen): how far off a model is over the last horizons of the history; NaN = not known."""
    found: list[Doubles] = []
    begins = window_begins(panel.n_steps, horizon, N_WINDOWS)
    for number, begin in enumerate(begins):
        part = training.part(number / len(begins), (number + 1) / len(begins))
        mean = model.forecast(panel.until(begin), LEVELS, part).mean
        found.append(panel.target[:, begin : begin + horizon] - mean)
    return np.concatenate(found, axis=1) if found else np.zeros((panel.n_series, 0))


def _moved(forecast: Forecast, mean: Doubles, panel: Panel) -> Forecast:
    """A forecast with another mean, its quantiles moved as far; neither below 0 where history never was."""
    floor = lowest(panel)
    mean = np.maximum(mean, floor[:, None])
    moved = forecast.quantiles + (mean - forecast.mean)[:, :, None]
    return Forecast(quantiles=np.maximum(moved, floor[:, None, None]), mean=mean)
