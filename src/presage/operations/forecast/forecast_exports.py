"""Forecast export jobs: all values of a forecast as files on S3."""

from presage.resources.states import RESTING, Motion

from ..kinds import Kind, Move
from ..lifecycle import create
from ..server import Server
from ..views import Answer, Request

KIND = Kind(
    service="forecast",
    name="ForecastExportJob",
    arn="forecast-export-job/{ForecastArn}/{name}",
    refers={"ForecastArn": "Forecast"},
    moves={Motion.CREATE: Move(job="export-forecast"), Motion.DELETE: Move(since=RESTING)},
    most_under_way=3,
)


def create_forecast_export_job(server: Server, request: Request) -> Answer:
    """CreateForecastExportJob: queue the writing of CSV or Parquet files."""
    body = {"Format": request.get("Format", "CSV")}
    return {"ForecastExportJobArn": create(server, KIND, request, body).arn}
