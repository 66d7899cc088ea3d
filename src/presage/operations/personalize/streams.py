"""Where what callers tell goes: from a tracking id or a dataset's ARN to the dataset and its columns."""

from dataclasses import dataclass

from presage.columns import ACTION_INTERACTIONS, INTERACTIONS
from presage.errors import InvalidInputException, ResourceNotFoundException
from presage.resources.record import Record
from presage.resources.states import State
from presage.tables.personalize.schema import DatasetSchema

from ..lifecycle import find
from ..server import Server
from . import datasets


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
    """The stream of a tracking id or of a dataset's ARN, as it was a moment ago.

    An event tracker's tracking id is that of its group's interactions; an Action interactions dataset has one
    of its own.

    Raises ResourceNotFoundException for an unknown ARN, InvalidInputException for a tracking id without a
    tracker or a dataset.
    """
    try:
        return server.streams[name]
    except KeyError:
        found = server.streams[name] = _find(server, name)
        return found


def tracked(server: Server, tracking_id: str, dataset_type: str) -> Stream:
    """The stream of a tracking id; raises InvalidInputException too if it is of another type of dataset."""
    stream = stream_of(server, tracking_id)
    if stream.dataset["datasetType"] != dataset_type:
        call = "PutEvents" if dataset_type == ACTION_INTERACTIONS else "PutActionInteractions"
        raise InvalidInputException(
            f"The trackingId {tracking_id!r} is of {stream.dataset.arn}; tell it by {call}."
        )
    return stream


def _find(server: Server, name: str) -> Stream:
    dataset = _dataset(server, name) if name.startswith("arn:") else _tracked(server, name)
    group = server.records.expect(dataset["datasetGroupArn"])
    return Stream(dataset=dataset, schema=server.stores.schema(dataset), group=group["_folder"])


def _dataset(server: Server, arn: str) -> Record:
    dataset = find(server.records, datasets.KIND, arn)
    if not dataset.is_active:
        raise ResourceNotFoundException(f"{arn} is {datasets.KIND.dialect.spell(dataset)}.")
    return dataset


def _tracked(server: Server, tracking_id: str) -> Record:
    tracker = server.records.find_alias(tracking_id)
    if tracker is None or tracker.state != State.ACTIVE:
        raise InvalidInputException(
            f"No event tracker and no Action interactions dataset has the trackingId {tracking_id!r}."
        )
    if tracker.kind == datasets.KIND.name:
        return _dataset(server, tracker.arn)
    dataset = datasets.dataset_of(server.records, tracker["datasetGroupArn"], INTERACTIONS)
    if dataset is None or not dataset.is_active:
        raise InvalidInputException(
            f"{tracker['datasetGroupArn']} has no Interactions dataset; create one before sending events."
        )
    return dataset
