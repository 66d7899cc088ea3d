"""Datasets: one table per type in a dataset group."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from presage.columns import ACTION_INTERACTIONS, DATASET_TYPES, ITEMS, USERS
from presage.errors import InvalidInputException
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.records import Writer
from presage.resources.states import RESTING, Motion, State
from presage.tables.fold import DATASETS
from presage.tables.personalize.schema import check_fits, check_successor

from ..kinds import Kind, Move
from ..lifecycle import create, delete, find, find_active, refuse_for, update
from ..server import Server
from ..views import Answer, Request
from . import dataset_groups, schemas
from .schemas import read_schema


def drop_rows(server: Server, record: Record) -> None:
    """Before a dataset is forgotten: its rows go, also those that were told and not folded yet."""
    server.stores.drop_dataset(record)


KIND = Kind(
    service="personalize",
    name="Dataset",
    arn="dataset/{datasetGroupArn}/{datasetType}",
    refers={"datasetGroupArn": "DatasetGroup", "schemaArn": "Schema"},
    aliases=("trackingId",),
    moves={
        Motion.CREATE: Move(),
        Motion.UPDATE: Move(since=frozenset({State.ACTIVE, State.FAILED})),
        Motion.DELETE: Move(since=RESTING, work=drop_rows),
    },
    blocked_while=("DatasetImportJob", "DatasetExportJob", "DataDeletionJob"),
)


def dataset_of(records: Reader, group_arn: str, dataset_type: str) -> Record | None:
    """The group's dataset of a type, if it has one."""
    datasets = records.of_kind(KIND.service, KIND.name, parent=group_arn)
    return next((record for record in datasets if record["datasetType"] == dataset_type), None)


def create_dataset(server: Server, request: Request) -> Answer:
    """CreateDataset: an empty table for one type of data, shaped by a schema."""
    dataset_type = request["datasetType"].upper().replace("-", "_")
    if dataset_type not in DATASET_TYPES:
        raise InvalidInputException(
            f"datasetType is {request['datasetType']!r}; it must be one of {DATASET_TYPES}."
        )
    group = find_active(server.records, dataset_groups.KIND, request["datasetGroupArn"])
    schema = find(server.records, schemas.KIND, request["schemaArn"])
    _check_domain(group.get("domain"), schema.get("domain"), dataset_type)
    _check_fits(schema, dataset_type, group)
    folder = uuid4().hex
    body: Mapping[str, Any] = {
        "datasetType": dataset_type,
        "trackingId": str(uuid4()) if dataset_type == ACTION_INTERACTIONS else None,
        "_folder": folder,
    }
    record = create(
        server, KIND, request, body, check=lambda _: server.stores.log.open_stream(folder, DATASETS)
    )
    return {"datasetArn": record.arn}


def _check_domain(domain: str | None, of_schema: str | None, dataset_type: str) -> None:
    if domain and dataset_type.startswith("ACTION"):
        raise InvalidInputException(
            f"A {domain} dataset group takes INTERACTIONS, ITEMS and USERS datasets only."
        )
    if of_schema != domain:
        raise InvalidInputException(
            f"The schema is made for {of_schema or 'custom'} dataset groups, "
            f"the dataset group is {domain or 'custom'}; they must be the same."
        )


def _check_fits(schema: Record, dataset_type: str, group: Record) -> None:
    try:
        check_fits(read_schema(schema["schema"]), dataset_type, group.get("domain"))
    except ValueError as error:
        raise InvalidInputException(f"Invalid schema: {error}") from None


def delete_dataset(server: Server, request: Request) -> None:
    """DeleteDataset: not while it is imported into, or a version of a solution of its group is under way.

    A group's EVENT_INTERACTIONS, once a dataset of its own, counts as deleted already.
    """
    arn = request["datasetArn"]
    if arn.endswith("/EVENT_INTERACTIONS"):
        group = arn.removesuffix("/EVENT_INTERACTIONS").replace(":dataset/", ":dataset-group/", 1)
        find(server.records, dataset_groups.KIND, group)
    else:
        delete(server, KIND, arn, check=partial(_check_untrained, server, arn))


def _check_untrained(server: Server, arn: str, records: Writer) -> None:
    """A training reads what datasets its group has when it begins, whether or not they were there before."""
    record = find(records, KIND, arn)
    for trained in ("SolutionVersion", "Recommender"):
        refuse_for(server, record, records.children(record["datasetGroupArn"], trained, under_way=True))


def update_dataset(server: Server, request: Request) -> Answer:
    """UpdateDataset: a newer schema for an Items or Users dataset; it may only add fields that allow null."""
    record = find(server.records, KIND, request["datasetArn"])
    if record["datasetType"] not in (ITEMS, USERS):
        raise InvalidInputException(
            f"{record.arn} is no Items or Users dataset; only those take a new schema."
        )
    old = find(server.records, schemas.KIND, record["schemaArn"])
    new = find(server.records, schemas.KIND, request["schemaArn"])
    _check_fits(new, record["datasetType"], server.records.expect(record["datasetGroupArn"]))
    try:
        check_successor(read_schema(old["schema"]), read_schema(new["schema"]))
    except ValueError as error:
        raise InvalidInputException(f"Invalid schema: {error}") from None

    def keep(records: Writer) -> None:
        """The new schema cannot be deleted while the dataset uses it."""
        records.link(record.arn, new.arn)

    return {"datasetArn": update(server, KIND, record.arn, {"schemaArn": new.arn}, check=keep).arn}
