"""Predictors: models of time series with a horizon, and how well they did on backtest windows."""

from functools import partial
from typing import Any
from uuid import uuid4

from presage.errors import InvalidInputException
from presage.recipes import FORECASTING
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.states import RESTING, Motion
from presage.trials.forecasting.plan import made
from presage.wire.models import OPERATIONS
from presage.works.forecast.asked import ALGORITHM, predictor_plan
from presage.works.forecast.pretrained import asks_for_pretrained, pretrained_model

from ..kinds import Kind, Move
from ..lifecycle import create, find
from ..server import Server
from ..views import Answer, Request, describing
from .asked import DEFAULT_METRIC, DEFAULT_TYPES, check_weather, checked_frequency, forecast_types, group_data
from .horizons import check_horizon, check_windows, history_steps, part_of
from .remaining import remaining

CONTRADICTED = ("AlgorithmArn", "HPOConfig", "TrainingParameters")
"""What PerformAutoML chooses by itself."""
REFERENCE = "ReferencePredictorSummary"
SERIAL = "_serial"
"""The member by which what comes after a training waits for it."""


def drop(server: Server, record: Record) -> None:
    """Before a predictor is forgotten: its model goes, and those that were trained after it say so."""
    server.stores.drop_model(record)
    with server.records.writing() as records:
        for other in records.children(record.arn, KIND.name):
            records.change(other.arn, **{REFERENCE: {"Arn": record.arn, "State": "Deleted"}})


def show(server: Server, record: Record) -> Answer:
    """What Describe derives: how long it takes still; of a legacy predictor, what was tried."""
    left = remaining(server, record)
    if not record["IsAutoPredictor"]:
        return {**left, **_executions(record)}
    return {**left, **_explained(server, record), **_monitored(server, record)}


def _explained(server: Server, record: Record) -> Answer:
    """The explainability of an auto predictor, and how it stands."""
    found = server.records.children(record.arn, "Explainability")
    if not found:
        return {"ExplainabilityInfo": {"Status": "NOT_AVAILABLE"}}
    status = server.kind_of(found[0]).dialect.spell(found[0])
    return {"ExplainabilityInfo": {"ExplainabilityArn": found[0].arn, "Status": status}}


def _monitored(server: Server, record: Record) -> Answer:
    """The monitor of an auto predictor."""
    for monitor in server.records.children(record.arn, "Monitor"):
        status = KIND.dialect.spell(monitor)
        return {"MonitorInfo": {"MonitorArn": monitor.arn, "Status": status}}
    return {}


def _executions(record: Record) -> Answer:
    """The algorithms that were tried, the best first, and their backtest windows."""
    tried = record.get("_evaluations", [])
    arns = [ALGORITHM + one["recipe"] for one in tried] or [record.get("AlgorithmArn", "")]
    if not arns[0]:
        return {}
    status = KIND.dialect.spell(record)
    executions = [
        {
            "AlgorithmArn": ALGORITHM + one["recipe"],
            "TestWindows": [
                {"TestWindowStart": window["start"], "TestWindowEnd": window["end"], "Status": status}
                for window in one["windows"]
            ],
        }
        for one in tried
    ]
    return {
        "AlgorithmArn": arns[0],
        "AutoMLAlgorithmArns": arns,
        "PredictorExecutionDetails": {"PredictorExecutions": executions},
    }


KIND = Kind(
    service="forecast",
    name="Predictor",
    arn="predictor/{name}{_ulid}",
    refers={"DatasetGroupArn": "DatasetGroup"},
    moves={
        Motion.CREATE: Move(job="train-predictor", in_order_of=SERIAL),
        Motion.DELETE: Move(since=RESTING, work=drop),
    },
    most_under_way=3,
    blocked_by=("Forecast", "Monitor"),
    blocked_while=("Predictor", "PredictorBacktestExportJob", "Explainability"),
    takes_along=("Explainability",),
    show=show,
)
_describe = describing(KIND, OPERATIONS["forecast", "DescribePredictor"])


