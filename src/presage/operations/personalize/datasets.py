"""Datasets: one table per type in a dataset group."""

import shutil
from uuid import uuid4

from presage.errors import InvalidInputException, ResourceInUseException
from presage.operations import lifecycle
from presage.resources.kinds import ACTIVE, PERSONALIZE
from presage.resources.store import Record
from presage.tables.schema import check_fits, check_successor, parse_schema

from ..server import Server
from ..views import Answer, Request, describing, listing

KIND = PERSONALIZE["Dataset"]
TYPES = ("INTERACTIONS", "ITEMS", "USERS", "ACTIONS", "ACTION_INTERACTIONS")
describe_dataset = describing(KIND)
list_datasets = listing(KIND)


def active_group(server: Server, arn: str) -> Record:
    """The dataset group; raises ResourceInUseException while it is not ACTIVE."""
    group = server.resources.find(PERSONALIZE["DatasetGroup"], arn)
    if group.status != ACTIVE:
        raise ResourceInUseException(f"{arn} is {group.status}; wait until it is ACTIVE.")
    return group


def dataset_of(server: Server, group_arn: str, dataset_type: str) -> Record | None:
    """The group's dataset of a type, if it has one."""
    datasets = server.resources.list(KIND, parent=group_arn)
    return next((record for record in datasets if record["datasetType"] == dataset_type), None)


def create_dataset(server: Server, request: Request) -> Answer:
    """CreateDataset: an empty table for one type of data, shaped by a schema."""
    dataset_type = request["datasetType"].upper().replace("-", "_")
    if dataset_type not in TYPES:
        raise InvalidInputException(f"datasetType is {request['datasetType']!r}; it must be one of {TYPES}.")
    group = active_group(server, request["datasetGroupArn"])
    domain = group.get("domain")
    if domain and dataset_type.startswith("ACTION"):
        raise InvalidInputException(
            f"A {domain} dataset group takes INTERACTIONS, ITEMS and USERS datasets only."
        )
    schema = server.resources.find(PERSONALIZE["Schema"], request["schemaArn"])
    if schema.get("domain") != domain:
        raise InvalidInputException(
            f"The schema is made for {schema.get('domain') or 'custom'} dataset groups, "
            f"the dataset group is {domain or 'custom'}; they must be the same."
        )
    _check(lambda: check_fits(parse_schema(schema["schema"]), dataset_type, domain))
    body = {
        "datasetGroupArn": group.arn,
        "datasetType": dataset_type,
        "schemaArn": schema.arn,
        "trackingId": str(uuid4()) if dataset_type == "ACTION_INTERACTIONS" else None,
        "_folder": uuid4().hex,
    }
    record = lifecycle.create(
        server,
        KIND,
        name=request["name"],
        fields={"group": group.name, "type": dataset_type},
        body=body,
        parents=(group.arn, schema.arn),
        tags=request.get("tags", ()),
    )
    return {"datasetArn": record.arn}


def update_dataset(server: Server, request: Request) -> Answer:
    """UpdateDataset: a newer schema for an Items or Users dataset; it may only add fields that allow null."""
    record = server.resources.find(KIND, request["datasetArn"])
    if record["datasetType"] not in ("ITEMS", "USERS"):
        raise InvalidInputException(
            f"{record.arn} is no Items or Users dataset; only those take a new schema."
        )
    schema = server.resources.find(PERSONALIZE["Schema"], request["schemaArn"])
    group = server.resources.find(PERSONALIZE["DatasetGroup"], record["datasetGroupArn"])
    old = server.resources.find(PERSONALIZE["Schema"], record["schemaArn"])
    new_fields = parse_schema(schema["schema"])
    _check(lambda: check_fits(new_fields, record["datasetType"], group.get("domain")))
    _check(lambda: check_successor(parse_schema(old["schema"]), new_fields))
    lifecycle.update(server, KIND, record, {"schemaArn": schema.arn})
    return {"datasetArn": record.arn}


def link_schema(server: Server, record: Record) -> None:
    """The hook of an update: the new schema cannot be deleted while the dataset uses it."""
    server.resources.link(record.arn, record["latestDatasetUpdate"]["schemaArn"])


def delete_dataset(server: Server, request: Request) -> None:
    """DeleteDataset: its rows go with it; refused while an import or a training uses it."""
    lifecycle.delete(server, KIND, request["datasetArn"])


def drop_rows(server: Server, record: Record) -> None:
    """The hook of a deletion: the rows go, also those that were told and not folded yet."""
    server.events.drop(server.events.last_seq(), record.arn)
    shutil.rmtree(server.table_folder(record["_folder"]), ignore_errors=True)


def _check(check: "lifecycle.Callable[[], object]") -> None:
    try:
        check()
    except ValueError as error:
        raise InvalidInputException(f"Invalid schema: {error}") from None
