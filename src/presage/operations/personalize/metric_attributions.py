"""Metric attributions: what recommendations brought, in reports; one per dataset group."""

from collections.abc import Mapping, Sequence
from typing import Any

from presage.columns import EVENT_TYPE, INTERACTIONS, ITEMS, TIMESTAMP
from presage.errors import InvalidInputException, ResourceAlreadyExistsException, ResourceNotFoundException
from presage.resources.record import Record
from presage.resources.states import RESTING, Motion, State
from presage.tables.layout import NUMBERS
from presage.tables.personalize.attribution import check_metrics, metric_of
from presage.wire.models import OPERATIONS
from presage.works.attributing import JOB, SUFFIX

from ..kinds import Kind, Move
from ..lifecycle import create, find, find_active, update
from ..server import Server
from ..views import PAGE, Answer, Request, read_token, write_token
from . import dataset_groups
from .datasets import dataset_of

MOST_METRICS = 10
REPORT_SECONDS = 900.0
LIST_METRICS = OPERATIONS["personalize", "ListMetricAttributionMetrics"]
KIND = Kind(
    service="personalize",
    name="MetricAttribution",
    arn="metric-attribution/{name}",
    refers={"datasetGroupArn": "DatasetGroup"},
    one_per="datasetGroupArn",
    moves={
        Motion.CREATE: Move(),
        Motion.UPDATE: Move(since=frozenset({State.ACTIVE, State.FAILED})),
        Motion.DELETE: Move(since=RESTING),
    },
)


def create_metric_attribution(server: Server, request: Request) -> Answer:
    """CreateMetricAttribution: what is told from now on counts."""
    group = find_active(server.records, dataset_groups.KIND, request["datasetGroupArn"])
    _check(server, group.arn, request["metrics"], request["metricsOutputConfig"])
    body = {"_metrics": request["metrics"], "metrics": None, "_through": server.stores.log.last_place()}
    due_at = server.clock() + REPORT_SECONDS
    return {"metricAttributionArn": create(server, KIND, request, body, due_at=due_at).arn}


def update_metric_attribution(server: Server, request: Request) -> Answer:
    """UpdateMetricAttribution: metrics added and taken away, another place for the reports."""
    if "metricAttributionArn" not in request:
        raise InvalidInputException("metricAttributionArn is missing; name the one to update.")
    record = find(server.records, KIND, request["metricAttributionArn"])
    config = request.get("metricsOutputConfig", record["metricsOutputConfig"])
    metrics = _changed(record, request.get("addMetrics", ()), request.get("removeMetrics", ()))
    _check(server, record["datasetGroupArn"], metrics, config)
    changes = {"_metrics": metrics, "metricsOutputConfig": config}
    return {"metricAttributionArn": update(server, KIND, record.arn, changes).arn}


def list_metric_attribution_metrics(server: Server, request: Request) -> Answer:
    """ListMetricAttributionMetrics: in the order in which they were added."""
    arn = request.get("metricAttributionArn")
    if arn is None:
        raise InvalidInputException("metricAttributionArn is missing; name the one whose metrics to list.")
    metrics = find(server.records, KIND, arn)["_metrics"]
    begin = read_token(request.get("nextToken"), LIST_METRICS.action, arn) or 0
    end = begin + request.get("maxResults", PAGE)
    answer: Answer = {"metrics": metrics[begin:end]}
    if len(metrics) > end:
        answer["nextToken"] = write_token(LIST_METRICS.action, arn, end)
    return answer


def look_at(server: Server, record: Record) -> None:
    """Every fifteen minutes: let what was told since be reported."""
    server.stores.jobs.submit_again(JOB, record.arn + SUFFIX)
    with server.records.writing() as records:
        records.look_again(record.arn, server.clock() + REPORT_SECONDS)


def _changed(
    record: Record, added: Sequence[Mapping[str, Any]], removed: Sequence[str]
) -> list[Mapping[str, Any]]:
    known = [metric["metricName"] for metric in record["_metrics"]]
    for name in removed:
        if name not in known:
            raise ResourceNotFoundException(
                f"{record.arn} has no metric {name!r}; it has: {', '.join(known)}."
            )
    kept = [metric for metric in record["_metrics"] if metric["metricName"] not in removed]
    for metric in added:
        if any(metric["metricName"] == one["metricName"] for one in kept):
            raise ResourceAlreadyExistsException(
                f"{record.arn} has a metric {metric['metricName']!r} already."
            )
    return [*kept, *added]


def _check(
    server: Server, group: str, described: Sequence[Mapping[str, str]], config: Mapping[str, Any]
) -> None:
    """Raises InvalidInputException unless the group's data can tell these metrics."""
    path = config.get("s3DataDestination", {}).get("path")
    if len(described) > MOST_METRICS:
        raise InvalidInputException(f"{len(described)} metrics are asked for; at most {MOST_METRICS} may be.")
    if path is not None and not path.startswith(("s3://", server.config.url)):
        raise InvalidInputException(f"s3DataDestination.path is {path!r}; name an s3:// folder.")
    interactions = dataset_of(server.records, group, INTERACTIONS)
    columns = server.stores.schema(interactions) if interactions else ()
    for column in (EVENT_TYPE, TIMESTAMP):
        if column not in columns:
            raise InvalidInputException(
                f"{group} has no Interactions dataset with a column {column}; attribution needs one."
            )
    try:
        check_metrics([metric_of(one) for one in described], _numbers(server, group))
    except ValueError as error:
        raise InvalidInputException(f"{error}.") from None


def _numbers(server: Server, group: str) -> dict[str, list[str]]:
    """Dataset type -> the columns that can be summed."""
    found = {kind: dataset_of(server.records, group, kind) for kind in (INTERACTIONS, ITEMS)}
    return {
        kind: [field.name for field in server.stores.schema(dataset).fields if field.kind in NUMBERS]
        for kind, dataset in found.items()
        if dataset is not None
    }
