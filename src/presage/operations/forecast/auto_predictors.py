"""Auto predictors: the best combination of algorithms for each series; retrained from an older predictor."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from presage.errors import InvalidInputException, ResourceAlreadyExistsException
from presage.ids import new_ulid
from presage.resources.reader import Reader
from presage.resources.record import Body, Record
from presage.resources.records import Writer
from presage.wire.models import OPERATIONS
from presage.works.forecast.asked import HOLIDAY, series_plan
from presage.works.forecast.sources import target_of

from ..lifecycle import create, find, find_active
from ..server import Server
from ..views import Answer, Request, describing
from . import dataset_groups, monitors
from .asked import DEFAULT_METRIC, DEFAULT_TYPES, check_weather, checked_frequency, forecast_types, group_data
from .explainabilities import check_explainable, explain_with
from .horizons import check_horizon, history_steps
from .predictors import KIND, REFERENCE, SERIAL

NEEDED = ("DataConfig", "ForecastFrequency", "ForecastHorizon")
INHERITED = (
    *("ForecastHorizon", "ForecastTypes", "ForecastDimensions", "ForecastFrequency", "DataConfig"),
    *("EncryptionConfig", "OptimizationMetric", "TimeAlignmentBoundary"),
)
"""What a predictor takes over from the one that it is retrained from."""
FILLED = {"aggregation": "sum", "frontfill": "none", "middlefill": "zero", "backfill": "zero"}
"""How the target is transformed unless an AttributeConfig says otherwise."""
SHARE, SHARE_RETRAINED = 4, 3
"""The horizon of an auto predictor is at most a quarter of the history; of a retrained one, a third."""
_describe = describing(KIND, OPERATIONS["forecast", "DescribeAutoPredictor"])


def create_auto_predictor(server: Server, request: Request) -> Answer:
    """CreateAutoPredictor: train a new one, or anew the one that ReferencePredictorArn names."""
    reference = request.get("ReferencePredictorArn")
    body = _new(request) if reference is None else _inherited(server, request, reference)
    body |= {
        "ForecastTypes": forecast_types(body.get("ForecastTypes", DEFAULT_TYPES)),
        "OptimizationMetric": body.get("OptimizationMetric", DEFAULT_METRIC),
        "DataConfig": _completed(server, body["DataConfig"]),
        "DatasetGroupArn": body["DataConfig"]["DatasetGroupArn"],
        "IsAutoPredictor": True,
        "_folder": uuid4().hex,
        "_ulid": f"_{new_ulid(server.clock())}",
    }
    check_weather(server.config, body)
    if request.get("ExplainPredictor"):
        body[SERIAL] = server.arn(KIND.service, f"predictor/{request['PredictorName']}{body['_ulid']}")
        check_explainable(server.records, body)
    parents = partial(_checked, body, request["PredictorName"])
    also = partial(_add_others, server, request)
    return {"PredictorArn": create(server, KIND, request, body, parents=parents, also=also).arn}


def _add_others(server: Server, request: Request, records: Writer, predictor: Record) -> None:
    """What is made with a predictor: an explainability, a monitor; its reference's monitor means one too."""
    if request.get("ExplainPredictor"):
        explain_with(server, records, predictor)
    config = request.get("MonitorConfig")
    reference = predictor.get(REFERENCE, {}).get("Arn", "")
    if config or records.children(reference, monitors.KIND.name):
        name = config["MonitorName"] if config else predictor.name
        monitors.monitor_with(server, records, predictor, name)


def _new(request: Request) -> dict[str, Any]:
    """The members of a predictor that takes nothing over; raises InvalidInputException if one is missing."""
    if missing := [name for name in NEEDED if name not in request]:
        raise InvalidInputException(
            f"{', '.join(missing)} is missing; a new predictor needs {', '.join(NEEDED)}, a retrained one a"
            " ReferencePredictorArn."
        )
    return dict(request)


def _completed(server: Server, config: Mapping[str, Any]) -> dict[str, Any]:
    """A DataConfig that says how the target is transformed, as AWS completes it."""
    group = find(server.records, dataset_groups.KIND, config["DatasetGroupArn"])
    target = target_of(group)
    given = {one["AttributeName"]: one["Transformations"] for one in config.get("AttributeConfigs", ())}
    completed = {**given, target: {**FILLED, **given.get(target, {})}}
    configs = [{"AttributeName": name, "Transformations": one} for name, one in completed.items()]
    return {**config, "AttributeConfigs": configs}


def _inherited(server: Server, request: Request, arn: str) -> dict[str, Any]:
    """The members of a predictor that is trained again, on newer data."""
    if given := [name for name in INHERITED if name in request]:
        raise InvalidInputException(
            f"{', '.join(given)} cannot be given with ReferencePredictorArn; a retrained predictor takes over"
            " what its reference has."
        )
    older = find_active(server.records, KIND, arn)
    body = older.body if older["IsAutoPredictor"] else _upgraded(older)
    inherited = {name: body[name] for name in INHERITED if name in body}
    return {**inherited, REFERENCE: {"Arn": arn, "State": "Active"}}


def _upgraded(older: Record) -> dict[str, Any]:
    """What a legacy predictor asks for, in the members of an auto predictor."""
    plan = series_plan(older.body)
    config: dict[str, Any] = {
        "DatasetGroupArn": older["DatasetGroupArn"],
        "AttributeConfigs": [
            {"AttributeName": name, "Transformations": dict(one)}
            for name, one in plan.transformations.items()
        ],
    }
    if plan.holiday:
        config["AdditionalDatasets"] = [{"Name": HOLIDAY, "Configuration": {"CountryCode": [plan.holiday]}}]
    return {
        **older.body,
        "ForecastFrequency": str(plan.frequency),
        "ForecastDimensions": list(plan.dimensions),
        "DataConfig": config,
    }


def _checked(body: Body, name: str, records: Reader) -> list[str]:
    """What an auto predictor refers to; raises what speaks against what it asks for."""
    if any(one.name == name for one in records.of_kind(KIND.service, KIND.name)):
        raise ResourceAlreadyExistsException(f"A predictor already exists with the name: {name}")
    data = group_data(records, body["DatasetGroupArn"])
    check_horizon(body["ForecastHorizon"], None)
    frequency = checked_frequency(records, data, body)
    reference = [body[REFERENCE]["Arn"]] if REFERENCE in body else []
    n_steps = history_steps(records, data, frequency)
    check_horizon(body["ForecastHorizon"], n_steps, part=SHARE_RETRAINED if reference else SHARE)
    return [*data.arns(), *reference]


def describe_auto_predictor(server: Server, request: Request) -> Answer | None:
    """DescribeAutoPredictor: of auto predictors alone."""
    record = find(server.records, KIND, request["PredictorArn"])
    if not record["IsAutoPredictor"]:
        raise InvalidInputException(f"{record.arn} is no auto predictor; use DescribePredictor.")
    return _describe(server, request)
