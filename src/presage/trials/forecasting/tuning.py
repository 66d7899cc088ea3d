"""Better settings for one recipe: searched on the first backtest window, as Amazon Forecast's HPO does."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from presage.recipes import FORECASTING
from presage.recipes.data import Training
from presage.recipes.forecasting.panel import ForecastRecipe, Panel
from presage.recipes.settings import parse_settings, settings_of

from ..hpo import TUNED, ranges_of, space_of, tunable
from ..search import best_of, search
from ..space import Candidate, Range
from ..task import Criterion
from .plan import PredictorPlan, Search
from .windows import backtest_windows, forecast_of, truth_of

LISTS = ("CategoricalParameterRanges", "ContinuousParameterRanges", "IntegerParameterRanges")
LOGARITHMIC = {"Linear": False, "Logarithmic": True, "ReverseLogarithmic": False}


CONTEXT = "context_length"
"""The setting whose range goes by the horizon, as AWS's own does: a tenth of it to ten times as much."""
LONGEST_CONTEXT = 200


def search_of(recipe: str, settings: Mapping[str, str], config: Mapping[str, Any], horizon: int) -> Search:
    """What PerformHPO tries for a recipe.

    Parameters
    ----------
    settings : where the search begins, as AWS's map of strings
    config : an HPOConfig as Forecast writes it; empty = all that can be tuned, within its limits
    horizon : of the forecasts; a context begins with two of them

    Raises ValueError naming what cannot be tuned, or a range that is wrong.
    """
    kind = FORECASTING[recipe]
    asked = [one for name in LISTS for one in config.get("ParameterRanges", {}).get(name, ())]
    _check(recipe, [one["Name"] for one in asked])
    ranges = ranges_of(kind, [_lower(one) for one in asked])
    if CONTEXT in ranges and not asked:
        low, high = max(1, -(-horizon // 10)), max(10, min(LONGEST_CONTEXT, 10 * horizon))
        ranges[CONTEXT] = replace(ranges[CONTEXT], low=low, high=high)
    scaled = {one["Name"]: _scaled(ranges[one["Name"]], one.get("ScalingType", "Auto")) for one in asked}
    given = parse_settings(kind, settings, TUNED)
    if CONTEXT in ranges:
        given.setdefault(CONTEXT, 2 * horizon)
    return Search(space=space_of(recipe, kind, given, {**ranges, **scaled}))


def default_texts(recipe: str) -> dict[str, str]:
    """The settings of a recipe that nobody has changed, as AWS's map of strings; without those left to it."""
    defaults = settings_of(FORECASTING[recipe]).items()
    return {
        n: _text(value) for n, (value, accepts) in defaults if accepts.low is None or value >= accepts.low
    }


def _check(recipe: str, names: Sequence[str]) -> None:
    able = tunable(FORECASTING[recipe])
    if not able:
        raise ValueError(f"{recipe} has no settings to tune; set PerformHPO to false")
    if unknown := [name for name in names if name not in able]:
        raise ValueError(f"{recipe} cannot tune {unknown[0]!r}; it can tune: {', '.join(able)}")


def _lower(one: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name[0].lower()}{name[1:]}": value for name, value in one.items()}


def _scaled(one: Range, scaling: str) -> Range:
    log = LOGARITHMIC.get(scaling, one.log)
    if log and not one.choices and one.low <= 0:
        raise ValueError(f"a range from {one.low} on has no logarithm; begin above 0, or scale it Linear")
    return replace(one, log=log)


def with_tuned(panel: Panel, plan: PredictorPlan, training: Training) -> PredictorPlan:
    """The plan with the settings that did best on its first backtest window; raises what `truth_of` does."""
    if plan.hpo is None:
        return plan
    window = backtest_windows(panel.n_steps, plan.horizon, plan.n_windows, plan.gap)[0]
    truth = truth_of(panel, window)

    def attempt(candidate: Candidate, training: Training) -> float:
        forecast = forecast_of(_made(candidate), panel, window, plan.levels, training)
        return truth.judge(forecast, plan.levels).accuracy.figure(plan.metric)

    criterion = Criterion(metric=plan.metric, direction="minimize")
    trials = search([plan.hpo.space], plan.hpo.n_trials, criterion, attempt, training)
    best = asdict(best_of(trials, criterion))["settings"]
    return replace(plan, settings={name: _text(value) for name, value in best.items()}, hpo=None)


def _made(candidate: Candidate) -> ForecastRecipe:
    return FORECASTING[candidate.recipe](**candidate.settings)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
