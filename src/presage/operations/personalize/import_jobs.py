"""Dataset import jobs: CSV or Parquet from S3 into a dataset; those of one dataset are done in order."""

from presage.errors import InvalidInputException
from presage.resources.states import Motion

from ..kinds import Kind, Move
from ..lifecycle import create
from ..server import Server
from ..views import Answer, Request

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
    body = {
        "importMode": request.get("importMode", "FULL"),
        "publishAttributionMetricsToS3": request.get("publishAttributionMetricsToS3", False),
    }
    return {"datasetImportJobArn": create(server, KIND, request, body).arn}
