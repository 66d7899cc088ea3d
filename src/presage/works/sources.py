"""Where the data of a dataset group lie, for the memory that serving has of it."""

from presage.resources.record import Record
from presage.resources.states import State
from presage.serving.source import Dataset, Source
from presage.stores import Stores


def source_of(stores: Stores, group: Record) -> Source:
    """The datasets of a group, and its memory, brought to this disk."""
    datasets = stores.records.of_kind("personalize", "Dataset", parent=group.arn, state=State.ACTIVE)
    return Source(
        group=group["_folder"],
        datasets={
            record["datasetType"]: Dataset(
                stream=record["_folder"], table=stores.table(record), layout=stores.layout(record)
            )
            for record in datasets
        },
        snapshots=stores.memory.pull(group["_folder"]),
    )


def group_of(stores: Stores, name: str) -> Record:
    """The dataset group of a name or ARN; raises ValueError."""
    found = stores.records.of_kind("personalize", "DatasetGroup")
    for record in found:
        if name in (record.name, record.arn):
            return record
    known = ", ".join(one.name for one in found) or "none"
    raise ValueError(f"there is no dataset group {name!r}; there are: {known}")


def dataset_of(stores: Stores, group: str, kind: str) -> Record | None:
    """A group's dataset of a type, if it can be read."""
    found = stores.records.of_kind("personalize", "Dataset", parent=group)
    return next((one for one in found if one["datasetType"] == kind and one.is_active), None)
