"""Forecast's calls for a resource of any kind: stop it, resume it, delete it with all that came of it."""

from collections.abc import Mapping

from presage.errors import InvalidInputException, ResourceInUseException, ResourceNotFoundException
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.states import Motion

from ..dialects import FORECAST
from ..lifecycle import begin, begin_deletion, refuse_if_used, stop_creation
from ..server import Server
from ..views import Request

SERVICE = "forecast"
BELOW: Mapping[str, tuple[str, ...]] = {
    "Dataset": ("DatasetImportJob",),
    "DatasetGroup": ("Predictor",),
    "Predictor": ("PredictorBacktestExportJob", "Monitor", "Explainability", "Forecast"),
    "Forecast": ("ForecastExportJob", "Explainability", "WhatIfAnalysis"),
    "Explainability": ("ExplainabilityExport",),
    "WhatIfAnalysis": ("WhatIfForecast",),
    "WhatIfForecast": ("WhatIfForecastExport",),
}
"""Kind -> the kinds that DeleteResourceTree deletes with it: datasets outlive their groups."""


def stop_resource(server: Server, request: Request) -> None:
    """StopResource: end the job that makes a resource, or a monitor's work."""
    record = _find(server.records, request["ResourceArn"])
    kind = server.kind_of(record)
    try:
        if Motion.STOP in kind.moves:
            begin(server, kind, record.arn, Motion.STOP)
        elif kind.moves[Motion.CREATE].job:
            stop_creation(server, kind, record.arn)
        else:
            raise InvalidInputException(f"{record.arn} is a {kind.label}, which no job makes")
    except ResourceInUseException as error:  # StopResource does not know that code
        raise InvalidInputException(error.message) from None


def resume_resource(server: Server, request: Request) -> None:
    """ResumeResource: a monitor that was stopped works again."""
    record = _find(server.records, request["ResourceArn"])
    kind = server.kind_of(record)
    if Motion.START not in kind.moves:
        raise InvalidInputException(f"{record.arn} is a {kind.label}; only monitors can be resumed")
    begin(server, kind, record.arn, Motion.START)


def delete_resource_tree(server: Server, request: Request) -> None:
    """DeleteResourceTree: a resource and all that was made from it; nothing goes unless all can."""
    with server.records.writing() as records:
        root = _find(records, request["ResourceArn"])
        tree = _tree(records, root)
        for record in tree:
            refuse_if_used(server, records, record, apart_from={one.arn for one in tree})
        for record in tree:
            if record.motion != Motion.DELETE:
                begin_deletion(server, records, record)


def _find(records: Reader, arn: str) -> Record:
    record = records.get(arn)
    if record is None or record.service != SERVICE:
        raise ResourceNotFoundException(FORECAST.not_found.format(kind="resource", arn=arn))
    return record


def _tree(records: Reader, root: Record) -> list[Record]:
    """A resource and all below it, each once, the lowest first."""
    found = {root.arn: root}
    level = [root]
    while level:
        level = [child for one in level for child in _below(records, one)]
        for child in level:
            found.pop(child.arn, None)
            found[child.arn] = child
    return list(found.values())[::-1]


def _below(records: Reader, record: Record) -> list[Record]:
    kinds = BELOW.get(record.kind, ())
    return [child for kind in kinds for child in records.children(record.arn, kind)]
