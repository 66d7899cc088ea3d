"""A predictor's training: judge the candidates on backtest windows, fit the best one to everything."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from presage.recipes import FORECASTING, LEARN_LONG
from presage.recipes.data import DEFAULT_TRAINING, Training
from presage.recipes.forecasting.auto.recipe import Auto
from presage.recipes.forecasting.panel import ForecastModel, Panel
from presage.recipes.forecasting.prophet import is_installed

from .automatic import AUTO, train_automatic
from .plan import PredictorPlan, made
from .windows import Evaluation, backtest_windows, judge

SLOW = {"ARIMA", "Prophet", "presage-ces"}
MANY = 2000
"""From so many series and windows on a choice of the best leaves slow recipes out."""
FITTED = 0.7
"""The part of a training after which everything is judged."""


@dataclass(frozen=True, kw_only=True)
class TrainedPredictor:
    """A model fitted to the whole panel, and how the candidates did, the best first.

    Of the automatic predictor its own evaluation comes first, then those of its members.
    """

    model: ForecastModel
    evaluations: tuple[Evaluation, ...]


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
        model, found = train_automatic(panel, plan, recipe, training)
        return TrainedPredictor(model=model, evaluations=tuple(found))
    names = [plan.recipe] if plan.recipe else candidates(panel.n_series * plan.n_windows)
    evaluations: list[Evaluation] = []
    for number, name in enumerate(names):
        part = training.part(FITTED * number / len(names), FITTED * (number + 1) / len(names))
        evaluations.append(evaluate(panel, plan, name, plan.settings, part))
        if training.is_over:
            break
    evaluations.sort(key=lambda one: one.summary.figure(plan.metric))
    best = evaluations[0]
    recipe = made(best.recipe, best.settings)
    model = recipe.fit(panel, plan.horizon, training.part(FITTED, 1))
    return TrainedPredictor(model=model, evaluations=tuple(evaluations))


def candidates(n_forecasts: int) -> list[str]:
    """The single recipes that a choice tries for so many series and windows; of many not the slow ones."""
    left_out = {AUTO, *LEARN_LONG, *(SLOW if n_forecasts > MANY else ())}
    return [name for name in FORECASTING if name not in left_out and (name != "Prophet" or is_installed())]


def evaluate(
    panel: Panel, plan: PredictorPlan, name: str, settings: Mapping[str, str], training: Training
) -> Evaluation:
    """Judge a recipe on all windows of the plan."""
    windows = backtest_windows(panel.n_steps, plan.horizon, plan.n_windows, plan.gap)
    recipe = made(name, settings)
    results = [
        judge(recipe, panel, window, plan.levels, _named(training, name, number, len(windows)))
        for number, window in enumerate(windows)
    ]
    return Evaluation(recipe=name, settings=dict(settings), windows=tuple(results))


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
