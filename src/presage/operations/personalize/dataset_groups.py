"""Dataset groups: what belongs together."""

from presage.errors import InvalidInputException
from presage.operations import lifecycle
from presage.resources.kinds import PERSONALIZE

from ..server import Server
from ..views import Answer, Request, describing, listing

KIND = PERSONALIZE["DatasetGroup"]
describe_dataset_group = describing(KIND)
list_dataset_groups = listing(KIND)


def create_dataset_group(server: Server, request: Request) -> Answer:
    """CreateDatasetGroup: an empty container; with `domain` a Domain dataset group."""
    if "kmsKeyArn" in request and "roleArn" not in request:
        raise InvalidInputException("kmsKeyArn needs a roleArn that may use the key; give both or neither.")
    body = {member: request.get(member) for member in ("roleArn", "kmsKeyArn", "domain")}
    record = lifecycle.create(server, KIND, name=request["name"], body=body, tags=request.get("tags", ()))
    return {"datasetGroupArn": record.arn, "domain": request.get("domain")}


def delete_dataset_group(server: Server, request: Request) -> None:
    """DeleteDatasetGroup: refused while it holds datasets, event trackers or solutions."""
    lifecycle.delete(server, KIND, request["datasetGroupArn"])
