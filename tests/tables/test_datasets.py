import dataclasses
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
from deltalake import DeltaTable

from presage.tables import datasets
from presage.tables.datasets import DatasetTable, DatasetVersion, ImportSummary, RowCounts
from presage.tables.layout import Column
from presage.tables.personalize.schema import OWN_COLUMNS

from .samples import INTERACTIONS, ITEMS


@pytest.fixture
def root(tmp_path):
    return tmp_path / "dataset"


@pytest.fixture
def table(root):
    return DatasetTable(root)


def store(table, layout, rows, mode="INCREMENTAL", **options):
    with table.importing() as draft:
        file = draft / "0.parquet"
        pl.DataFrame(rows, schema=layout.types).write_parquet(file)
        return table.store([file], layout, mode, rows=len(rows), **options).version


def told(table, layout, *rows):
    """Fold rows, each a dict with its _SEQ."""
    with table.folding() as draft:
        file = draft / "told.parquet"
        pl.DataFrame(rows, schema=layout.told_types).write_parquet(file)
        table.put(file, layout, max(row["_SEQ"] for row in rows))


def event(user, item, time, seq=0, **more):
    row = {"USER_ID": user, "ITEM_ID": item, "TIMESTAMP": time, "EVENT_TYPE": "view", "EVENT_VALUE": None}
    return row | ({"_SEQ": seq} if seq else {}) | more


def item(name, price, seq=0):
    return {"ITEM_ID": name, "PRICE": price} | ({"_SEQ": seq} if seq else {})


def test_no_schema_can_name_a_column_that_presage_adds():
    assert set(INTERACTIONS.told_types) - set(INTERACTIONS.types) == OWN_COLUMNS


def test_an_empty_dataset_has_the_schemas_columns(table):
    assert table.version == DatasetVersion(bulk=-1, seq=0)
    assert table.rows() == RowCounts(bulk=0, put=0)
    assert table.read(INTERACTIONS).schema == INTERACTIONS.types
    assert table.read(ITEMS, columns=["PRICE"]).schema == {"PRICE": pl.Float32()}


def test_a_full_import_replaces_what_was_imported_but_not_what_was_told(table):
    store(table, INTERACTIONS, [event("a", "x", 1)])
    told(table, INTERACTIONS, event("b", "y", 2, seq=7))
    version = store(table, INTERACTIONS, [event("c", "z", 3)], mode="FULL")
    assert version == table.version == DatasetVersion(bulk=1, seq=7)
    assert table.read(INTERACTIONS)["USER_ID"].to_list() == ["c", "b"]
    assert table.rows() == RowCounts(bulk=1, put=1)


def test_an_old_version_reads_as_it_was(table):
    versions = [store(table, INTERACTIONS, [event("a", "x", 1)])]
    told(table, INTERACTIONS, event("b", "y", 2, seq=1))
    versions.append(table.version)
    told(table, INTERACTIONS, event("c", "y", 2, seq=5))
    versions.append(store(table, INTERACTIONS, [event("d", "z", 3)], mode="FULL"))
    read = [table.read(INTERACTIONS, v)["USER_ID"].to_list() for v in versions]
    assert read == [["a"], ["a", "b"], ["d", "b", "c"]]


def test_equal_interactions_count_once_and_keep_their_order(table):
    store(table, INTERACTIONS, [event("b", "x", 2), event("a", "x", 1), event("b", "x", 2)])
    told(table, INTERACTIONS, event("a", "x", 1, seq=1), event("a", "x", 1, seq=2, EVENT_TYPE="buy"))
    rows = table.read(INTERACTIONS, columns=["USER_ID", "EVENT_TYPE"]).rows()
    assert rows == [("b", "view"), ("a", "view"), ("a", "buy")]
    assert table.rows() == RowCounts(bulk=3, put=2)


