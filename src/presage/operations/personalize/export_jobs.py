"""Dataset export jobs: rows of a dataset as a CSV file on S3, which an import reads again."""

from presage.errors import InvalidInputException
from presage.resources.states import Motion

from ..kinds import Kind, Move
from ..lifecycle import create, find
from ..server import Server
from ..views import Answer, Request
from . import datasets

KIND = Kind(
    service="personalize",
    name="DatasetExportJob",
    arn="dataset-export-job/{name}",
    refers={"datasetArn": "Dataset"},
    moves={Motion.CREATE: Move(job="export")},
    most_under_way=5,
)


def create_dataset_export_job(server: Server, request: Request) -> Answer:
    """CreateDatasetExportJob: queue the export of what was imported (BULK), told (PUT), or both (ALL)."""
    dataset = find(server.records, datasets.KIND, request["datasetArn"])
    if dataset["datasetType"].startswith("ACTION"):
        raise InvalidInputException(
            f"{dataset.arn} is of type {dataset['datasetType']}; INTERACTIONS, ITEMS and USERS are exported."
        )
    body = {"ingestionMode": request.get("ingestionMode", "PUT")}
    return {"datasetExportJobArn": create(server, KIND, request, body).arn}
