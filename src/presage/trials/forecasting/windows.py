"""Backtest windows: the last steps of the history, forecast from what was known before them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from presage.metrics.forecasting import Accuracy, accuracy, accuracy_by_series, mean_accuracy, seasonal_scale
from presage.recipes.data import Training
from presage.recipes.forecasting.panel import Doubles, Forecast, ForecastRecipe, Panel
from presage.recipes.forecasting.seasons import season_of


@dataclass(frozen=True, kw_only=True)
class Window:
    """Steps of a panel that are forecast from the steps before them.

    Parameters
    ----------
    begin, end : indices of steps, the end exclusive
    """

    begin: int
    end: int


@dataclass(frozen=True, kw_only=True)
class WindowResult:
    """How a recipe did on a window.

    Parameters
    ----------
    begin, end : indices of steps of the panel, the end exclusive
    rows : (n,), the series that were judged: those with a value in the window
    forecast : of those series
    accuracy : of them all together
    """

    begin: int
    end: int
    rows: NDArray[np.intp]
    forecast: Forecast
    accuracy: Accuracy

    def by_series(self, panel: Panel, levels: Sequence[float]) -> list[Accuracy]:
        """The figures of each judged series, from the panel that was judged on."""
        actual, scale = _truth(panel, self, self.rows)
        return accuracy_by_series(actual, self.forecast.quantiles, self.forecast.mean, levels, scale)


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """How a recipe with its settings did on all windows, the latest window first.

    Parameters
    ----------
    settings : as AWS's map of strings
    """

    recipe: str
    settings: dict[str, str]
    windows: tuple[WindowResult, ...]

    @property
    def summary(self) -> Accuracy:
        """The mean over the windows."""
        return mean_accuracy([window.accuracy for window in self.windows])


def backtest_windows(n_steps: int, horizon: int, n_windows: int, offset: int) -> list[Window]:
    """The latest first: window k begins k offsets before the end of the history and is a horizon long.

    Raises ValueError if the windows overlap or leave nothing to learn from.
    """
    if not horizon <= offset < n_steps / 2:
        raise ValueError(
            f"the backtest window offset is {offset}; it must be at least the forecast horizon {horizon} and "
            f"less than half of the {n_steps} time steps of the target time series"
        )
    begins = [n_steps - k * offset for k in range(1, n_windows + 1)]
    if begins[-1] < 1:
        raise ValueError(
            f"{n_windows} backtest windows that are {offset} steps apart need more than {n_windows * offset} "
            f"time steps; the target time series has {n_steps}"
        )
    return [Window(begin=begin, end=begin + horizon) for begin in begins]


def judge(
    recipe: ForecastRecipe, panel: Panel, window: Window, levels: Sequence[float], training: Training
) -> WindowResult:
    """Fit a recipe to what was known before a window, and judge its forecast of the window."""
    before = panel.until(window.begin)
    horizon = window.end - window.begin
    model = recipe.fit(before, horizon, training.part(0, 0.5))
    return judged(panel, window, model.forecast(before, levels, training.part(0.5, 1)), levels)


def judged(panel: Panel, window: Window, forecast: Forecast, levels: Sequence[float]) -> WindowResult:
    """The result of a forecast of all series of a window.

    Raises ValueError if no series has a value in the window.
    """
    rows = np.flatnonzero(np.isfinite(panel.target[:, window.begin : window.end]).any(axis=1))
    if not len(rows):
        raise ValueError(
            f"no time series has a value in the backtest window of steps {window.begin} to {window.end - 1}; "
            "choose fewer windows or a smaller offset"
        )
    actual, scale = _truth(panel, window, rows)
    quantiles, mean = forecast.quantiles[rows], forecast.mean[rows]
    return WindowResult(
        begin=window.begin,
        end=window.end,
        rows=rows,
        forecast=Forecast(quantiles=quantiles, mean=mean),
        accuracy=accuracy(actual, quantiles, mean, levels, scale),
    )


def _truth(panel: Panel, window: Window | WindowResult, rows: NDArray[np.intp]) -> tuple[Doubles, Doubles]:
    """What came in the window, and the scales of MASE from what was known before."""
    target = panel.target[rows]
    scale = seasonal_scale(target[:, : window.begin], season_of(panel.frequency))
    return target[:, window.begin : window.end], scale
