"""Forecasts: what a predictor says of the steps after the newest data, for every series."""

from functools import partial
from uuid import uuid4

from presage.errors import InvalidInputException
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.states import RESTING, Motion
from presage.serving.forecast.stored import StoredForecast
from presage.works.forecast.totals import asked_totals

from ..kinds import Kind, Move
from ..lifecycle import create, find_active
from ..server import Server
from ..views import Answer, Request
from . import predictors
from .asked import forecast_types, group_data
from .remaining import remaining


def open_forecast(server: Server, record: Record) -> StoredForecast:
    """What answers for a forecast, or a what-if forecast, wherever it was made."""
    return server.forecasts.open(server.stores.model(record))


def drop(server: Server, record: Record) -> None:
    """Before a forecast, or a what-if forecast, is forgotten: it answers no more, and its values go."""
    server.queried.pop(record.arn, None)
    server.forecasts.close(server.stores.model_folder(record))
    server.stores.drop_model(record)


KIND = Kind(
    service="forecast",
    name="Forecast",
    arn="forecast/{name}",
    refers={"PredictorArn": "Predictor"},
    lists_by={"DatasetGroupArn": "DatasetGroup"},
    moves={
        Motion.CREATE: Move(job="forecast"),
        Motion.DELETE: Move(since=RESTING, work=drop),
    },
    most_under_way=3,
    blocked_by=("WhatIfAnalysis",),
    blocked_while=("ForecastExportJob", "Explainability"),
    takes_along=("Explainability",),
    show=remaining,
)


def create_forecast(server: Server, request: Request) -> Answer:
    """CreateForecast: queue the forecast of all series, or of selected ones, from the newest imports.

    Tags may ask for totals besides.
    """
    predictor = find_active(server.records, predictors.KIND, request["PredictorArn"])
    tags = {one["Key"]: one["Value"] for one in request.get("Tags", ())}
    try:
        totals = asked_totals(server.records, predictor, tags)
    except ValueError as error:
        raise InvalidInputException(f"{error}.") from None
    body = {
        **totals,
        "ForecastTypes": forecast_types(request.get("ForecastTypes") or predictor["ForecastTypes"]),
        "DatasetGroupArn": predictor["DatasetGroupArn"],
        "CreatedUsingAutoPredictor": predictor["IsAutoPredictor"],
        "_folder": uuid4().hex,
    }
    parents = partial(_group, arn=predictor["DatasetGroupArn"])
    return {"ForecastArn": create(server, KIND, request, body, parents=parents).arn}


def _group(records: Reader, arn: str) -> list[str]:
    """The dataset group, whose datasets must be there and at rest."""
    return [group_data(records, arn).group.arn]
