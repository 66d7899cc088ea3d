"""What the record of a predictor asks for: how its data are made ready, how it is trained and judged."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from presage.features.series.rows import SeriesPlan
from presage.recipes.forecasting.frequency import Frequency
from presage.serving.forecast.stored import levels_of
from presage.trials.forecasting.automatic import AUTO
from presage.trials.forecasting.given import PRETRAINED
from presage.trials.forecasting.plan import PredictorPlan
from presage.trials.forecasting.tuning import search_of

AUTO_WINDOWS = 5
"""So many backtest windows judge an auto predictor, if its history is long enough."""
ALGORITHM = "arn:aws:forecast:::algorithm/"
HOLIDAY, WEATHER = "holiday", "weather"
Body = Mapping[str, Any]


def series_plan(body: Body) -> SeriesPlan:
    """How a predictor's series are made ready; raises ValueError for what cannot be."""
    return _auto_series(body) if body["IsAutoPredictor"] else _legacy_series(body)


def _legacy_series(body: Body) -> SeriesPlan:
    config: Body = body["FeaturizationConfig"]
    given = {one["Name"]: one["Value"] for one in body["InputDataConfig"].get("SupplementaryFeatures", ())}
    if given.get(WEATHER) == "false":
        del given[WEATHER]
    _check_extras(given)
    return SeriesPlan(
        frequency=Frequency.parse(config["ForecastFrequency"]),
        horizon=body["ForecastHorizon"],
        dimensions=tuple(config.get("ForecastDimensions", ())),
        transformations={
            one["AttributeName"]: step.get("FeaturizationMethodParameters", {})
            for one in config.get("Featurizations", ())
            for step in one.get("FeaturizationPipeline", ())
        },
        holiday=given.get(HOLIDAY, ""),
        weather=WEATHER in given,
    )


def _auto_series(body: Body) -> SeriesPlan:
    config: Body = body["DataConfig"]
    given = {one["Name"]: one.get("Configuration", {}) for one in config.get("AdditionalDatasets", ())}
    _check_extras(given)
    return SeriesPlan(
        frequency=Frequency.parse(body["ForecastFrequency"]),
        horizon=body["ForecastHorizon"],
        dimensions=tuple(body.get("ForecastDimensions", ())),
        transformations={
            one["AttributeName"]: one["Transformations"] for one in config.get("AttributeConfigs", ())
        },
        boundary=body.get("TimeAlignmentBoundary", {}),
        holiday=_country(given[HOLIDAY]) if HOLIDAY in given else "",
        weather=WEATHER in given,
        starts_cold=True,
    )


def _check_extras(names: Iterable[str]) -> None:
    """Raise ValueError for data besides the datasets that nobody has."""
    for name in names:
        if name not in (HOLIDAY, WEATHER):
            raise ValueError(f"{name!r} is no additional dataset; it must be {HOLIDAY} or {WEATHER}")


def _country(configuration: Mapping[str, Sequence[str]]) -> str:
    """The one country whose holidays a predictor knows."""
    countries = configuration.get("CountryCode", [])
    if len(countries) != 1:
        raise ValueError(
            f"the holiday dataset has the CountryCode {list(countries)}; it must have one, such as US"
        )
    return countries[0]


def predictor_plan(body: Body, n_steps: int | None = None) -> PredictorPlan:
    """How a predictor is trained and judged; raises ValueError naming what is wrong.

    Parameters
    ----------
    n_steps : of the history, where it is known
    """
    horizon: int = body["ForecastHorizon"]
    evaluation: Body = body.get("EvaluationParameters", {})
    windows = evaluation.get("NumberOfBacktestWindows", AUTO_WINDOWS if body["IsAutoPredictor"] else 1)
    if body["IsAutoPredictor"] and n_steps is not None:
        windows = max(1, min(windows, (n_steps - 1) // (2 * horizon)))
    recipe = recipe_of(body)
    settings: Mapping[str, str] = body.get("TrainingParameters", {}) if recipe and recipe != AUTO else {}
    hpo = (
        search_of(recipe, settings, body.get("HPOConfig", {}), horizon)
        if recipe and body.get("PerformHPO")
        else None
    )
    return PredictorPlan(
        recipe=recipe,
        settings=settings,
        hpo=hpo,
        horizon=horizon,
        levels=levels_of(body["ForecastTypes"]),
        n_windows=windows,
        offset=evaluation.get("BackTestWindowOffset", horizon),
        metric=body["OptimizationMetric"],
    )


def recipe_of(body: Body) -> str | None:
    """The recipe that a predictor is trained with; None = the best of all, or one that is trained already."""
    if body["IsAutoPredictor"]:
        return AUTO
    name = body.get("AlgorithmArn", "").removeprefix(ALGORITHM)
    return None if body.get("PerformAutoML") or name == PRETRAINED else name
