"""Dataset groups: what belongs together."""

from uuid import uuid4

from presage.errors import InvalidInputException

from ..kinds import Kind
from ..lifecycle import create
from ..server import Server
from ..views import Answer, Request

KIND = Kind(
    service="personalize",
    name="DatasetGroup",
    arn="dataset-group/{name}",
    blocked_by=("Dataset", "EventTracker", "Recommender", "Solution"),
    takes_along=("Filter",),
)


def create_dataset_group(server: Server, request: Request) -> Answer:
    """CreateDatasetGroup: an empty container; with `domain` a Domain dataset group."""
    if "kmsKeyArn" in request and "roleArn" not in request:
        raise InvalidInputException("kmsKeyArn needs a roleArn that may use the key; give both or neither.")
    record = create(server, KIND, request, {"_folder": uuid4().hex})
    return {"datasetGroupArn": record.arn, "domain": request.get("domain")}