def create_predictor(server: Server, request: Request) -> Answer:
    """CreatePredictor: train one algorithm, or the best of all, on a dataset group."""
    _check_combination(server, request)
    horizon = request["ForecastHorizon"]
    given = request.get("EvaluationParameters", {})
    body: dict[str, Any] = {
        "ForecastTypes": forecast_types(request.get("ForecastTypes", DEFAULT_TYPES)),
        "OptimizationMetric": request.get("OptimizationMetric", DEFAULT_METRIC),
        "PerformAutoML": request.get("PerformAutoML", False),
        "PerformHPO": request.get("PerformHPO", False),
        "EvaluationParameters": {
            "NumberOfBacktestWindows": given.get("NumberOfBacktestWindows", 1),
            "BackTestWindowOffset": given.get("BackTestWindowOffset", horizon),
        },
        "IsAutoPredictor": False,
        "DatasetGroupArn": request["InputDataConfig"]["DatasetGroupArn"],
        "_folder": uuid4().hex,
        "_ulid": "",
    }
    asked = {**request, **body}
    check_weather(server.config, asked)
    return {"PredictorArn": create(server, KIND, request, body, parents=partial(_checked, asked)).arn}


def _check_pretrained(server: Server, request: Request) -> None:
    """Raise InvalidInputException unless the model is there that a predictor names; nothing can be tuned."""
    if request.get("PerformHPO"):
        raise InvalidInputException(
            "PerformHPO is true; a model that is trained already has nothing to tune."
        )
    try:
        pretrained_model(server.config, request)
    except ValueError as error:
        raise InvalidInputException(f"{error}.") from None


def _check_combination(server: Server, request: Request) -> None:
    """Raise InvalidInputException for members that exclude each other, or an algorithm that is unknown."""
    if request.get("PerformAutoML"):
        given = [name for name in CONTRADICTED if name in request]
        given += ["PerformHPO"] * request.get("PerformHPO", False)
        if given:
            raise InvalidInputException(
                f"PerformAutoML chooses algorithm and settings by itself; leave out {', '.join(given)}."
            )
        return
    arn = request.get("AlgorithmArn")
    if arn is None:
        raise InvalidInputException("AlgorithmArn is missing; name one, or set PerformAutoML to true.")
    name = arn.removeprefix(ALGORITHM)
    if asks_for_pretrained(request):
        _check_pretrained(server, request)
        return
    if arn == name or name not in FORECASTING:
        options = ", ".join(ALGORITHM + one for one in FORECASTING)
        raise InvalidInputException(f"Invalid Algorithm ARN specified: {arn}. Options: {options}")
    if "HPOConfig" in request and not request.get("PerformHPO"):
        raise InvalidInputException("HPOConfig is given without PerformHPO; set PerformHPO to true.")


def _checked(asked: Request, records: Reader) -> list[str]:
    """What a legacy predictor refers to; raises what speaks against what it asks for."""
    data = group_data(records, asked["DatasetGroupArn"])
    check_horizon(asked["ForecastHorizon"], None)
    frequency = checked_frequency(records, data, asked)
    try:
        plan = predictor_plan(asked)
        if plan.recipe:
            made(plan.recipe, plan.settings)
    except ValueError as error:
        raise InvalidInputException(f"{error}.") from None
    n_steps = history_steps(records, data, frequency)
    check_horizon(asked["ForecastHorizon"], n_steps, part=part_of(asked))
    check_windows(asked, n_steps)
    return data.arns()


def describe_predictor(server: Server, request: Request) -> Answer | None:
    """DescribePredictor: of legacy predictors alone."""
    record = find(server.records, KIND, request["PredictorArn"])
    if record["IsAutoPredictor"]:
        raise InvalidInputException(f"{record.arn} is an auto predictor; use DescribeAutoPredictor.")
    return _describe(server, request)