def test_of_events_with_one_id_the_first_is_learned_and_all_are_told(table):
    told(
        table,
        INTERACTIONS,
        event("a", "x", 1, seq=1, _EVENT_ID="e"),
        event("a", "y", 2, seq=2, _EVENT_ID="e"),
        event("a", "z", 3, seq=3),
        event("a", "w", 4, seq=4),
        event("a", "y", 2, seq=5, EVENT_TYPE="buy", _EVENT_ID="e"),
    )
    assert table.read(INTERACTIONS)["ITEM_ID"].to_list() == ["x", "z", "w"]
    assert table.told(INTERACTIONS, 5).collect()["ITEM_ID"].to_list() == ["x", "y", "z", "w"]


def test_an_event_without_a_user_is_that_of_its_sessions_user_else_told_as_the_sessions_own(table):
    told(
        table,
        INTERACTIONS,
        event(None, "x", 1, seq=1, _SESSION_ID="s"),
        event("ann", "y", 2, seq=2, _SESSION_ID="s"),
        event(None, "z", 3, seq=3, _SESSION_ID="t"),
        event("bob", "w", 4, seq=4),
        event("eve", "w", 5, seq=5, _SESSION_ID="eve"),
    )
    assert table.told(INTERACTIONS, 5).collect()["USER_ID"].to_list() == ["ann", "ann", "t", "bob", "eve"]
    assert table.read(INTERACTIONS)["USER_ID"].to_list() == ["ann", "ann", "bob", "eve"], "t is nobody"


def test_an_item_is_its_last_record_and_told_ones_win(table):
    store(table, ITEMS, [item("x", 1.0), item("y", 1.0), item("x", 2.0)])
    store(table, ITEMS, [item("y", 3.0), item("z", 3.0)])
    told(table, ITEMS, item("z", 4.0, seq=1), item("w", 4.0, seq=2), item("w", 5.0, seq=3))
    store(table, ITEMS, [item("z", 9.0)])
    found = table.read(ITEMS, columns=["ITEM_ID", "PRICE"])
    assert dict(found.rows()) == {"x": 2.0, "y": 3.0, "z": 4.0, "w": 5.0}


def test_a_column_that_an_old_import_lacks_is_null(table):
    store(table, ITEMS, [item("x", 1.0)])
    wider = dataclasses.replace(
        ITEMS, columns=(*ITEMS.columns, Column(name="COLOUR", kind="string", nullable=True))
    )
    store(table, wider, [item("y", 2.0) | {"COLOUR": "red"}])
    assert table.read(wider, columns=["ITEM_ID", "COLOUR"]).rows() == [("x", None), ("y", "red")]
    assert table.read(ITEMS, columns=["ITEM_ID"]).height == 2


def test_the_distinct_values_of_a_column_are_those_that_imports_brought(table):
    store(table, ITEMS, [item("x", 1.0), item("y", 1.0), item("z", None)])
    told(table, ITEMS, item("x", 2.0, seq=1))
    assert table.distinct("PRICE", ITEMS) == {1.0, None}


def files_of(folder):
    """How many data files, log entries and checkpoints a Delta table has."""
    log = folder / "_delta_log"
    checkpoints = len(list(log.glob("*.checkpoint.parquet")))
    return len(list(folder.glob("*.parquet"))), len(list(log.glob("*.json"))), checkpoints


def test_compaction_changes_no_answer(table, root):
    for seq in range(1, 61):
        told(table, INTERACTIONS, event("a", f"i{seq}", seq, seq=seq))
    assert table.read(INTERACTIONS)["TIMESTAMP"].to_list() == list(range(1, 61))
    assert table.rows() == RowCounts(bulk=0, put=60)
    assert len(DeltaTable(root / "put").file_uris()) < 20


def test_many_small_folds_leave_a_bounded_number_of_files(table, root, monkeypatch):
    monkeypatch.setattr(datasets, "_FOLDS_PER_COMPACTION", 5)
    monkeypatch.setattr(datasets, "_PUT_VERSIONS_KEPT", 10)
    most = (0, 0, 0)
    for seq in range(1, 151):
        told(table, INTERACTIONS, event("a", f"i{seq}", seq, seq=seq))
        if seq > 70:
            most = tuple(map(max, most, files_of(root / "put")))
    n_files, n_entries, n_checkpoints = most
    assert n_files <= 5 + 5 + 2, "those since the last two compactions, and what they made"
    assert n_entries <= 10 + 10 + 5 + 2, "those kept, and those since the checkpoint before"
    assert n_checkpoints <= 4
    assert table.folded == 150
    assert table.read(INTERACTIONS)["TIMESTAMP"].to_list() == list(range(1, 151))


