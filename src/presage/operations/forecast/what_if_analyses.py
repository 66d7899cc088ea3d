"""What-if analyses: a forecast, and those of its series that what-if forecasts of it are about."""

from functools import partial

from presage.errors import InvalidInputException, ResourceAlreadyExistsException
from presage.ids import new_ulid
from presage.resources.reader import Reader
from presage.resources.states import RESTING, Motion
from presage.tables.forecast.schema import RELATED
from presage.works.forecast.sources import datasets_of

from ..kinds import Kind, Move
from ..lifecycle import create, find_active
from ..server import Server
from ..views import Answer, Request
from . import forecasts
from .remaining import remaining

KIND = Kind(
    service="forecast",
    name="WhatIfAnalysis",
    arn="what-if-analysis/{ForecastArn}/{name}{_ulid}",
    refers={"ForecastArn": "Forecast"},
    moves={Motion.CREATE: Move(job="what-if-analysis"), Motion.DELETE: Move(since=RESTING)},
    most_under_way=3,
    blocked_by=("WhatIfForecast",),
    show=remaining,
    plural="WhatIfAnalyses",
)


def create_what_if_analysis(server: Server, request: Request) -> Answer:
    """CreateWhatIfAnalysis: of a forecast whose dataset group has related time series."""
    forecast = find_active(server.records, forecasts.KIND, request["ForecastArn"])
    group = server.records.expect(forecast["DatasetGroupArn"])
    if RELATED not in datasets_of(server.records, group):
        raise InvalidInputException(
            f"{group.arn} has no {RELATED} dataset; what-if forecasts give related series other values."
        )
    check = partial(check_name, kind=KIND, parent=forecast.arn, name=request["WhatIfAnalysisName"])
    body = {"_ulid": f"_{new_ulid(server.clock())}"}
    return {"WhatIfAnalysisArn": create(server, KIND, request, body, check=check).arn}


def check_name(records: Reader, *, kind: Kind, parent: str, name: str) -> None:
    """Raise ResourceAlreadyExistsException if what an ARN names has one of this kind and name already."""
    for other in records.children(parent, kind.name):
        if other.name == name:
            raise ResourceAlreadyExistsException(kind.dialect.taken.format(kind=kind.label, arn=other.arn))
