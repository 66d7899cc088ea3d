"""The automatic predictor's training: one backtest tells its weights, its own accuracy and its members'."""

from collections.abc import Sequence
from dataclasses import replace

from presage.recipes.data import Training
from presage.recipes.forecasting.auto.recipe import Auto, Backtested, window_begins
from presage.recipes.forecasting.panel import Forecast, ForecastModel, Panel

from .plan import PredictorPlan
from .windows import Evaluation, Window, backtest_windows, judged

AUTO = "presage-auto"
"""The recipe of predictors that CreateAutoPredictor makes."""


def train_automatic(
    panel: Panel, plan: PredictorPlan, recipe: Auto, training: Training
) -> tuple[ForecastModel, list[Evaluation]]:
    """The fitted ensemble, and how it did, before its members.

    Its forecast of a window is combined with weights that were learned from the other windows; where there is
    no other, with equal weights. Its members were fitted to what was known before the earliest window, and
    saw what was known before each.

    Raises ValueError for windows that do not fit.
    """
    windows = backtest_windows(panel.n_steps, plan.horizon, plan.n_windows, plan.gap)
    further = window_begins(panel.n_steps, plan.horizon, max(2, recipe.most_windows(panel)), plan.gap)
    begins = [*(window.begin for window in windows), *further[len(windows) :]]
    found = recipe.backtested(panel, plan.horizon, begins, plan.levels, training)
    asked = [found.levels.index(level) for level in plan.levels]

    def evaluation(name: str, settings: dict[str, str], forecasts: Sequence[Forecast]) -> Evaluation:
        pairs = zip(windows, forecasts, strict=True)
        results = [judged(panel, window, _of(one, asked), plan.levels) for window, one in pairs]
        return Evaluation(recipe=name, settings=settings, windows=tuple(results))

    own = [found.held_out(number) for number in range(len(windows))]
    members = [evaluation(name, {}, _member(found, name, windows)) for name in found.members]
    members.sort(key=lambda one: one.summary.figure(plan.metric))
    return found.model(), [evaluation(AUTO, dict(plan.settings), own), *members]


def _member(found: Backtested, name: str, windows: Sequence[Window]) -> list[Forecast]:
    return [case.forecasts[name] for case in found.cases[: len(windows)]]


def _of(forecast: Forecast, levels: Sequence[int]) -> Forecast:
    return replace(forecast, quantiles=forecast.quantiles[:, :, list(levels)])
