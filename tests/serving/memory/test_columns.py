import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from presage.artifacts import read_file, write_file
from presage.serving.memory.columns import Table
from presage.serving.memory.records import PLACE, Records

CELLS = {
    "text": (pl.String, st.text(st.characters(codec="utf-8"), max_size=3)),
    "whole": (pl.Int64, st.integers(-(2**63), 2**63 - 1)),
    "small": (pl.Int32, st.integers(-(2**31), 2**31 - 1)),
    "wide": (pl.Float64, st.floats(allow_nan=False)),
    "float": (pl.Float32, st.floats(width=32, allow_nan=False)),
    "is": (pl.Boolean, st.booleans()),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | cell for name, (_, cell) in CELLS.items()}), max_size=8
)


def frame_of(rows):
    return pl.DataFrame(rows, schema={name: kind for name, (kind, _) in CELLS.items()})


@given(ROWS, st.data())
def test_cells_are_kept_exactly(rows, data):
    table = Table.of(frame_of(rows))
    some = data.draw(st.lists(st.integers(0, max(0, len(rows) - 1)), max_size=len(rows)))
    places = pl.Series(some, dtype=pl.Int64).to_numpy()
    assert table.records(places) == [rows[place] for place in some]
    assert table.take(places).records(pl.Series(range(len(some)), dtype=pl.Int64).to_numpy()) == [
        rows[place] for place in some
    ]
    assert table.frame().equals(frame_of(rows), null_equal=True)


@given(ROWS)
def test_a_table_survives_the_disk(tmp_path_factory, rows):
    file = tmp_path_factory.getbasetemp() / "table"
    table = Table.of(frame_of(rows))
    write_file(file, table.arrays("t"), {})
    arrays, _ = read_file(file)
    assert Table.from_arrays(arrays, list(CELLS), "t").frame().equals(frame_of(rows), null_equal=True)


def test_a_cell_as_text_has_no_more_digits_than_it_holds():
    columns = Table.of(frame_of([{"float": 2.1, "wide": 2.1, "is": True, "whole": 3, "text": "a"}])).columns
    found = {name: column.text(0) for name, column in columns.items()}
    assert found == {
        "text": "a",
        "whole": "3",
        "small": None,
        "wide": "2.1",
        "float": "2.1",
        "is": "true",
    }


def records(rows, others=None):
    frame = pl.DataFrame(rows, schema={"ID": pl.String(), "N": pl.Int64(), PLACE: pl.Int64()}, orient="row")
    return Records.of(frame, "ID", others)


def test_the_last_record_of_an_id_holds():
    found = records([("b", 1, 0), ("a", 2, 0), ("b", 3, 7)], pl.Series(["c", "a"]))
    assert list(found.ids) == ["a", "b", "c"]
    assert [found.row(id_) for id_ in "abcd"] == [0, 1, None, None]
    assert found.record(1) == {"N": 3}
    assert found.place.tolist() == [0, 7, -1]
    assert list(found.beyond(0).ids) == ["b"]


def test_records_that_are_told_hold_instead():
    found = records([("b", 1, 0), ("a", 2, 0)], pl.Series(["c"]))
    told = pl.DataFrame({"ID": ["c", "a"], "N": [5, 6], PLACE: [8, 9], "NEW": [None, "x"]})
    both = found.with_told(told, "ID")
    assert {id_: both.record(both.row(id_)) for id_ in both.ids} == {
        "a": {"N": 6, "NEW": "x"},
        "b": {"N": 1, "NEW": None},
        "c": {"N": 5, "NEW": None},
    }