def test_the_newest_imports_and_those_that_are_needed_are_kept(table, root):
    for n in range(14):
        store(table, ITEMS, [item(f"x{n}", 1.0)], mode="FULL", keep={1})
    kept = [n for n in range(14) if is_readable(table, n)]
    assert kept == [1, *range(4, 14)]
    assert files_of(root / "bulk")[0] == 11


def is_readable(table, version):
    try:
        return table.read(ITEMS, DatasetVersion(bulk=version))["ITEM_ID"].to_list() == [f"x{version}"]
    except LookupError:
        return False


def test_an_import_is_found_by_its_job(table):
    assert table.imported("job 1", ITEMS) is None
    version = store(table, ITEMS, [item("x", 1.0), item("y", 1.0)], mode="FULL", job="job 1")
    store(table, ITEMS, [item("z", 1.0)], job="job 2")
    store(table, ITEMS, [item("z", 1.0)])
    assert table.imported("job 1", ITEMS) == ImportSummary(rows=2, version=version)
    assert table.imported("job 2", ITEMS).rows == 1
    assert table.imported("job 3", ITEMS) is None


def test_a_deleted_dataset_is_empty_again(table, root):
    store(table, ITEMS, [item("x", 1.0)])
    table.delete()
    assert not root.exists()
    assert table.read(ITEMS).height == 0
    table.delete()


def test_of_users_that_are_forgotten_nothing_is_left(table, root):
    store(table, INTERACTIONS, [event("ann", "a", 1), event("bob", "b", 2)])
    store(table, INTERACTIONS, [event("ann", "c", 3), event("cid", "d", 4)], mode="FULL")
    told(
        table,
        INTERACTIONS,
        event(None, "x", 5, seq=1, _SESSION_ID="s"),
        event("ann", "y", 6, seq=2, _SESSION_ID="s"),
        event(None, "z", 7, seq=3, _SESSION_ID="t"),
        event("bob", "w", 8, seq=4, _SESSION_ID="u"),
    )
    users = pl.Series(["ann", "t", "nobody"])
    assert table.holds(INTERACTIONS, users) == {"ann", "t"}
    table.forget(INTERACTIONS, users)
    table.vacuum()
    assert table.holds(INTERACTIONS, users) == set()
    assert table.read(INTERACTIONS)["ITEM_ID"].to_list() == ["d", "w"]
    assert table.folded == 4
    left = pl.concat(pl.read_parquet(file, columns=["USER_ID"]) for file in root.rglob("*.parquet"))
    assert set(left["USER_ID"]) == {"cid", "bob"}
    told(table, INTERACTIONS, event("ann", "v", 9, seq=5))
    assert table.read(INTERACTIONS)["ITEM_ID"].to_list() == ["d", "w", "v"]


def test_rows_are_forgotten_once_nobody_reads_them(table, root):
    store(table, INTERACTIONS, [event("ann", "a", 1), event("bob", "b", 2)])
    with ThreadPoolExecutor(1) as other:
        with table.reading():
            rows = table.stored(INTERACTIONS, "BULK")
            table.forget(INTERACTIONS, pl.Series(["ann"]))
            vacuumed = other.submit(table.vacuum)
            with pytest.raises(TimeoutError):
                vacuumed.result(timeout=0.2)
            assert rows.collect()["USER_ID"].to_list() == ["ann", "bob"]
        vacuumed.result()
    with pytest.raises(FileNotFoundError):
        rows.collect()


def test_a_dataset_that_is_about_no_users_forgets_nobody(table):
    store(table, ITEMS, [item("ann", 1.0)])
    table.forget(ITEMS, pl.Series(["ann"]))
    table.vacuum()
    assert table.read(ITEMS)["ITEM_ID"].to_list() == ["ann"]
    assert table.holds(ITEMS, pl.Series(["ann"])) == set()
