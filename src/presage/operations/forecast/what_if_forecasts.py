"""What-if forecasts: what a forecast would be if related series had other values in its horizon."""

from functools import partial
from uuid import uuid4

from presage.errors import InvalidInputException
from presage.ids import new_ulid
from presage.resources.states import RESTING, Motion

from ..kinds import Kind, Move
from ..lifecycle import create, find_active
from ..server import Server
from ..views import Answer, Request
from . import what_if_analyses
from .forecasts import drop
from .remaining import remaining
from .what_if_analyses import check_name

CHANGES = ("TimeSeriesTransformations", "TimeSeriesReplacementsDataSource")
KIND = Kind(
    service="forecast",
    name="WhatIfForecast",
    arn="what-if-forecast/{WhatIfAnalysisArn}/{name}{_ulid}",
    refers={"WhatIfAnalysisArn": "WhatIfAnalysis"},
    moves={Motion.CREATE: Move(job="what-if-forecast"), Motion.DELETE: Move(since=RESTING, work=drop)},
    most_under_way=3,
    blocked_while=("WhatIfForecastExport",),
    show=remaining,
)


def create_what_if_forecast(server: Server, request: Request) -> Answer:
    """CreateWhatIfForecast: with transformations of related series, or a file of other values."""
    given = [name for name in CHANGES if request.get(name)]
    if len(given) != 1:
        raise InvalidInputException(f"{len(given)} of {' and '.join(CHANGES)} are given; give just one.")
    analysis = find_active(server.records, what_if_analyses.KIND, request["WhatIfAnalysisArn"])
    forecast = server.records.expect(analysis["ForecastArn"])
    body = {
        "ForecastTypes": forecast["ForecastTypes"],
        "_folder": uuid4().hex,
        "_ulid": f"_{new_ulid(server.clock())}",
    }
    check = partial(check_name, kind=KIND, parent=analysis.arn, name=request["WhatIfForecastName"])
    return {"WhatIfForecastArn": create(server, KIND, request, body, check=check).arn}
