"""Where what callers tell goes: from a tracking id or a dataset's ARN to the dataset and its columns."""

from collections.abc import Iterator
from typing import Any

from presage.errors import InvalidInputException, ResourceNotFoundException
from presage.resources.kinds import ACTIVE, PERSONALIZE
from presage.resources.store import Record, Store
from presage.tables.datasets import DatasetTable
from presage.tables.fold import events_since
from presage.tables.schema import parse_schema

from ..server import Server, Stream


def find_stream(store: Store, name: str) -> Stream:
    """The stream of a tracking id (its group's Interactions dataset) or of a dataset's ARN.

    Raises ResourceNotFoundException for an unknown ARN, InvalidInputException for a tracking id without a
    tracker or a dataset.
    """
    dataset = _dataset(store, name) if name.startswith("arn:") else _interactions(store, name)
    schema = store.find(PERSONALIZE["Schema"], dataset["schemaArn"])
    return Stream(dataset=dataset, schema=parse_schema(schema["schema"]))


def told_since(server: Server, group: str, seq: int) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """(dataset type, place, row) of all that a dataset group was told after a place in the event log."""
    for dataset in server.resources.list(PERSONALIZE["Dataset"], parent=group, statuses=(ACTIVE,)):
        schema = parse_schema(server.resources.find(PERSONALIZE["Schema"], dataset["schemaArn"])["schema"])
        table = DatasetTable(server.table_folder(dataset["_folder"]))
        for row in events_since(server.events, table, schema, dataset.arn, seq).iter_rows(named=True):
            beside = {"SESSION_ID": row.pop("_SESSION_ID"), "EVENT_ID": row.pop("_EVENT_ID")}
            yield dataset["datasetType"], row.pop("_SEQ"), row | beside


def _dataset(store: Store, arn: str) -> Record:
    dataset = store.find(PERSONALIZE["Dataset"], arn)
    if dataset.status != ACTIVE:
        raise ResourceNotFoundException(f"{arn} is {dataset.status}.")
    return dataset


def _interactions(store: Store, tracking_id: str) -> Record:
    trackers = store.list(PERSONALIZE["EventTracker"], parent=tracking_id, statuses=(ACTIVE,))
    if not trackers:
        raise InvalidInputException(f"No event tracker has the trackingId {tracking_id!r}.")
    group = trackers[0]["datasetGroupArn"]
    for dataset in store.list(PERSONALIZE["Dataset"], parent=group):
        if dataset["datasetType"] == "INTERACTIONS":
            return dataset
    raise InvalidInputException(f"{group} has no Interactions dataset; create one before sending events.")
