"""Data deletion jobs: the users that files name are taken out of a dataset group."""

from dataclasses import replace

from presage.errors import InvalidInputException, LimitExceededException
from presage.resources.reader import Reader
from presage.resources.records import Writer
from presage.resources.states import Motion, Phase, State

from ..dialects import PERSONALIZE
from ..kinds import Kind, Move
from ..lifecycle import create
from ..server import Server
from ..views import Answer, Request
from . import datasets

MOST_OF_A_GROUP = 5
KIND = Kind(
    service="personalize",
    name="DataDeletionJob",
    arn="data-deletion-job/{name}",
    refers={"datasetGroupArn": "DatasetGroup"},
    moves={Motion.CREATE: Move(job="delete-users", in_order_of="datasetGroupArn")},
    own_dialect=replace(
        PERSONALIZE,
        rests={**PERSONALIZE.rests, State.ACTIVE: "COMPLETED", State.FAILED: "FAILED"},
        phases={(Motion.CREATE, phase): str(phase) for phase in (Phase.PENDING, Phase.IN_PROGRESS)},
    ),
)


def create_data_deletion_job(server: Server, request: Request) -> Answer:
    """CreateDataDeletionJob: queue the deletion of users from every dataset and model of a group."""
    if not request["dataSource"].get("dataLocation"):
        raise InvalidInputException("dataSource has no dataLocation; name an s3:// file or folder/.")
    group: str = request["datasetGroupArn"]

    def check_quota(records: Writer) -> None:
        under_way = records.children(group, KIND.name, under_way=True)
        if len(under_way) >= MOST_OF_A_GROUP:
            raise LimitExceededException(
                f"More than {MOST_OF_A_GROUP} resources with PENDING or IN_PROGRESS status."
                " Wait until one is done."
            )

    def datasets_of(records: Reader) -> list[str]:
        found = records.of_kind(datasets.KIND.service, datasets.KIND.name, parent=group)
        return [dataset.arn for dataset in found]

    return {"dataDeletionJobArn": create(server, KIND, request, parents=datasets_of, check=check_quota).arn}
