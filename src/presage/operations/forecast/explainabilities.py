"""Explainabilities: which related series, attributes and holidays move a predictor's forecasts, and how."""

from functools import partial
from uuid import uuid4

from presage.errors import InvalidInputException, ResourceAlreadyExistsException, ResourceNotFoundException
from presage.resources.reader import Reader
from presage.resources.record import Body, Record
from presage.resources.records import Writer
from presage.resources.states import RESTING, Motion
from presage.tables.forecast.schema import METADATA, RELATED
from presage.works.forecast.asked import series_plan
from presage.works.forecast.sources import datasets_of

from ..kinds import Kind, Move
from ..lifecycle import attach, create, find_active
from ..server import Server
from ..views import Answer, Request
from . import forecasts, predictors
from .remaining import remaining

ALL, SPECIFIC = "ALL", "SPECIFIC"
SERIES, POINTS = ("DataSource", "Schema"), ("StartDateTime", "EndDateTime")


def drop(server: Server, record: Record) -> None:
    """Before an explainability is forgotten: its scores go."""
    server.stores.drop_model(record)


KIND = Kind(
    service="forecast",
    name="Explainability",
    arn="explainability/{name}",
    lists_by={"ResourceArn": "Predictor"},
    moves={
        Motion.CREATE: Move(job="explain", in_order_of="ResourceArn"),
        Motion.DELETE: Move(since=RESTING, work=drop),
    },
    most_under_way=3,
    blocked_while=("ExplainabilityExport",),
    show=remaining,
    plural="Explainabilities",
)


def create_explainability(server: Server, request: Request) -> Answer:
    """CreateExplainability: of a predictor as a whole, or of a forecast's series and time points."""
    resource = _resource(server, request["ResourceArn"])
    config = request["ExplainabilityConfig"]
    if resource.kind == predictors.KIND.name and set(config.values()) != {ALL}:
        raise InvalidInputException(
            f"{resource.arn} is a predictor, so TimeSeriesGranularity and TimePointGranularity must be {ALL};"
            " or explain a forecast of it."
        )
    _check_given(request, SERIES, "TimeSeriesGranularity")
    _check_given(request, POINTS, "TimePointGranularity")
    check_explainable(server.records, _predictor(server.records, resource).body)
    body, parents = {"_folder": uuid4().hex}, partial(_referred, resource)
    return {"ExplainabilityArn": create(server, KIND, request, body, parents=parents).arn}


def explain_with(server: Server, records: Writer, predictor: Record) -> None:
    """An explainability of a predictor that has just been written; its job comes after the training."""
    body = {
        "ResourceArn": predictor.arn,
        "ExplainabilityConfig": {"TimeSeriesGranularity": ALL, "TimePointGranularity": ALL},
        "_folder": uuid4().hex,
    }
    name = f"{predictor.name}{predictor['_ulid']}"
    attach(server, records, KIND, name=name, body=body, parent=predictor.arn)


def _resource(server: Server, arn: str) -> Record:
    """The predictor or forecast that an ARN names; it must be usable."""
    found = server.records.get(arn)
    for kind in (predictors.KIND, forecasts.KIND):
        if found is not None and (found.service, found.kind) == (kind.service, kind.name):
            return find_active(server.records, kind, arn)
    raise ResourceNotFoundException(KIND.dialect.not_found.format(kind="resource", arn=arn))


def _predictor(records: Reader, resource: Record) -> Record:
    is_forecast = resource.kind == forecasts.KIND.name
    return records.expect(resource["PredictorArn"]) if is_forecast else resource


def _check_given(request: Request, members: tuple[str, ...], granularity: str) -> None:
    """Raise InvalidInputException unless members are there if, and only if, a granularity is SPECIFIC."""
    is_specific = request["ExplainabilityConfig"][granularity] == SPECIFIC
    wrong = [name for name in members if (name in request) != is_specific]
    if wrong:
        raise InvalidInputException(
            f"{granularity} is {SPECIFIC if is_specific else ALL}; {'give' if is_specific else 'leave out'}"
            f" {' and '.join(wrong)}."
        )


def check_explainable(records: Reader, predictor: Body) -> None:
    """Raise InvalidInputException if a predictor's forecasts depend on nothing but the target's past."""
    group = records.expect(predictor["DatasetGroupArn"])
    known = {RELATED, METADATA} & datasets_of(records, group).keys()
    plan = series_plan(predictor)
    if not known and not plan.holiday and not plan.weather:
        raise InvalidInputException(
            f"{group.arn} has neither a {RELATED} nor an {METADATA} dataset, and the predictor knows neither"
            " holidays nor the weather: there is nothing to explain."
        )


def _referred(resource: Record, records: Reader) -> list[str]:
    """The resource; a predictor has one explainability at most."""
    if resource.kind == predictors.KIND.name:
        for other in records.children(resource.arn, KIND.name):
            raise ResourceAlreadyExistsException(f"{resource.arn} has an explainability already: {other.arn}")
    return [resource.arn]
