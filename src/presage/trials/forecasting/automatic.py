"""The automatic predictor's training: one backtest tells its weights, its own accuracy and its members'."""

from collections.abc import Sequence
from dataclasses import replace

from presage.recipes.data import Training
from presage.recipes.forecasting.auto.recipe import Auto, window_begins
from presage.recipes.forecasting.panel import Forecast, Panel

from .plan import PredictorPlan
from .windows import TrainedPredictor, evaluation_of, truths_of

AUTO = "presage-auto"
"""The recipe of predictors that CreateAutoPredictor makes."""


def train_automatic(panel: Panel, plan: PredictorPlan, recipe: Auto, training: Training) -> TrainedPredictor:
    """The fitted ensemble, and how it did, before its members.

    Its forecast of a window is combined with weights that were learned from the other windows; where there is
    no other, with equal weights. Its members were fitted to what was known before the earliest window, and
    saw what was known before each.

    Raises ValueError for windows that do not fit.
    """
    truths = truths_of(panel, plan)
    further = window_begins(panel.n_steps, plan.horizon, max(2, recipe.n_windows), plan.gap)
    begins = [*(truth.window.begin for truth in truths), *further[len(truths) :]]
    found = recipe.backtested(panel, plan.horizon, begins, plan.levels, training)
    asked = [found.levels.index(level) for level in plan.levels]
    own = [_of(found.held_out(number), asked) for number in range(len(truths))]
    alone, cases = replace(plan, settings={}), found.cases[: len(truths)]
    members = [
        evaluation_of(name, alone, truths, (_of(case.forecasts[name], asked) for case in cases))
        for name in found.members
    ]
    members.sort(key=lambda one: one.summary.figure(plan.metric))
    evaluations = [evaluation_of(AUTO, plan, truths, own), *members]
    return TrainedPredictor(model=found.model(), evaluations=evaluations, truths=truths, forecasts=own)


def _of(forecast: Forecast, levels: Sequence[int]) -> Forecast:
    return replace(forecast, quantiles=forecast.quantiles[:, :, list(levels)])
