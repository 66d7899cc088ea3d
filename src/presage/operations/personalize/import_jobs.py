"""Dataset import jobs: CSV or Parquet from S3 into a dataset."""

from presage.errors import InvalidInputException, LimitExceededException, ResourceInUseException
from presage.operations import lifecycle
from presage.resources.kinds import ACTIVE, PENDING, PERSONALIZE, UNDER_WAY

from ..server import Server
from ..views import Answer, Request, describing, listing

KIND = PERSONALIZE["DatasetImportJob"]
MAX_UNDER_WAY = 5
describe_dataset_import_job = describing(KIND)
list_dataset_import_jobs = listing(KIND)


def create_dataset_import_job(server: Server, request: Request) -> Answer:
    """CreateDatasetImportJob: queue the import; FULL replaces earlier imports, INCREMENTAL adds."""
    dataset = server.resources.find(PERSONALIZE["Dataset"], request["datasetArn"])
    if dataset.status not in (ACTIVE, PENDING):
        raise ResourceInUseException(f"{dataset.arn} is {dataset.status}; wait until it is ACTIVE.")
    location = request["dataSource"].get("dataLocation")
    if not location:
        raise InvalidInputException("dataSource has no dataLocation; name an s3:// file or folder/.")
    if len(server.resources.list(KIND, statuses=UNDER_WAY, limit=MAX_UNDER_WAY)) >= MAX_UNDER_WAY:
        raise LimitExceededException(
            f"More than {MAX_UNDER_WAY} resources with PENDING or IN_PROGRESS status. Wait until one is done."
        )
    body = {
        "datasetArn": dataset.arn,
        "dataSource": request["dataSource"],
        "roleArn": request.get("roleArn"),
        "importMode": request.get("importMode", "FULL"),
        "publishAttributionMetricsToS3": request.get("publishAttributionMetricsToS3", False),
    }
    record = lifecycle.create(
        server,
        KIND,
        name=request["jobName"],
        body=body,
        parents=(dataset.arn,),
        tags=request.get("tags", ()),
    )
    return {"datasetImportJobArn": record.arn}
