"""The explainability job: what moves the forecasts of a predictor, or those of a forecast."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from presage.errors import JobFailure
from presage.features.series.table import SeriesTable
from presage.recipes.data import Report, Training
from presage.resources.record import Record
from presage.serving.forecast.explanation import StoredExplanation, save_explanation
from presage.serving.forecast.stored import as_texts
from presage.stores import Stores
from presage.trials.forecasting.explaining import explain, features_of

from ..driver import driven
from .forecasting import check_same_data, model_and_series
from .selecting import selected, taken

MOST_SPECIFIC, MOST_SAMPLED = 50, 200
"""So many series may be named; of more series that are not named, so many are drawn to stand for all."""
MOST_STEPS = 500
READ, EXPLAINED = 0.1, 0.99
"""How much of the job is done when its data are read, and when all is explained."""


def explain_resource(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Explain the predictor or the forecast that an Explainability names."""
    report("reading", 0.0)
    resource = stores.records.expect(record["ResourceArn"])
    is_forecast = resource.kind == "Forecast"
    predictor = stores.records.expect(resource["PredictorArn"]) if is_forecast else resource
    if not predictor.is_active:
        raise JobFailure(f"{predictor.arn} is not ACTIVE; train it again, and then explain it")
    if is_forecast:
        check_same_data(stores, resource)
    model, series = model_and_series(stores, predictor)
    series = _chosen(stores, record, selected(stores, resource, series))
    if not features_of(series.panel):
        raise JobFailure(
            f"{resource.arn} depends on nothing but the past of each series; import related time series or"
            " item metadata, or train with holidays"
        )
    found = explain(model, series.panel, Training(report=report).part(READ, EXPLAINED))
    starts = series.panel.starts(found.impact.shape[1])[series.panel.n_steps :]
    steps = _steps(record, as_texts(starts))
    report("storing", EXPLAINED)
    stored = StoredExplanation(
        dimensions=series.dimensions,
        keys=series.keys,
        starts=starts[steps],
        features=found.features,
        impact=found.impact[:, steps],
    )
    save_explanation(stores.model_folder(record), stored)
    stores.keep_model(record)
    return {"_n_series": len(series.keys)}


def _chosen(stores: Stores, record: Record, series: SeriesTable) -> SeriesTable:
    """The series that are named, or some that are drawn."""
    if "DataSource" in record.body:
        found = taken(stores, {"DataSource": record["DataSource"], "Schema": record["Schema"]}, series)
        if len(found.keys) > MOST_SPECIFIC:
            raise JobFailure(
                f"the DataSource names {len(found.keys)} time series; it may name {MOST_SPECIFIC}"
            )
        return found
    if len(series.keys) <= MOST_SAMPLED:
        return series
    rows = np.random.default_rng(0).choice(len(series.keys), MOST_SAMPLED, replace=False)
    return series.take(np.sort(rows))


def _steps(record: Record, starts: list[str]) -> slice:
    """The steps from StartDateTime to EndDateTime, both inclusive; all without them."""
    first, last = record.get("StartDateTime", starts[0]), record.get("EndDateTime", starts[-1])
    within = [place for place, start in enumerate(starts) if first <= start <= last]
    if not within or not starts[0] <= first <= last <= starts[-1]:
        raise JobFailure(
            f"the time points from {first} to {last} are not in the forecast, which goes from {starts[0]} to"
            f" {starts[-1]}"
        )
    if len(within) > MOST_STEPS:
        raise JobFailure(f"{first} to {last} are {len(within)} time points; it may be {MOST_STEPS}")
    return slice(within[0], within[-1] + 1)


run = driven(explain_resource)
