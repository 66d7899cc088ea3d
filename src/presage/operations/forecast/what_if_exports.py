"""What-if forecast exports: one to three what-if forecasts beside their forecast, as files on S3."""

from presage.errors import InvalidInputException
from presage.resources.states import RESTING, Motion

from ..kinds import Kind, Move
from ..lifecycle import create, find
from ..server import Server
from ..views import Answer, Request
from . import what_if_analyses, what_if_forecasts
from .remaining import remaining

MOST = 3
KIND = Kind(
    service="forecast",
    name="WhatIfForecastExport",
    arn="what-if-forecast-export/{name}",
    refers={"WhatIfForecastArns": "WhatIfForecast"},
    moves={Motion.CREATE: Move(job="export-what-if"), Motion.DELETE: Move(since=RESTING)},
    most_under_way=3,
    show=remaining,
)


def create_what_if_forecast_export(server: Server, request: Request) -> Answer:
    """CreateWhatIfForecastExport: queue the writing of files for what-if forecasts of one forecast."""
    arns: list[str] = request["WhatIfForecastArns"]
    if len(arns) > MOST:
        raise InvalidInputException(f"WhatIfForecastArns has {len(arns)} ARNs; it may have {MOST}.")
    given = [find(server.records, what_if_forecasts.KIND, arn) for arn in arns]
    baselines = {_baseline(server, one["WhatIfAnalysisArn"]) for one in given}
    names = [one.name for one in given]
    if len(baselines) > 1 or len(set(names)) < len(names):
        raise InvalidInputException(
            f"WhatIfForecastArns names {', '.join(names)} of {len(baselines)} forecasts; they must be what-if"
            " forecasts of one forecast, with different names."
        )
    body = {"Format": request.get("Format", "CSV")}
    return {"WhatIfForecastExportArn": create(server, KIND, request, body).arn}


def _baseline(server: Server, analysis: str) -> str:
    return find(server.records, what_if_analyses.KIND, analysis)["ForecastArn"]
