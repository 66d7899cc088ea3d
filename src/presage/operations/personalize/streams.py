"""Where what callers tell goes: from a tracking id or a dataset's ARN to the dataset and its columns."""

from dataclasses import dataclass

from presage.columns import INTERACTIONS
from presage.errors import InvalidInputException, ResourceNotFoundException
from presage.resources.record import Record
from presage.resources.states import State
from presage.tables.personalize.schema import DatasetSchema

from ..lifecycle import find
from ..server import Server
from . import datasets, event_trackers


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Where rows of a dataset go.

    Parameters
    ----------
    dataset : the dataset's record
    schema : its columns
    group : the id of its dataset group
    """

    dataset: Record
    schema: DatasetSchema
    group: str


def stream_of(server: Server, name: str) -> Stream:
    """The stream of a tracking id (its group's interactions) or of a dataset's ARN, as it was a moment ago.

    Raises ResourceNotFoundException for an unknown ARN, InvalidInputException for a tracking id without a
    tracker or a dataset.
    """
    try:
        return server.streams[name]
    except KeyError:
        found = server.streams[name] = _find(server, name)
        return found


def _find(server: Server, name: str) -> Stream:
    dataset = _dataset(server, name) if name.startswith("arn:") else _interactions(server, name)
    group = server.records.expect(dataset["datasetGroupArn"])
    return Stream(dataset=dataset, schema=server.stores.schema(dataset), group=group["_folder"])


def _dataset(server: Server, arn: str) -> Record:
    dataset = find(server.records, datasets.KIND, arn)
    if not dataset.is_active:
        raise ResourceNotFoundException(f"{arn} is {datasets.KIND.dialect.spell(dataset)}.")
    return dataset


def _interactions(server: Server, tracking_id: str) -> Record:
    tracker = server.records.find_alias(tracking_id)
    if tracker is None or tracker.kind != event_trackers.KIND.name or tracker.state != State.ACTIVE:
        raise InvalidInputException(f"No event tracker has the trackingId {tracking_id!r}.")
    dataset = datasets.dataset_of(server.records, tracker["datasetGroupArn"], INTERACTIONS)
    if dataset is None or not dataset.is_active:
        raise InvalidInputException(
            f"{tracker['datasetGroupArn']} has no Interactions dataset; create one before sending events."
        )
    return dataset
