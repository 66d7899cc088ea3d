"""Predictor backtest export jobs: what a predictor forecast of its backtest windows, as files on S3."""

from presage.resources.states import RESTING, Motion

from ..kinds import Kind, Move
from ..lifecycle import create
from ..server import Server
from ..views import Answer, Request

KIND = Kind(
    service="forecast",
    name="PredictorBacktestExportJob",
    arn="predictor-backtest-export-job/{PredictorArn}/{name}",
    refers={"PredictorArn": "Predictor"},
    moves={Motion.CREATE: Move(job="export-backtest"), Motion.DELETE: Move(since=RESTING)},
    most_under_way=3,
)


def create_predictor_backtest_export_job(server: Server, request: Request) -> Answer:
    """CreatePredictorBacktestExportJob: queue the writing of forecasts and accuracies, CSV or Parquet."""
    body = {"Format": request.get("Format", "CSV")}
    return {"PredictorBacktestExportJobArn": create(server, KIND, request, body).arn}
