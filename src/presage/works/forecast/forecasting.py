"""The forecasting job: a predictor's model looks ahead from the newest imports."""

from collections.abc import Mapping
from typing import Any

from presage.errors import JobFailure
from presage.recipes.data import Report, Training
from presage.resources.record import Record
from presage.serving.forecast.predictor import load_model
from presage.serving.forecast.stored import levels_of, save_forecast
from presage.stores import Stores

from ..driver import driven
from .asked import series_plan
from .selecting import selected
from .series import series_of
from .sources import import_arns

READ, FORECAST = 0.2, 0.95
"""How much of the job is done when its data are read, and when all is forecast."""


def make_forecast(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Forecast the series that a Forecast asks for, and store what comes out."""
    report("reading", 0.0)
    predictor = stores.records.expect(record["PredictorArn"])
    group = stores.records.expect(predictor["DatasetGroupArn"])
    arns = import_arns(stores.records, group)
    try:
        model, categories = load_model(stores.model_folder(predictor))
    except (OSError, ValueError) as error:
        raise JobFailure(f"the model of {predictor.arn} cannot be read: {error}; train it again") from None
    series = selected(stores, record, series_of(stores, group, series_plan(predictor.body), categories))
    levels = levels_of(record["ForecastTypes"])
    try:
        forecast = model.forecast(series.panel, levels, Training(report=report).part(READ, FORECAST))
    except ValueError as error:
        raise JobFailure(str(error)) from None
    report("storing", FORECAST)
    horizon = predictor["ForecastHorizon"]
    starts = series.panel.starts(horizon)[series.panel.n_steps :]
    save_forecast(
        stores.model_folder(record),
        dimensions=series.dimensions,
        keys=series.keys,
        starts=starts,
        levels=levels,
        forecast=forecast,
    )
    return {"_imports": arns, "_n_series": len(series.keys)}


run = driven(make_forecast)
