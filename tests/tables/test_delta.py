import threading

import polars as pl
import pytest
from deltalake import DeltaTable
from polars.exceptions import PolarsError

from presage.tables.delta import NO_VERSION, DeltaFolder
from presage.tables.folder import LocalFolder

COLUMNS = {"A": pl.Int64(), "B": pl.String()}


SETTINGS = {
    "delta.checkpointInterval": "5",
    "delta.enableExpiredLogCleanup": "false",
    "delta.deletedFileRetentionDuration": "interval 0 seconds",
}


def delta(path, settings=SETTINGS):
    return DeltaFolder(LocalFolder(path), settings)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "rows"


@pytest.fixture
def folder(path):
    return delta(path)


def commit(folder, *values, mode="append", transaction=None, named="", columns=COLUMNS):
    """One commit with a file per list of values of A."""
    with folder.writing() as draft:
        files = []
        for n, part in enumerate(values):
            files.append(draft / f"{n}.parquet")
            rows = pl.DataFrame({"A": part}).with_columns(pl.lit(None).alias(c) for c in columns if c != "A")
            rows.cast(columns).write_parquet(files[-1])
        transactions = {} if transaction is None else {"read": transaction}
        return folder.commit(files, columns, mode, transactions, named)


def commit_broken(folder, draft):
    (draft / "0.parquet").write_text("half")
    folder.commit([draft / "0.parquet"], COLUMNS, "append")


def values(folder, version=None):
    return folder.scan(COLUMNS, version).collect()["A"].to_list()


def test_before_the_first_commit_there_is_nothing(folder, path):
    assert folder.version == NO_VERSION
    assert folder.transaction("read") is None
    assert folder.rows() == 0
    assert folder.scan(COLUMNS).collect().schema == COLUMNS
    assert not path.exists()


def test_a_table_whose_making_was_cut_off_is_not_there(folder, path):
    (path / "_delta_log").mkdir(parents=True)
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
    assert folder.transaction("read") == 11
    commit(folder, [3], transaction=12)
    assert folder.transaction("read") == 12


def test_what_is_not_committed_leaves_nothing(folder, path):
    commit(folder, [1])
    with pytest.raises(PolarsError), folder.writing() as draft:
        commit_broken(folder, draft)
    assert values(folder) == [1]
    assert sorted(f.name for f in path.parent.iterdir()) == ["rows", "rows.lock"]


def test_what_an_earlier_writer_left_is_gone(folder):
    with folder.writing() as draft:
        left = draft
    left.mkdir()
    (left / "old.parquet").write_text("half")
    with folder.writing() as draft:
        assert list(draft.iterdir()) == []


def test_a_new_column_is_null_in_older_rows_and_known_to_other_readers(folder, path):
    commit(folder, [1])
    wider = COLUMNS | {"C": pl.Float32()}
    commit(folder, [2], columns=wider)
    assert folder.scan(wider).collect()["C"].to_list() == [None, None]
    assert [f.name for f in DeltaTable(path).schema().fields] == ["A", "B", "C"]


def compact(folder, most_bytes=10**9):
    with folder.writing():
        folder.compact(most_bytes)


def prune(folder, *keep):
    with folder.writing():
        folder.prune(keep)


def data_files(path):
    return len(list(path.glob("*.parquet")))


def log_entries(path):
    return sorted(int(f.name[:20]) for f in (path / "_delta_log").glob("*.json"))


def test_compaction_keeps_every_row_in_order_and_the_transaction(folder):
    for n in range(12):
        commit(folder, [n, -n], transaction=n)
    before = values(folder)
    compact(folder)
    assert values(folder) == before
    assert values(folder, 3) == before[:8]
    assert folder.transaction("read") == 11
    assert folder.version == 12
    commit(folder, [12], transaction=12)
    assert values(folder) == [*before, 12]
    assert folder.rows() == 25


def test_only_the_newest_files_that_are_small_together_are_joined(folder, path):
    commit(folder, list(range(50_000)))
    for n in range(4):
        commit(folder, [n], [n])
    compact(folder, most_bytes=10_000)
    assert values(folder)[50_000:] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert len(DeltaTable(path).file_uris()) == 2
    compact(folder, most_bytes=100)
    assert folder.version == 5


def test_a_table_that_is_not_there_can_be_compacted(folder):
    compact(folder)
    assert folder.version == NO_VERSION


def test_a_table_that_got_columns_keeps_them_when_it_is_compacted(folder):
    wider = COLUMNS | {"C": pl.Float32()}
    commit(folder, [1])
    commit(folder, [2], columns=wider)
    compact(folder)
    assert folder.scan(wider).collect().columns == ["A", "B", "C"]
    assert values(folder) == [1, 2]


