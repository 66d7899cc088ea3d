from contextlib import closing

import pytest

from presage.config import Config
from presage.stores import Stores

from ..operations.shop import avro

FIELDS = [
    {"name": "USER_ID", "type": "string"},
    {"name": "ITEM_ID", "type": "string"},
    {"name": "TIMESTAMP", "type": "long"},
]


@pytest.fixture
def config(tmp_path):
    return Config(data=tmp_path)


@pytest.fixture
def stores(config):
    """A folder with a dataset group `g` and an empty dataset `one` in it."""
    with closing(Stores(config)) as stores:
        with stores.records.writing() as records:
            records.add(
                "personalize",
                "Schema",
                arn="good",
                name="good",
                body={"schema": avro("Interactions", FIELDS)},
            )
            records.add("personalize", "DatasetGroup", arn="g", name="g", body={"_folder": "g"})
            for arn in ("good", "g"):
                records.settle(records.get(arn))
        add_dataset(stores, "one")
        yield stores


def add_dataset(stores, name, schema="good"):
    """An ACTIVE dataset whose rows lie in a folder of its name."""
    body = {"schemaArn": schema, "_folder": name, "datasetGroupArn": "g", "datasetType": "INTERACTIONS"}
    with stores.records.writing() as records:
        record = records.add(
            "personalize", "Dataset", arn=f"arn:{name}", name=name, body=body, parents=[schema, "g"]
        )
        records.settle(record)
    if "log" in vars(stores):
        stores.log.open_stream(name, "dataset")
    return record
