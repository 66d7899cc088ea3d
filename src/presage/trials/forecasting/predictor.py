"""A predictor's training: judge the candidates on backtest windows, fit the best one to everything."""

import time
from collections.abc import Sequence
from dataclasses import replace

from presage.recipes import FORECASTING, LEARN_LONG
from presage.recipes.data import DEFAULT_TRAINING, Training
from presage.recipes.forecasting.auto.recipe import Auto
from presage.recipes.forecasting.panel import Forecast, Panel
from presage.recipes.forecasting.prophet import is_installed

from .automatic import AUTO, train_automatic
from .plan import PredictorPlan, made
from .windows import Evaluation, TrainedPredictor, Truth, evaluation_of, forecast_of, truths_of

SLOW = {"ARIMA", "Prophet", "presage-ces"}
MANY = 2000
"""From so many series and windows on a choice of the best leaves slow recipes out."""
FITTED = 0.7
"""The part of a training after which everything is judged."""


def train_predictor(
    panel: Panel, plan: PredictorPlan, training: Training = DEFAULT_TRAINING
) -> TrainedPredictor:
    """Train as a predictor asks.

    Raises ValueError for what the caller must mend: windows that do not fit, settings that are wrong, a panel
    without any value.
    """
    training = _limited(training, plan.budget_s)
    if plan.recipe == AUTO:
        recipe = made(AUTO, plan.settings)
        assert isinstance(recipe, Auto)
        return train_automatic(panel, plan, recipe, training)
    truths = truths_of(panel, plan)
    names = [plan.recipe] if plan.recipe else candidates(panel.n_series * plan.n_windows)
    found: list[tuple[Evaluation, list[Forecast]]] = []
    for number, name in enumerate(names):
        part = training.part(FITTED * number / len(names), FITTED * (number + 1) / len(names))
        found.append(evaluate(panel, plan, truths, name, part))
        if training.is_over:
            break
    found.sort(key=lambda one: one[0].summary.figure(plan.metric))
    best, forecasts = found[0]
    recipe = made(best.recipe, best.settings)
    model = recipe.fit(panel, plan.horizon, training.part(FITTED, 1))
    evaluations = tuple(evaluation for evaluation, _ in found)
    return TrainedPredictor(model=model, evaluations=evaluations, truths=truths, forecasts=forecasts)


def candidates(n_forecasts: int) -> list[str]:
    """The single recipes that a choice tries for so many series and windows; of many not the slow ones."""
    left_out = {AUTO, *LEARN_LONG, *(SLOW if n_forecasts > MANY else ())}
    return [name for name in FORECASTING if name not in left_out and (name != "Prophet" or is_installed())]


def evaluate(
    panel: Panel, plan: PredictorPlan, truths: Sequence[Truth], name: str, training: Training
) -> tuple[Evaluation, list[Forecast]]:
    """Judge a recipe on all windows of the plan; and what it forecast of each."""
    recipe = made(name, plan.settings)
    forecasts = [
        forecast_of(recipe, panel, truth.window, plan.levels, _named(training, name, number, len(truths)))
        for number, truth in enumerate(truths)
    ]
    return evaluation_of(name, plan, truths, forecasts), forecasts


def _named(training: Training, name: str, number: int, n: int) -> Training:
    """A window's share of a training, which says what it is about."""
    part = training.part(number / n, (number + 1) / n)
    text = f"{name}, backtest window {number + 1} of {n}"
    return replace(part, report=lambda step, fraction: part.report(f"{text}: {step}", fraction))


def _limited(training: Training, budget_s: float | None) -> Training:
    if budget_s is None:
        return training
    ends = time.monotonic() + budget_s
    return replace(training, deadline=ends if training.deadline is None else min(ends, training.deadline))
