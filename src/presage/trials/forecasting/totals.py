"""Forecasts of series and of their totals that add up."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from presage.features.series.totals import Totals
from presage.recipes.data import DEFAULT_TRAINING, Training
from presage.recipes.forecasting.panel import Doubles, Forecast, ForecastModel, Panel
from presage.recipes.forecasting.reconciliation import reconciled
from presage.recipes.forecasting.tidy import lowest

from .plan import PredictorPlan
from .predictor import train_predictor
from .windows import TrainedPredictor, Window

N_WINDOWS = 3
"""Errors of series and totals are compared over so many horizons of the past, where the history reaches."""
LEVELS = (0.5,)
"""Models are asked for a quantile, but their means are compared."""
METHODS = ("bottom-up", "mint")
"""`bottom-up` leaves the series as they are; `mint` moves series and totals so that they should err least."""


def train_totals(
    totals: Totals, plan: PredictorPlan, training: Training = DEFAULT_TRAINING
) -> TrainedPredictor:
    """A model of the totals, judged on the windows over which its errors are compared with the series'."""
    n_windows = min(N_WINDOWS, (totals.panel.n_steps - 1) // (2 * plan.horizon))
    return train_predictor(totals.panel, replace(plan, n_windows=max(1, n_windows)), training)


def add_up(  # noqa: PLR0917, each is one of its own
    model: ForecastModel,
    panel: Panel,
    forecast: Forecast,
    totals: Totals,
    own: TrainedPredictor,
    levels: Sequence[float],
    method: str,
    training: Training = DEFAULT_TRAINING,
) -> Forecast:
    """The series and, after them, their totals; the mean of a total is the sum of the means of its parts.

    Quantiles do not add up: of each series and total they are those of its own model, moved as its mean is.
    What the series' model has seen is forecast again: where it remembers, its errors look smaller than they
    are, and totals move the series less.

    Parameters
    ----------
    model, forecast : of the series, which are those of the panel
    own : of the totals, as `train_totals` makes it
    levels : of the forecast
    """
    above = own.model.forecast(totals.panel, levels, training.part(0, 0.1))
    if method == "mint":
        windows = [truth.window for truth in own.truths]
        errors = _errors(model, panel, windows, training.part(0.1, 1)), _judged(totals.panel, own)
        mean = reconciled(forecast.mean, above.mean, totals.membership, errors)
        forecast = _moved(forecast, mean, panel)
    above = _moved(above, np.asarray(totals.membership @ forecast.mean), totals.panel)
    return Forecast(
        quantiles=np.concatenate([forecast.quantiles, above.quantiles]),
        mean=np.concatenate([forecast.mean, above.mean]),
    )


def _errors(model: ForecastModel, panel: Panel, windows: Sequence[Window], training: Training) -> Doubles:
    """(n_series, n_seen): how far off a model is in each step of the windows; NaN = not known."""
    found: list[Doubles] = []
    for number, window in enumerate(windows):
        part = training.part(number / len(windows), (number + 1) / len(windows))
        mean = model.forecast(panel.until(window.begin), LEVELS, part).mean
        found.append(panel.target[:, window.begin : window.end] - mean)
    return np.concatenate(found, axis=1)


def _judged(panel: Panel, own: TrainedPredictor) -> Doubles:
    """The same of forecasts that were made when what came was not known."""
    pairs = zip(own.truths, own.forecasts, strict=True)
    found = [panel.target[:, truth.window.begin : truth.window.end] - one.mean for truth, one in pairs]
    return np.concatenate(found, axis=1)


def _moved(forecast: Forecast, mean: Doubles, panel: Panel) -> Forecast:
    """A forecast with another mean, its quantiles moved as far; neither below 0 where history never was."""
    floor = lowest(panel)
    mean = np.maximum(mean, floor[:, None])
    moved = forecast.quantiles + (mean - forecast.mean)[:, :, None]
    return Forecast(quantiles=np.maximum(moved, floor[:, None, None]), mean=mean)