def test_what_no_kept_version_needs_is_deleted(folder, path):
    for n in range(6):
        commit(folder, [n], mode="overwrite")
    assert data_files(path) == 6
    prune(folder, 1, 4)
    assert data_files(path) == 3
    assert [values(folder, version) for version in (1, 4, 5)] == [[1], [4], [5]]
    with pytest.raises(LookupError, match="version 3 .* is not kept; the newest is 5"):
        values(folder, 3)
    prune(folder)
    assert data_files(path) == 1


def test_log_entries_older_than_every_kept_version_are_deleted(folder, path):
    for n in range(23):
        commit(folder, [n])
    prune(folder, 12)
    assert log_entries(path) == list(range(9, 23)), "version 9 has a checkpoint"
    assert values(folder, 12) == list(range(13))
    assert values(folder) == list(range(23))
    with pytest.raises(LookupError):
        values(folder, 8)
    with pytest.raises(LookupError):
        values(folder, 99)


def test_what_a_killed_writer_left_in_the_folder_is_deleted(folder, path):
    commit(folder, [1])
    (path / "000000000001-000000-left.parquet").write_text("half")
    prune(folder)
    assert data_files(path) == 1
    assert values(folder) == [1]


def test_an_older_table_gets_the_settings_of_today(path):
    commit(delta(path, {"delta.logRetentionDuration": "interval 1 days"}), [1])
    folder = delta(path)
    commit(folder, [2])
    commit(folder, [3])
    assert folder.version == 3, "the settings were changed once"
    assert SETTINGS.items() <= DeltaTable(path).metadata().configuration.items()
    assert values(folder) == [1, 2, 3]


def test_a_commit_is_found_by_its_name(folder):
    assert folder.transaction("import 1") is None
    commit(folder, [1], named="import 1")
    commit(folder, [2], columns=COLUMNS | {"C": pl.Float32()}, named="import 2")
    commit(folder, [3])
    assert folder.transaction("import 1") == 0
    assert values(folder, folder.transaction("import 2")) == [1, 2]


def test_checkpoints_are_written(folder, path):
    for n in range(7):
        commit(folder, [n])
    assert list((path / "_delta_log").glob("*.checkpoint*.parquet"))


def test_a_folder_may_have_any_name(tmp_path, monkeypatch):
    path = tmp_path / "a b c é #[x]*" / "rows"
    folder = delta(path)
    commit(folder, [1], transaction=3)
    commit(folder, [2])
    compact(folder)
    prune(folder)
    assert values(folder) == [1, 2]
    monkeypatch.chdir(path)
    assert delta(path.relative_to(path.parent)).version == NO_VERSION
    monkeypatch.chdir(path.parent)
    assert delta(path.relative_to(path.parent)).transaction("read") == 3


def test_the_latest_of_each_key_is_what_the_last_commit_with_that_key_brought(folder):
    def latest():
        rows = folder.scan_latest(COLUMNS, ["A"]).collect()
        return sorted(zip(rows["A"], rows["B"], strict=True))

    def bring(*rows, mode="append"):
        with folder.writing() as draft:
            pl.DataFrame(rows, schema=COLUMNS, orient="row").write_parquet(draft / "0.parquet")
            folder.commit([draft / "0.parquet"], COLUMNS, mode)

    assert latest() == []
    bring((1, "a"), (1, "b"), (2, "c"))
    assert latest() == [(1, "a"), (1, "b"), (2, "c")]
    bring((1, "d"), (1, "e"), (3, "f"))
    bring((3, "g"))
    assert latest() == [(1, "d"), (1, "e"), (2, "c"), (3, "g")]
    bring((2, "h"), mode="overwrite")
    assert latest() == [(2, "h")]


def test_a_table_that_is_written_all_the_time_is_linked_whole(folder, tmp_path):
    """Files are joined, and those that no version needs deleted, while second names are given."""
    done = threading.Event()

    def write():
        for n in range(1, 40):
            commit(folder, [n])
            if n % 3 == 0:
                with folder.writing():
                    folder.compact(1_000_000)
                    folder.prune(())
        done.set()

    commit(folder, [0])
    writer = threading.Thread(target=write)
    writer.start()
    n_links = 0
    while not done.is_set():
        n_links += 1
        into = tmp_path / f"linked-{n_links}"
        folder.link(into)
        found = values(delta(into))
        assert found == list(range(len(found)))
        assert commit(delta(into), [99]) == delta(into).version
    writer.join()
    assert n_links > 3


def test_kept_versions_are_linked_too(folder, tmp_path):
    for n in range(3):
        commit(folder, [n], mode="overwrite")
    folder.link(tmp_path / "linked")
    assert [values(delta(tmp_path / "linked"), n) for n in range(3)] == [[0], [1], [2]]
    delta(tmp_path / "nothing").link(tmp_path / "linked nothing")
    assert not (tmp_path / "linked nothing").exists()
