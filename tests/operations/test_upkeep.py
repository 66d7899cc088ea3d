"""What a server does by itself: told rows are folded, and what is deleted takes none."""

import pytest
from botocore.exceptions import ClientError

from presage.operations import upkeep
from presage.recipes.data import silent
from presage.works import folding

from .conftest import make_dataset


def test_one_record_that_errs_keeps_upkeep_from_no_other(inside):
    """A resource whose kind nobody knows any more stands before one that waits."""
    records = inside.server.records
    with records.writing() as writer:
        for name in ("Unknown", "Schema"):
            writer.add("personalize", name, arn=f"arn:{name}", name=name, body={}, settled=False)
    upkeep.keep_up(inside.server)
    assert records.get("arn:Schema").state == "ACTIVE"


class TestFolding:
    def test_what_was_told_moves_into_the_dataset_and_later_leaves_the_log(self, inside, dataset, tell):
        record = inside.server.records.expect(dataset)
        stream, table = record["_folder"], inside.stores.table(record)
        tell()
        upkeep.keep_up(inside.server)
        assert inside.stores.jobs.state("fold") == "WAITING"
        folding.run(inside.stores.config, "fold", silent)
        assert table.rows().put == 1
        assert len(inside.stores.log.read(0, 10, stream=stream)) == 1, "followers may not have read it yet"
        folding.run(inside.stores.config, "fold", silent)
        assert inside.stores.log.read(0, 10, stream=stream) == []
        assert table.rows().put == 1

    def test_nothing_is_queued_when_nothing_was_told(self, inside, dataset):
        upkeep.keep_up(inside.server)
        assert inside.stores.jobs.state("fold") is None


class TestTelling:
    def test_what_is_told_to_a_deleted_dataset_is_refused(self, personalize, dataset, tell):
        tell()
        personalize.delete_dataset(datasetArn=dataset)
        with pytest.raises(ClientError, match="has been deleted") as refused:
            tell()
        assert refused.value.response["Error"]["Code"] == "InvalidInputException"

    def test_a_deleted_datasets_events_never_come_back(self, inside, personalize, group, dataset, tell):
        tell()
        before = inside.server.records.expect(dataset)
        personalize.delete_dataset(datasetArn=dataset)
        again = make_dataset(personalize, group, before["schemaArn"])
        after = inside.server.records.expect(again)
        assert after.arn == before.arn
        assert after["_folder"] != before["_folder"]
        assert inside.stores.log.read(0, 10) == []
        inside.server.streams.clear()
        tell()
        told = inside.stores.log.read(0, 10)
        assert [(record.stream, record.place) for record in told] == [(after["_folder"], 2)]
