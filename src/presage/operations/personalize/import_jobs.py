"""Dataset import jobs: CSV or Parquet from S3 into a dataset; those of one dataset are done in order."""

from presage.columns import INTERACTIONS
from presage.errors import InvalidInputException
from presage.resources.states import Motion
from presage.works.attributing import attribution_of

from ..kinds import Kind, Move
from ..lifecycle import create, find
from ..server import Server
from ..views import Answer, Request
from . import datasets

KIND = Kind(
    service="personalize",
    name="DatasetImportJob",
    arn="dataset-import-job/{name}",
    refers={"datasetArn": "Dataset"},
    moves={Motion.CREATE: Move(job="import", in_order_of="datasetArn")},
    most_under_way=5,
)


def create_dataset_import_job(server: Server, request: Request) -> Answer:
    """CreateDatasetImportJob: queue the import; FULL replaces earlier imports, INCREMENTAL adds."""
    if not request["dataSource"].get("dataLocation"):
        raise InvalidInputException("dataSource has no dataLocation; name an s3:// file or folder/.")
    publishes = request.get("publishAttributionMetricsToS3", False)
    if publishes:
        _check_reports(server, request["datasetArn"])
    body = {
        "importMode": request.get("importMode", "FULL"),
        "publishAttributionMetricsToS3": publishes,
    }
    return {"datasetImportJobArn": create(server, KIND, request, body).arn}


def _check_reports(server: Server, dataset_arn: str) -> None:
    """Raises InvalidInputException unless a report of the import has a place."""
    dataset = find(server.records, datasets.KIND, dataset_arn)
    group = dataset["datasetGroupArn"]
    attribution = attribution_of(server.records, group)
    if attribution is None or not attribution["metricsOutputConfig"].get("s3DataDestination"):
        raise InvalidInputException(
            f"publishAttributionMetricsToS3 needs a metric attribution of {group} with an s3DataDestination."
        )
    if dataset["datasetType"] != INTERACTIONS:
        raise InvalidInputException(
            f"publishAttributionMetricsToS3 is for interactions; {dataset_arn} is a dataset of type"
            f" {dataset['datasetType']}."
        )
