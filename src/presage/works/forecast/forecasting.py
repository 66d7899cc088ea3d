"""The forecasting job: a predictor's model looks ahead from the newest imports."""

from collections.abc import Mapping
from typing import Any

from presage.errors import JobFailure
from presage.features.series.table import SeriesTable
from presage.jobs.helpers import helpers
from presage.recipes.data import Report, Training
from presage.recipes.forecasting.panel import ForecastModel
from presage.resources.record import Record
from presage.serving.forecast.predictor import load_model
from presage.serving.forecast.stored import levels_of, save_forecast
from presage.stores import Stores

from ..driver import driven
from .asked import series_plan
from .selecting import selected
from .series import series_of
from .sources import import_arns
from .totals import ASKED, with_totals

READ, FORECAST = 0.2, 0.95
"""How much of the job is done when its data are read, and when all is forecast."""


def make_forecast(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Forecast the series that a Forecast asks for, and store what comes out."""
    report("reading", 0.0)
    predictor = stores.records.expect(record["PredictorArn"])
    arns = import_arns(stores.records, stores.records.expect(predictor["DatasetGroupArn"]))
    model, series = model_and_series(stores, predictor)
    series = selected(stores, record, series)
    look_ahead(stores, record, model, series, report)
    return {"_imports": arns, "_n_series": len(series.keys)}


def model_and_series(stores: Stores, predictor: Record) -> tuple[ForecastModel, SeriesTable]:
    """A predictor's model, and the series of its dataset group as they are now; raises JobFailure."""
    try:
        model, categories = load_model(stores.model(predictor))
    except (OSError, ValueError) as error:
        raise JobFailure(f"the model of {predictor.arn} cannot be read: {error}; train it again") from None
    group = stores.records.expect(predictor["DatasetGroupArn"])
    return model, series_of(stores, group, series_plan(predictor.body), categories)


def check_same_data(stores: Stores, forecast: Record) -> None:
    """Raise JobFailure if data were imported since a forecast was made: the same series are no more there."""
    group = stores.records.expect(forecast["DatasetGroupArn"])
    if import_arns(stores.records, group) != forecast["_imports"]:
        raise JobFailure(
            f"the data of {group.arn} are others than those of {forecast.arn}; create a new forecast, and"
            " then this from it"
        )


def look_ahead(
    stores: Stores, record: Record, model: ForecastModel, series: SeriesTable, report: Report
) -> None:
    """Forecast the types, and the totals, that a record names, and store them as what it holds."""
    levels, panel = levels_of(record["ForecastTypes"]), series.panel
    keys, asked = series.keys, record.get(ASKED)
    try:
        with helpers(stores.config.cores_a_job, stores.config.spark) as run:
            training = Training(report=report, run=run, cores=stores.config.cores_a_job).part(READ, FORECAST)
            forecast = model.forecast(panel, levels, training.part(0, 0.5) if asked else training)
            if asked:
                keys, forecast = with_totals(
                    stores, asked, model, series, forecast, levels, training.part(0.5, 1)
                )
    except ValueError as error:
        raise JobFailure(str(error)) from None
    report("storing", FORECAST)
    save_forecast(
        stores.model_folder(record),
        dimensions=series.dimensions,
        keys=keys,
        starts=panel.starts(forecast.mean.shape[1])[panel.n_steps :],
        levels=levels,
        forecast=forecast,
    )
    stores.keep_model(record)


run = driven(make_forecast)
