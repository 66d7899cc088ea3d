"""Backtest windows: the last steps of the history, forecast from what was known before them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from presage.metrics.forecasting import Accuracy, accuracy, accuracy_by_series, mean_accuracy, seasonal_scale
from presage.recipes.data import Training
from presage.recipes.forecasting.kept import kept_forecast
from presage.recipes.forecasting.known import by_rows
from presage.recipes.forecasting.panel import Doubles, Forecast, ForecastModel, ForecastRecipe, Panel
from presage.recipes.forecasting.seasons import season_of

from .plan import PredictorPlan


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
    n_series : how many were judged
    accuracy : of them all together
    """

    begin: int
    end: int
    n_series: int
    accuracy: Accuracy


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What came in a window, and what forecasts of it are held against.

    Parameters
    ----------
    rows : (n,), the series that are judged: those with a value in the window
    actual : (n, horizon), NaN where nothing is known
    scale : (n,), what MASE divides by, from what was known before
    """

    window: Window
    rows: NDArray[np.intp]
    actual: Doubles
    scale: Doubles

    def judge(self, forecast: Forecast, levels: Sequence[float]) -> WindowResult:
        """The result of a forecast of all series."""
        quantiles, mean = self._judged(forecast.quantiles), self._judged(forecast.mean)
        found = accuracy(self.actual, quantiles, mean, levels, self.scale)
        window = self.window
        return WindowResult(begin=window.begin, end=window.end, n_series=len(self.rows), accuracy=found)

    def by_series(self, forecast: Forecast, levels: Sequence[float]) -> list[Accuracy]:
        """The figures of each judged series."""
        quantiles, mean = self._judged(forecast.quantiles), self._judged(forecast.mean)
        return accuracy_by_series(self.actual, quantiles, mean, levels, self.scale)

    def _judged(self, values: Doubles) -> Doubles:
        return values if len(values) == len(self.rows) else values[self.rows]


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


@dataclass(frozen=True, kw_only=True)
class TrainedPredictor:
    """A model fitted to the whole panel, and how the candidates did, the best first.

    Of the automatic predictor its own evaluation comes first, then those of its members.

    Parameters
    ----------
    truths : what came in each backtest window, the latest first
    forecasts : of all series of these windows, by the candidate that stands first
    """

    model: ForecastModel
    evaluations: Sequence[Evaluation]
    truths: Sequence[Truth]
    forecasts: Sequence[Forecast]


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


def truths_of(panel: Panel, plan: PredictorPlan) -> list[Truth]:
    """What came in the backtest windows of a plan; raises ValueError for windows that do not fit."""
    windows = backtest_windows(panel.n_steps, plan.horizon, plan.n_windows, plan.gap)
    return [truth_of(panel, window) for window in windows]


def truth_of(panel: Panel, window: Window) -> Truth:
    """What came in a window; raises ValueError if no series has a value in it."""
    actual = panel.target[:, window.begin : window.end]
    rows = np.flatnonzero(np.isfinite(actual).any(axis=1))
    if not len(rows):
        raise ValueError(
            f"no time series has a value in the backtest window of steps {window.begin} to {window.end - 1}; "
            "choose fewer windows or a smaller offset"
        )
    season = season_of(panel.frequency)
    scale = by_rows(lambda some: seasonal_scale(some, season), panel.target[:, : window.begin])
    return Truth(window=window, rows=rows, actual=actual[rows], scale=scale[rows])


def evaluation_of(
    name: str, plan: PredictorPlan, truths: Sequence[Truth], forecasts: Iterable[Forecast]
) -> Evaluation:
    """How a recipe did, from its forecasts of all windows."""
    pairs = zip(truths, forecasts, strict=True)
    windows = tuple(truth.judge(forecast, plan.levels) for truth, forecast in pairs)
    return Evaluation(recipe=name, settings=dict(plan.settings), windows=windows)


def forecast_of(
    recipe: ForecastRecipe, panel: Panel, window: Window, levels: Sequence[float], training: Training
) -> Forecast:
    """Fit a recipe to what was known before a window, and forecast all series of the window."""
    before = panel.until(window.begin)

    def forecast() -> Forecast:
        model = recipe.fit(before, window.end - window.begin, training.part(0, 0.5))
        return model.forecast(before, levels, training.part(0.5, 1))

    return kept_forecast(training, f"{recipe!r} from step {window.begin}", forecast)
