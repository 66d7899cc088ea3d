import dataclasses

import polars as pl
import pytest
from deltalake import DeltaTable

from presage.tables.datasets import (
    PUT_COLUMNS,
    DatasetTable,
    DatasetVersion,
    RowCounts,
    columns_of,
    put_columns,
)
from presage.tables.schema import OWN_COLUMNS, Field

from .samples import INTERACTIONS, ITEMS


@pytest.fixture
def table(tmp_path):
    return DatasetTable(tmp_path / "dataset")


def store(table, schema, rows, mode="append"):
    with table.importing() as draft:
        file = draft / "0.parquet"
        pl.DataFrame(rows, schema=columns_of(schema)).write_parquet(file)
        return getattr(table, mode)([file], schema)


def told(table, schema, *rows):
    """Fold rows, each a dict with its _SEQ."""
    with table.folding() as draft:
        file = draft / "told.parquet"
        pl.DataFrame(rows, schema=put_columns(schema)).write_parquet(file)
        table.put(file, schema, max(row["_SEQ"] for row in rows))


def event(user, item, time, seq=0, **more):
    row = {"USER_ID": user, "ITEM_ID": item, "TIMESTAMP": time, "EVENT_TYPE": "view", "EVENT_VALUE": None}
    return row | ({"_SEQ": seq} if seq else {}) | more


def item(name, price, seq=0):
    return {"ITEM_ID": name, "PRICE": price} | ({"_SEQ": seq} if seq else {})


def test_no_schema_can_name_a_column_that_presage_adds():
    assert set(PUT_COLUMNS) == OWN_COLUMNS


def test_an_empty_dataset_has_the_schemas_columns(table):
    assert table.version == DatasetVersion(bulk=-1, seq=0)
    assert table.rows() == RowCounts(bulk=0, put=0)
    assert table.read(INTERACTIONS).schema == columns_of(INTERACTIONS)
    assert table.read(ITEMS, columns=["PRICE"]).schema == {"PRICE": pl.Float32()}


def test_a_full_import_replaces_what_was_imported_but_not_what_was_told(table):
    store(table, INTERACTIONS, [event("a", "x", 1)])
    told(table, INTERACTIONS, event("b", "y", 2, seq=7))
    version = store(table, INTERACTIONS, [event("c", "z", 3)], mode="replace")
    assert version == table.version == DatasetVersion(bulk=1, seq=7)
    assert table.read(INTERACTIONS)["USER_ID"].to_list() == ["c", "b"]
    assert table.rows() == RowCounts(bulk=1, put=1)


def test_an_old_version_reads_as_it_was(table):
    versions = [store(table, INTERACTIONS, [event("a", "x", 1)])]
    told(table, INTERACTIONS, event("b", "y", 2, seq=1))
    versions.append(table.version)
    told(table, INTERACTIONS, event("c", "y", 2, seq=5))
    versions.append(store(table, INTERACTIONS, [event("d", "z", 3)], mode="replace"))
    read = [table.read(INTERACTIONS, v)["USER_ID"].to_list() for v in versions]
    assert read == [["a"], ["a", "b"], ["d", "b", "c"]]


def test_equal_interactions_count_once_and_keep_their_order(table):
    store(table, INTERACTIONS, [event("b", "x", 2), event("a", "x", 1), event("b", "x", 2)])
    told(table, INTERACTIONS, event("a", "x", 1, seq=1), event("a", "x", 1, seq=2, EVENT_TYPE="buy"))
    rows = table.read(INTERACTIONS, columns=["USER_ID", "EVENT_TYPE"]).rows()
    assert rows == [("b", "view"), ("a", "view"), ("a", "buy")]
    assert table.rows() == RowCounts(bulk=3, put=2)


def test_of_events_with_one_id_the_first_stays(table):
    told(
        table,
        INTERACTIONS,
        event("a", "x", 1, seq=1, _EVENT_ID="e"),
        event("a", "y", 2, seq=2, _EVENT_ID="e"),
        event("a", "z", 3, seq=3),
        event("a", "w", 4, seq=4),
    )
    assert table.read(INTERACTIONS)["ITEM_ID"].to_list() == ["x", "z", "w"]


def test_an_anonymous_event_is_that_of_its_sessions_user_else_of_the_session(table):
    told(
        table,
        INTERACTIONS,
        event(None, "x", 1, seq=1, _SESSION_ID="s"),
        event("ann", "y", 2, seq=2, _SESSION_ID="s"),
        event(None, "z", 3, seq=3, _SESSION_ID="t"),
        event("bob", "w", 4, seq=4),
    )
    assert table.read(INTERACTIONS)["USER_ID"].to_list() == ["ann", "ann", "t", "bob"]


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
        ITEMS, fields=(*ITEMS.fields, Field(name="COLOUR", kind="string", nullable=True))
    )
    store(table, wider, [item("y", 2.0) | {"COLOUR": "red"}])
    assert table.read(wider, columns=["ITEM_ID", "COLOUR"]).rows() == [("x", None), ("y", "red")]
    assert table.read(ITEMS, columns=["ITEM_ID"]).height == 2


def test_the_distinct_values_of_a_column(table):
    store(table, ITEMS, [item("x", 1.0), item("y", 1.0), item("z", None)])
    assert table.distinct("PRICE", ITEMS) == {1.0, None}


def test_compaction_changes_no_answer(table):
    for seq in range(1, 61):
        told(table, INTERACTIONS, event("a", f"i{seq}", seq, seq=seq))
    assert table.read(INTERACTIONS)["TIMESTAMP"].to_list() == list(range(1, 61))
    assert table.rows() == RowCounts(bulk=0, put=60)
    assert len(DeltaTable(table.root / "put").file_uris()) < 20


def test_a_deleted_dataset_is_empty_again(table):
    store(table, ITEMS, [item("x", 1.0)])
    table.delete()
    assert not table.root.exists()
    assert table.read(ITEMS).height == 0
    table.delete()
