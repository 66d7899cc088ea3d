"""A dataset unlike Personalize's: no header, times as text, NaN for missing, a key of three columns."""

import dataclasses

import polars as pl
import pytest

from presage.errors import JobFailure
from presage.tables.datasets import DatasetTable
from presage.tables.imports import import_files
from presage.tables.layout import Column, Layout, Rule
from presage.tables.personalize.layout import ASIDE

from .samples import INTERACTIONS


def seconds(text):
    return text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).dt.epoch("s")


DEMAND = Layout(
    columns=(
        Column(name="item_id", kind="string"),
        Column(
            name="timestamp",
            kind="long",
            file_kind="string",
            convert=seconds,
            wanted="a time such as 2020-01-31 00:00:00",
        ),
        Column(name="demand", kind="double", nullable=True, convert=lambda value: value.fill_nan(None)),
        Column(name="location", kind="string", nullable=True),
    ),
    key=("item_id", "timestamp", "location"),
    is_header=lambda _: False,
    rules=(
        Rule(column="demand", broken=pl.col("demand") < 0, text="demand must not be negative"),
        Rule(column="timestamp", broken=pl.col("timestamp").is_null(), text="timestamp must not be empty"),
    ),
)


@pytest.fixture
def table(tmp_path):
    return DatasetTable(tmp_path / "dataset")


@pytest.fixture
def load(table, tmp_path):
    """Imports a text."""

    def load(text, layout=DEMAND, mode="FULL"):
        path = tmp_path / "demand.csv"
        path.write_text(text)
        return import_files([("s3://b/demand.csv", path)], layout, table, mode, lambda *_: None)

    return load


def test_texts_become_what_is_stored(table, load):
    load("a,2020-01-01 00:00:00,3.5,x\na,2020-01-01 01:00:00,NaN,\nb,2020-01-01 00:00:00,,x\n")
    assert table.read(DEMAND).rows() == [
        ("a", 1577836800, 3.5, "x"),
        ("a", 1577840400, None, None),
        ("b", 1577836800, None, "x"),
    ]


def test_an_incremental_import_replaces_rows_of_the_same_key(table, load):
    load("a,2020-01-01 00:00:00,1,x\na,2020-01-01 00:00:00,2,y\n")
    load("a,2020-01-01 00:00:00,5,y\na,2020-01-02 00:00:00,6,y\n", mode="INCREMENTAL")
    assert table.read(DEMAND)["demand"].to_list() == [1, 5, 6]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,2020-01-01 00:00:00,1,x\nb,soon,2,x\n", "timestamp must be a time such as 2020-01-31 00:00:00"),
        ("a,2020-01-01 00:00:00,1,x\nb,,2,x\n", "timestamp must not be empty"),
        ("a,2020-01-01 00:00:00,1,x\nb,2020-01-01 00:00:00,much,x\n", "demand must be a number"),
        ("a,2020-01-01 00:00:00,1,x\nb,2020-01-01 00:00:00,-1,x\n", "demand must not be negative"),
        ("a,2020-01-01 00:00:00,1,x\nb,2020-01-01 00:00:00,1\n", "The row has 3 values"),
    ],
)
def test_the_first_line_is_a_row_when_a_fault_is_placed(load, text, says):
    with pytest.raises(JobFailure, match="line 2") as caught:
        load(text)
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ['"a, b",2020-01-01 00:00:00,1,\n', "a,2020-01-01 00:00:00,1,x"])
def test_one_line_is_one_row(load, text):
    assert load(text).rows == 1


def test_an_empty_file_is_named(load):
    with pytest.raises(JobFailure, match="The file is empty"):
        load("")


def test_a_check_of_the_whole_sees_rows_and_what_is_there(load):
    def check(rows, n_rows, values):
        seen.append((rows.collect().height, n_rows, values("item_id")))

    seen = []
    checked = dataclasses.replace(DEMAND, check=check)
    load("a,2020-01-01 00:00:00,1,x\n", checked)
    load("b,2020-01-01 00:00:00,1,x\nc,2020-01-01 00:00:00,1,x\n", checked, mode="INCREMENTAL")
    assert seen == [(1, 1, set()), (2, 2, {"a"})]


def test_told_rows_have_a_place_and_what_stands_aside():
    assert list(INTERACTIONS.told_types) == [*INTERACTIONS.names, "_SEQ", *ASIDE]
