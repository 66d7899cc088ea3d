import polars as pl
import pytest
from deltalake import DeltaTable
from polars.exceptions import PolarsError

from presage.tables.delta import NO_VERSION, DeltaFolder

COLUMNS = {"A": pl.Int64(), "B": pl.String()}


@pytest.fixture
def folder(tmp_path):
    return DeltaFolder(tmp_path / "rows", {"delta.checkpointInterval": "5"})


def commit(folder, *values, mode="append", transaction=None, columns=COLUMNS):
    """One commit with a file per list of values of A."""
    with folder.writing() as draft:
        files = []
        for n, part in enumerate(values):
            files.append(draft / f"{n}.parquet")
            rows = pl.DataFrame({"A": part}).with_columns(pl.lit(None).alias(c) for c in columns if c != "A")
            rows.cast(columns).write_parquet(files[-1])
        return folder.commit(files, columns, mode, transaction)


def commit_broken(folder, draft):
    (draft / "0.parquet").write_text("half")
    folder.commit([draft / "0.parquet"], COLUMNS, "append")


def values(folder, version=None):
    return folder.scan(COLUMNS, version).collect()["A"].to_list()


def test_before_the_first_commit_there_is_nothing(folder):
    assert folder.version == NO_VERSION
    assert folder.transaction == 0
    assert folder.rows() == 0
    assert folder.scan(COLUMNS).collect().schema == COLUMNS
    assert not folder.path.exists()


def test_a_table_whose_making_was_cut_off_is_not_there(folder):
    (folder.path / "_delta_log").mkdir(parents=True)
    assert folder.version == NO_VERSION
    assert commit(folder, [1]) == 0
    assert values(folder) == [1]


def test_rows_keep_the_order_of_their_arrival_in_every_version(folder):
    assert commit(folder, [5, 1], [9]) == 0
    assert commit(folder, [2, 2]) == 1
    assert commit(folder, [7], mode="overwrite") == 2
    assert [values(folder, v) for v in (0, 1, 2)] == [[5, 1, 9], [5, 1, 9, 2, 2], [7]]
    assert values(folder, NO_VERSION) == []
    assert folder.rows() == 1


def test_a_transaction_is_kept_until_a_commit_brings_another(folder):
    commit(folder, [1], transaction=11)
    commit(folder, [2])
    assert folder.transaction == 11
    commit(folder, [3], transaction=12)
    assert folder.transaction == 12


def test_what_is_not_committed_leaves_nothing(folder):
    commit(folder, [1])
    with pytest.raises(PolarsError), folder.writing() as draft:
        commit_broken(folder, draft)
    assert values(folder) == [1]
    assert sorted(f.name for f in folder.path.parent.iterdir()) == ["rows", "rows.lock"]


def test_what_an_earlier_writer_left_is_gone(folder):
    with folder.writing() as draft:
        left = draft
    left.mkdir()
    (left / "old.parquet").write_text("half")
    with folder.writing() as draft:
        assert list(draft.iterdir()) == []


def test_a_new_column_is_null_in_older_rows_and_known_to_other_readers(folder):
    commit(folder, [1])
    wider = COLUMNS | {"C": pl.Float32()}
    commit(folder, [2], columns=wider)
    assert folder.scan(wider).collect()["C"].to_list() == [None, None]
    assert [f.name for f in DeltaTable(folder.path).schema().fields] == ["A", "B", "C"]


def test_compaction_keeps_every_row_and_the_transaction(folder):
    for n in range(12):
        commit(folder, [n], transaction=n)
    folder.compact(retention_hours=0)
    assert sorted(values(folder)) == list(range(12))
    assert folder.transaction == 11
    assert len(list(folder.path.glob("*.parquet"))) == 1
    commit(folder, [12], transaction=12)
    assert sorted(values(folder)) == list(range(13))


def test_a_table_that_is_not_there_can_be_compacted(folder):
    folder.compact(retention_hours=0)
    assert folder.version == NO_VERSION


def test_checkpoints_are_written(folder):
    for n in range(7):
        commit(folder, [n])
    assert list((folder.path / "_delta_log").glob("*.checkpoint*.parquet"))


def test_a_folder_may_have_any_name(tmp_path, monkeypatch):
    folder = DeltaFolder(tmp_path / "a b c é #[x]*" / "rows", {})
    commit(folder, [1], transaction=3)
    commit(folder, [2])
    folder.compact(retention_hours=0)
    assert sorted(values(folder)) == [1, 2]
    monkeypatch.chdir(folder.path)
    assert DeltaFolder(folder.path.relative_to(folder.path.parent), {}).version == NO_VERSION
    monkeypatch.chdir(folder.path.parent)
    assert DeltaFolder(folder.path.relative_to(folder.path.parent), {}).transaction == 3
