"""Monitors: how well the forecasts of an auto predictor did, once the actual values are imported."""

from collections.abc import Mapping
from typing import Any

from presage.errors import InvalidInputException
from presage.ids import new_ulid
from presage.resources.record import Record
from presage.resources.records import Writer
from presage.resources.states import RESTING, Motion, State
from presage.works.forecast.monitoring import EVALUATION, METRICS

from ..kinds import Kind, Move
from ..lifecycle import attach, create, find
from ..server import Server
from ..views import Answer, Request
from . import predictors


def show(server: Server, record: Record) -> Answer:
    """How the predictor did on its backtest windows, and the newest evaluation since."""
    shown: dict[str, Any] = {}
    predictor = server.records.get(record["ResourceArn"])
    if predictor is not None and predictor.get("_evaluations"):
        shown["Baseline"] = {"PredictorBaseline": {"BaselineMetrics": _baseline(predictor)}}
    newest = server.records.of_kind(KIND.service, EVALUATION, parent=record.arn, limit=1)
    if newest:
        shown["LastEvaluationTime"] = newest[0]["EvaluationTime"]
        shown["LastEvaluationState"] = newest[0]["EvaluationState"]
    return shown


def _baseline(predictor: Record) -> list[Mapping[str, Any]]:
    figures = predictor["_evaluations"][0]["figures"]
    return [{"Name": name, "Value": figures[figure]} for name, figure in METRICS.items()]


KIND = Kind(
    service="forecast",
    name="Monitor",
    arn="monitor/{name}{_ulid}",
    refers={"ResourceArn": "Predictor"},
    moves={
        Motion.CREATE: Move(),
        Motion.STOP: Move(since=frozenset({State.ACTIVE})),
        Motion.START: Move(since=frozenset({State.INACTIVE})),
        Motion.DELETE: Move(since=RESTING),
    },
    takes_along=(EVALUATION,),
    one_per="ResourceArn",
    show=show,
)


def create_monitor(server: Server, request: Request) -> Answer:
    """CreateMonitor: of an auto predictor that is ACTIVE and has none."""
    predictor = find(server.records, predictors.KIND, request["ResourceArn"])
    if not predictor["IsAutoPredictor"]:
        raise InvalidInputException(f"{predictor.arn} is no auto predictor; only those can be monitored.")
    body = {"_ulid": f"_{new_ulid(server.clock())}"}
    return {"MonitorArn": create(server, KIND, request, body).arn}


def monitor_with(server: Server, records: Writer, predictor: Record, name: str) -> None:
    """Give a predictor that has just been written a monitor; it takes over what its reference's has found."""
    body = {"ResourceArn": predictor.arn, "_ulid": f"_{new_ulid(records.now)}"}
    arn = attach(server, records, KIND, name=name, body=body, parent=predictor.arn).arn
    reference = predictor.get(predictors.REFERENCE, {}).get("Arn", "")
    for older in records.children(reference, KIND.name)[:1]:
        for evaluation in reversed(records.children(older.arn, EVALUATION)):
            copy = evaluation.arn.replace(older.arn, arn)
            body = {**evaluation.body, "MonitorArn": arn}
            records.add(KIND.service, EVALUATION, arn=copy, name="", body=body, settled=True, parents=[arn])
