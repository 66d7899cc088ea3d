"""One home for what is stored: the log of a data folder knows the datasets that the records know."""

from contextlib import closing

import pytest

from presage.config import Config
from presage.stores import Stores

from .data import unpack_format_1


@pytest.fixture
def folder(tmp_path):
    """What an older presage wrote, whose events lie in streams called by the datasets' ARNs."""
    return unpack_format_1(tmp_path)[0]


def folders(stores):
    return {one["datasetType"]: one["_folder"] for one in stores.datasets()}


def test_an_older_folders_streams_are_called_as_the_datasets_folders(folder):
    with closing(Stores(Config(data=folder))) as stores:
        streams = [record.stream for record in stores.log.read(0, 100)]
        known = folders(stores)
    assert streams == [known["INTERACTIONS"]] * 11 + [known["ITEMS"], known["USERS"]]


def test_a_log_that_is_gone_takes_up_its_streams_after_what_is_folded(folder):
    for file in folder.glob("events.*"):
        file.unlink()
    with closing(Stores(Config(data=folder))) as stores:
        places = [stores.log.append(name, [{}]).result()[0] for name in folders(stores).values()]
    assert places == [5, 6, 7], "4 were folded"


def test_a_dataset_that_is_dropped_leaves_nothing(folder):
    with closing(Stores(Config(data=folder))) as stores:
        dataset = next(one for one in stores.datasets() if one["datasetType"] == "INTERACTIONS")
        assert stores.table(dataset).rows().bulk > 0
        stores.drop_dataset(dataset)
        assert stores.table(dataset).rows().bulk == 0
        assert stores.log.read(0, 100, stream=dataset["_folder"]) == []


def test_a_schema_is_read_once(folder):
    with closing(Stores(Config(data=folder))) as stores:
        dataset = stores.datasets()[0]
        assert stores.schema(dataset) is stores.schema(dataset)
