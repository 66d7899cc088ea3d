"""A table on an S3, as two machines see it."""

from uuid import uuid4

import polars as pl
import pytest

from presage.remote import ObjectStore, ObjectStoreError
from presage.tables.delta import DeltaFolder
from presage.tables.shared import SharedFolder

from ..running import free_port

COLUMNS = {"A": pl.Int64()}
SETTINGS = {"delta.checkpointInterval": "5", "delta.deletedFileRetentionDuration": "interval 0 seconds"}


@pytest.fixture
def store(server, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "presage")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "presage")
    bucket = f"tables-{uuid4().hex[:8]}"
    server.client("s3").create_bucket(Bucket=bucket)
    return ObjectStore(f"s3://{bucket}", endpoint=server.url)


@pytest.fixture
def machines(store, tmp_path):
    return [
        DeltaFolder(SharedFolder(tmp_path / name / "rows", store, "tables/rows"), SETTINGS)
        for name in ("here", "there")
    ]


def commit(table, values, mode="append"):
    with table.writing() as draft:
        pl.DataFrame({"A": values}, schema=COLUMNS).write_parquet(draft / "0.parquet")
        return table.commit([draft / "0.parquet"], COLUMNS, mode, {"read": sum(values)})


def values(table, version=None):
    return table.scan(COLUMNS, version).collect()["A"].to_list()


def copies(tmp_path, name):
    return len(list((tmp_path / name / "rows").glob("*.parquet")))


def test_what_one_commits_the_other_reads(machines):
    here, there = machines
    assert (here.version, values(there)) == (-1, [])
    assert commit(here, [1, 2]) == 0
    assert commit(there, [3]) == 1
    assert commit(here, [9], mode="overwrite") == 2
    for table in machines:
        assert [values(table, version) for version in (0, 1, None)] == [[1, 2], [1, 2, 3], [9]]
        assert (table.rows(), table.transaction("read")) == (1, 9)


def test_what_is_not_kept_goes_from_the_s3_and_from_all_copies(machines, store, tmp_path):
    here, there = machines
    for n in range(12):
        commit(here, [n], mode="overwrite" if n == 11 else "append")
    assert values(there, 10) == list(range(11))
    with here.writing():
        here.prune(())
    assert len(store.list("tables/rows/0")) == copies(tmp_path, "here") == 1
    assert values(there) == [11]
    there.sweep()
    assert copies(tmp_path, "there") == 1
    with pytest.raises(LookupError, match="not kept"):
        there.scan(COLUMNS, 3)
    assert commit(there, [12]) == 12


def test_what_was_found_can_be_read_whatever_another_machine_forgets(machines):
    here, there = machines
    commit(here, [1])
    with there.reading():
        rows = there.scan(COLUMNS)
        commit(here, [2], mode="overwrite")
        with here.writing():
            here.vacuum()
        assert rows.collect()["A"].to_list() == [1]


def test_small_files_are_joined(machines):
    here, there = machines
    for n in range(4):
        commit(here, [n])
    with here.writing():
        here.compact(1_000_000)
    assert values(there) == [0, 1, 2, 3]
    assert there.rows() == 4


def test_a_writer_whose_lease_was_lost_cannot_overwrite_the_other(machines, store):
    here, there = machines
    commit(here, [1])
    with here.writing() as draft:
        store.delete(["tables/rows.lock"])
        late = here._open()
        commit(there, [2])
        pl.DataFrame({"A": [3]}, schema=COLUMNS).write_parquet(draft / "0.parquet")
        actions = here._adopt([draft / "0.parquet"], ["000000000001-000000"])
        with pytest.raises(Exception, match="commit"):
            here._write(late, actions, COLUMNS, "append", {})
    assert values(here) == values(there) == [1, 2]


def test_an_s3_that_is_away_is_said_to_be(tmp_path, store):
    away = ObjectStore("s3://lake", endpoint=f"http://127.0.0.1:{free_port()}")
    table = DeltaFolder(SharedFolder(tmp_path / "rows", away, "rows"), SETTINGS)
    with pytest.raises(ObjectStoreError, match="s3://lake/rows"):
        _ = table.version
