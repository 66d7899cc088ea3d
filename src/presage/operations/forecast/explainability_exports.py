"""Explainability exports: the scores of an explainability as files on S3."""

from presage.resources.states import RESTING, Motion

from ..kinds import Kind, Move
from ..lifecycle import create, find
from ..server import Server
from ..views import Answer, Request
from . import explainabilities

KIND = Kind(
    service="forecast",
    name="ExplainabilityExport",
    arn="explainability-export/{ExplainabilityArn}/{name}",
    refers={"ExplainabilityArn": "Explainability"},
    lists_by={"ResourceArn": "Predictor"},
    moves={Motion.CREATE: Move(job="export-explanation"), Motion.DELETE: Move(since=RESTING)},
    most_under_way=3,
)


def create_explainability_export(server: Server, request: Request) -> Answer:
    """CreateExplainabilityExport: queue the writing of scores, CSV or Parquet."""
    explained = find(server.records, explainabilities.KIND, request["ExplainabilityArn"])
    body = {"Format": request.get("Format", "CSV"), "ResourceArn": explained["ResourceArn"]}
    return {"ExplainabilityExportArn": create(server, KIND, request, body).arn}
