import csv
import io
import re
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.errors import JobFailure
from presage.tables.datasets import DatasetTable, DatasetVersion, ImportSummary, RowCounts
from presage.tables.imports import import_files

from .personalize.samples import field
from .samples import INTERACTIONS, ITEMS, USERS, interaction_rows, layout, names, write_csv
from .test_csv_text import aws_quoted

HEADER = names(INTERACTIONS)


@pytest.fixture
def table(tmp_path):
    return DatasetTable(tmp_path / "dataset")


def load(table, *files, into=INTERACTIONS, mode="FULL", report=lambda step, fraction: None, **options):
    return import_files(files, into, table, mode, report, **options)


def load_text(table, tmp_path, text, into=USERS):
    path = tmp_path / "data.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(table, ("s3://bucket/data.csv", path), into=into)


def refusal(table, *files, **options):
    with pytest.raises(JobFailure) as caught:
        load(table, *files, **options)
    assert table.version == DatasetVersion() or options.get("mode") == "INCREMENTAL"
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def test_interactions_are_stored_with_their_types(table, tmp_path):
    told = []
    file = write_csv(tmp_path / "log.csv", HEADER, interaction_rows(1500))
    summary = load(table, file, report=lambda *step: told.append(step))
    assert summary.rows == 1500
    assert summary.version == table.version == DatasetVersion(bulk=0, seq=0)
    found = table.read(INTERACTIONS)
    assert found.row(1) == ("u1", "i1", 1_600_000_001, "view", 1.5)
    assert found["TIMESTAMP"].to_list() == list(range(1_600_000_000, 1_600_001_500))
    assert told[0] == ("read s3://bucket/log.csv", 0.0)
    assert told[-1] == ("stored", 1.0)
    assert [fraction for _, fraction in told] == sorted(fraction for _, fraction in told)


def test_columns_are_matched_by_name_and_others_left_out(table, tmp_path):
    header = ["EXTRA", *reversed(HEADER)]
    rows = [("not, a number"[:3], *reversed(row)) for row in interaction_rows(1000)]
    load(table, write_csv(tmp_path / "log.csv", header, rows))
    assert table.read(INTERACTIONS).row(1) == ("u1", "i1", 1_600_000_001, "view", 1.5)


def test_columns_are_matched_whatever_their_case(table, tmp_path):
    text = '"user_id",Note\nu1,a\n'
    load_text(table, tmp_path, text)
    assert table.read(USERS).rows() == [("u1", "a")]
    pl.DataFrame({"note": ["b"], "User_Id": ["u2"], "MORE": [1]}).write_parquet(tmp_path / "b.parquet")
    load(table, ("b.parquet", tmp_path / "b.parquet"), into=USERS)
    assert table.read(USERS).rows() == [("u2", "b")]


@pytest.mark.parametrize(
    ("header", "row", "says"),
    [
        ("user_id,NOTE", "u1", "line 2: 'u1'"),
        ("user_id,note", "u1,b,c", "line 2: 'u1,b,c'"),
        ("user_id,note", ",b", "line 2, column USER_ID: ''"),
    ],
)
def test_a_fault_is_placed_under_columns_of_another_case(table, tmp_path, header, row, says):
    with pytest.raises(JobFailure, match=re.escape(says)):
        load_text(table, tmp_path, f"{header}\n{row}\n")


@pytest.mark.parametrize("others", [("Note", "NOTE"), ("more", "More")])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_columns_that_differ_in_case_alone_are_both_named(table, tmp_path, others, ending):
    names = dict.fromkeys(("USER_ID", "NOTE", *others), "x")
    path, frame = tmp_path / f"a.{ending}", pl.DataFrame([names])
    frame.write_csv(path) if ending == "csv" else frame.write_parquet(path)
    text = refusal(table, (f"s3://bucket/a.{ending}", path), into=USERS)
    assert "differ in case alone" in text
    assert all(repr(name) in text for name in others)
    assert f"s3://bucket/a.{ending}" in text


def test_a_parquet_file_has_ten_thousand_columns_at_most(table, tmp_path):
    pl.DataFrame({f"C{n}": [1] for n in range(10_001)}).write_parquet(tmp_path / "a.parquet")
    text = refusal(table, ("a.parquet", tmp_path / "a.parquet"), into=USERS)
    assert text.startswith("The header names 10001 columns; a file may have at most 10000")


def test_a_file_of_many_columns_is_imported_and_its_faults_are_placed(table, tmp_path):
    header = ",".join(["USER_ID", "NOTE", *(f"C{n}" for n in range(2_000))])
    more = ",1" * 2_000
    load_text(table, tmp_path, f"{header}\nu1,a{more}\n")
    assert table.read(USERS).rows() == [("u1", "a")]
    text = f"{header}\n" + f"u1,a{more}\n" * 1_500 + f",a{more}\n"
    with pytest.raises(JobFailure, match="line 1502, column USER_ID"):
        load_text(table, tmp_path, text)


def test_a_very_long_value_is_no_fault_of_a_file_that_is_looked_at_slowly(table, tmp_path):
    header, text = ",".join(names(ITEMS)), "é" * 200_000
    load_text(table, tmp_path, f"{header}\nx,,,,,,{text}\n\n", ITEMS)
    assert table.read(ITEMS)["ABOUT"].str.len_chars().to_list() == [20_000]
    with pytest.raises(JobFailure, match="line 3, column STOCK: 'few'"):
        load_text(table, tmp_path, f"{header}\nx,,,,,,{text}\ny,,,few,,,\n", ITEMS)


def test_of_many_columns_that_are_missing_a_few_are_named(table, tmp_path):
    into = layout("Items", field("ITEM_ID"), *(field(f"C{n}") for n in range(100)))
    with pytest.raises(
        JobFailure, match=re.escape("columns:[C0, C1, C2, C3, C4, C5, C6, C7, C8, C9 and 90 more]")
    ):
        load_text(table, tmp_path, "ITEM_ID\ni\n", into)


def test_of_many_long_event_types_a_few_are_shown(table, tmp_path):
    rows = [(*row[:3], f"é{k % 50:03d}{'x' * 900}", row[4]) for k, row in enumerate(interaction_rows(1000))]
    text = refusal(table, write_csv(tmp_path / "a.csv", HEADER, rows))
    assert text.startswith("The dataset would have 50 event types and 0 metadata columns; together")
    assert f"é000{'x' * 96}, é001" in text
    assert text.endswith("and 40 more")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_item_may_be_older_than_1970(table, tmp_path, ending):
    path, frame = (
        tmp_path / f"a.{ending}",
        pl.DataFrame([film(1, 1965) | {"CREATION_TIMESTAMP": -157_766_400}]),
    )
    frame.write_csv(path) if ending == "csv" else frame.write_parquet(path)
    load(table, (path.name, path), into=FILMS)
    assert table.read(FILMS)["CREATION_TIMESTAMP"].to_list() == [-157_766_400]
    late = frame.with_columns(CREATION_TIMESTAMP=pl.lit(-157_766_400_000))
    late.write_csv(path) if ending == "csv" else late.write_parquet(path)
    with pytest.raises(JobFailure, match="CREATION_TIMESTAMP must be in seconds, not milliseconds"):
        load(table, (path.name, path), into=FILMS)


FILMS = layout(
    "Items",
    field("ITEM_ID"),
    field("STARS", "float"),
    field("CREATION_TIMESTAMP", "long"),
    field("YEAR", "int"),
)


def film(n, year):
    return {"ITEM_ID": f"i{n}", "STARS": 1.5, "CREATION_TIMESTAMP": 7, "YEAR": year}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_number_that_is_left_out_is_missing_and_counted(table, tmp_path, ending):
    path, frame = (
        tmp_path / f"films.{ending}",
        pl.DataFrame([film(n, None if n < 12 else n) for n in range(30)]),
    )
    frame.write_csv(path) if ending == "csv" else frame.write_parquet(path)
    summary = load(table, (path.name, path), into=FILMS, job="one")
    assert (summary.rows, summary.missing) == (30, {"YEAR": 12})
    assert table.read(FILMS)["YEAR"].to_list() == [None] * 12 + list(range(12, 30))
    assert load(table, (path.name, path), into=FILMS, job="one") == summary
    pl.DataFrame([film(50, 1)]).write_csv(tmp_path / "more.csv")
    more = load(table, ("more.csv", tmp_path / "more.csv"), into=FILMS, mode="INCREMENTAL", job="two")
    assert (more.rows, more.missing) == (1, {})


def test_a_row_that_ends_too_early_is_no_missing_number(table, tmp_path):
    with pytest.raises(JobFailure, match="The row has 3 values, the header 4"):
        load_text(table, tmp_path, "ITEM_ID,STARS,CREATION_TIMESTAMP,YEAR\ni,1,1,1\nj,1,1\n", FILMS)


def test_a_full_import_replaces_and_an_incremental_one_adds(table, tmp_path):
    first = write_csv(tmp_path / "a.csv", HEADER, interaction_rows(1000))
    second = write_csv(tmp_path / "b.csv", HEADER, interaction_rows(1000, first=1000))
    third = write_csv(tmp_path / "c.csv", HEADER, interaction_rows(1200, first=5000))
    load(table, first)
    assert load(table, second, mode="INCREMENTAL").rows == 1000
    assert table.rows() == RowCounts(bulk=2000, put=0)
    load(table, third)
    assert table.read(INTERACTIONS).height == 1200
    assert table.read(INTERACTIONS, DatasetVersion(bulk=1)).height == 2000


def test_the_first_import_must_be_full(table, tmp_path):
    file = write_csv(tmp_path / "a.csv", HEADER, interaction_rows(1000))
    assert "must have import mode FULL" in refusal(table, file, mode="INCREMENTAL")
    assert table.version == DatasetVersion()


def test_several_files_and_parquet_are_one_import(table, tmp_path):
    rows = interaction_rows(1000)
    head = write_csv(tmp_path / "a.csv", HEADER, rows[:400])
    rest = pl.DataFrame(rows[400:], schema=HEADER, orient="row").select(
        "EVENT_VALUE",
        "ITEM_ID",
        pl.col("TIMESTAMP").cast(pl.Int32),
        "EVENT_TYPE",
        pl.col("USER_ID").cast(pl.Categorical),
    )
    rest.with_columns(pl.col("EVENT_VALUE").cast(pl.Float64)).write_parquet(tmp_path / "b.PARQUET")
    load(table, head, ("s3://bucket/b.PARQUET", tmp_path / "b.PARQUET"))
    assert table.version.bulk == 0
    assert table.read(INTERACTIONS)["TIMESTAMP"].to_list() == [int(row[2]) for row in rows]


def test_bom_crlf_quotes_and_blank_lines_do_no_harm(table, tmp_path):
    text = '\ufeff"USER_ID",NOTE\r\n\r\nu1,"a\r\nb"\r\nu2,\r\nu3,""\r\n,\r\n\r\n'
    assert load_text(table, tmp_path, text).rows == 3
    assert table.read(USERS).rows() == [("u1", "a\r\nb"), ("u2", None), ("u3", None)]


def test_quotes_inside_an_unquoted_value_are_text_if_they_end_on_their_line(table, tmp_path):
    load_text(table, tmp_path, 'USER_ID,NOTE\nu1,5" and 6" disks\n\n')
    assert table.read(USERS).rows() == [("u1", '5" and 6" disks')]


def test_free_text_is_cut(table, tmp_path):
    load_text(table, tmp_path, f"{','.join(names(ITEMS))}\nx,,,,,,{'é' * 30_000}\n", ITEMS)
    assert table.read(ITEMS)["ABOUT"].str.len_chars().to_list() == [20_000]


def test_booleans_and_numbers(table, tmp_path):
    text = f"{','.join(names(ITEMS))}\nx,a|b,1e2,+3,true,0,\ny,,-.5,-2147483648,False,,\n"
    load_text(table, tmp_path, text, ITEMS)
    assert table.read(ITEMS).rows() == [
        ("x", "a|b", 100.0, 3, True, 0, None),
        ("y", None, -0.5, -2147483648, False, None, None),
    ]


TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=8) | st.text(
    alphabet='ab,"\\\r\n', max_size=8
)


def doubled_quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(TEXT.filter(bool), TEXT), min_size=1, max_size=8, unique_by=lambda row: row[0])
)
def test_any_text_comes_back_as_it_was(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("import")
    has_backslash = any("\\" in value for row in rows for value in row)
    for n, quoted in enumerate([aws_quoted] if has_backslash else [aws_quoted, doubled_quoted]):
        text = "USER_ID,NOTE\n" + "".join(",".join(map(quoted, row)) + "\n" for row in rows)
        table = DatasetTable(folder / str(n))
        load_text(table, folder, text)
        assert table.read(USERS).rows() == [(user, note or None) for user, note in rows]


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("TIMESTAMP", "soon", "TIMESTAMP must be a whole number of 64 bits"),
        ("TIMESTAMP", "1.5", "TIMESTAMP must be a whole number of 64 bits"),
        ("TIMESTAMP", "", "TIMESTAMP must not be empty"),
        ("TIMESTAMP", "-157766400", "TIMESTAMP must be seconds since 1970, not negative"),
        ("TIMESTAMP", "-1", "TIMESTAMP must be seconds since 1970, not negative"),
        ("TIMESTAMP", "1600000000000", "TIMESTAMP must be in seconds, not milliseconds"),
        ("USER_ID", "", "USER_ID must not be empty"),
        ("USER_ID", '""', "USER_ID must not be empty"),
        ("ITEM_ID", "x" * 257, "Length cannot be more than 256 characters for ITEM_ID"),
        ("EVENT_TYPE", "x" * 1001, "Length cannot be more than 1000 characters for EVENT_TYPE"),
        ("EVENT_TYPE", "", "EVENT_TYPE must not be empty"),
        ("EVENT_VALUE", "much", "EVENT_VALUE must be a number"),
        ("EVENT_VALUE", "NaN", "EVENT_VALUE must be a finite number"),
        ("EVENT_VALUE", "1e99", "EVENT_VALUE must be a finite number"),
    ],
)
@pytest.mark.parametrize("quoted", [False, True])
def test_a_bad_value_is_named_with_its_place(table, tmp_path, column, value, says, quoted):
    rows = [list(row) for row in interaction_rows(1100)]
    rows[1050][HEADER.index(column)] = value
    rows[1051][HEADER.index(column)] = value
    if quoted:
        rows[3][0] = '"a \\" quote, a comma\nand a new line"'
    line = 1052 + quoted
    text = refusal(table, write_csv(tmp_path / "log.csv", HEADER, rows))
    assert text.startswith(says)
    assert f"s3://bucket/log.csv, line {line}, column {column}: '{value.strip(chr(34))[:100]}" in text


def test_the_first_bad_value_may_come_late(table, tmp_path):
    rows = [list(row) for row in interaction_rows(50_000)]
    rows[45_000][2] = rows[48_000][2] = "soon"
    assert "line 45002, column TIMESTAMP: 'soon'" in refusal(
        table, write_csv(tmp_path / "log.csv", HEADER, rows)
    )


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("IS_NEW", "1", "IS_NEW must be true or false"),
        ("STOCK", "2147483648", "STOCK must be a whole number of 32 bits"),
        ("CREATION_TIMESTAMP", "1600000000000", "not milliseconds"),
        ("GENRES", "x" * 1001, "Length cannot be more than 1000 characters for GENRES"),
    ],
)
def test_a_bad_value_of_an_item_is_named(table, tmp_path, column, value, says):
    header = ["ITEM_ID", *(name for name in names(ITEMS) if name != "ITEM_ID")]
    row = ",".join(value if name == column else "i" if name == "ITEM_ID" else "" for name in header)
    with pytest.raises(JobFailure, match=says) as caught:
        load_text(table, tmp_path, f"{','.join(header)}\n{row}\n", ITEMS)
    assert f"line 2, column {column}: '{value[:100]}" in str(caught.value)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_first_bad_line_is_found_wherever_it_is(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("import")
    n_rows = data.draw(st.integers(1, 40))
    bad = data.draw(st.integers(0, n_rows - 1))
    lines = ["ITEM_ID,STOCK,GENRES"]
    into = layout(
        "Items", field("ITEM_ID"), field("STOCK", ["null", "int"]), field("GENRES", ["null", "string"])
    )
    for n in range(n_rows):
        genres = data.draw(TEXT)
        lines.append(f"i{n},{'x' if n >= bad else n},{aws_quoted(genres)}")
    text = "\n".join(lines)
    with pytest.raises(JobFailure) as caught:
        load_text(DatasetTable(folder / "dataset"), folder, text, into)
    assert f"line {count_lines(text, bad)}, column STOCK: 'x'" in str(caught.value)


def count_lines(text: str, bad: int) -> int:
    """The line on which data row `bad` begins, counted by Python's own reader."""
    reader = csv.reader(io.StringIO(text, newline=""), escapechar="\\", doublequote=False)
    for _ in range(bad + 1):
        next(reader)
    return reader.line_num + 1


@pytest.mark.parametrize(
    ("text", "says", "place"),
    [
        ("USER_ID\nu1\n", "Input CSV is missing the following columns:[NOTE]", "it has: 'USER_ID'"),
        ("A,B\n1,2\n", "Input CSV is missing the following columns:[USER_ID, NOTE]", "it has: 'A, B'"),
        ("USER_ID, NOTE\n1,2\n", "Input CSV is missing the following columns:[NOTE]", "'USER_ID,  NOTE'"),
        ("", "The file is empty", "data.csv"),
        ("USER_ID,NOTE\n", "There is no row to import", "header only"),
        ("USER_ID,NOTE\n\n,\n\n", "There is no row to import", ""),
        ("USER_ID,NOTE\nu1,a\nu2\nu3,c\n", "The row has 1 values, the header 2", "line 3: 'u2'"),
        ("USER_ID,NOTE\nu1,a\nu2,b,c\nu3,c\n", "The row has 3 values, the header 2", "line 3: 'u2,b,c'"),
        ('USER_ID,NOTE\nu1,"a,b"\nu2\nu3,c\n', "The row has 1 values, the header 2", "line 3: 'u2'"),
        ('USER_ID,NOTE\nu1,a\n"u2,b\nu3,c\n', "A quoted value does not end", "line 3"),
        ('USER_ID,NOTE\nu1,a\nu2,"b" c\nu3,c\n', "A quoted value does not end", ""),
        ('USER_ID,NOTE\nu1,a\nu2,5" disk\nu3,c\n', "A quote stands inside a value", "line 3"),
        (b"USER_ID,NOTE\nu1,a\nu2,caf\xe9\n", "The text is not UTF-8", "line 3, column NOTE"),
        (b"USER_ID,NOTE\nu1,\xff\nu2,b,c\n", "The text is not UTF-8", "line 2, column NOTE"),
        ("USER_ID,NOTE,USER_ID\n1,2,3\n", "names a column twice", "'USER_ID'"),
        ("USER_ID,NOTE\ru1,a\r", "text whose lines end in CR alone", "data.csv"),
        ('USER_ID,NOTE\nu1,"C:\\"\nu2,"x"\n', "A value in quotes ends in a backslash", "line 2"),
        ("USER_ID,NOTE\nu1,é,ü\n", "The row has 3 values", "line 2: 'u1,é,ü'"),
        (b"USER_ID,NOTE\nu1,caf\xe9\n", "The text is not UTF-8", r"column NOTE: 'caf\xe9'"),
        ("USER_ID,NOTE\nu1,C:\\x\ty,2\n", "The row has 3 values", r"line 2: 'u1,C:\x\ty,2'"),
        ("A,NOTE\n1,2\n", "missing the following columns:[USER_ID]", "it has: 'A, NOTE'"),
    ],
)
def test_a_broken_file_is_explained(table, tmp_path, text, says, place):
    with pytest.raises(JobFailure, match=re.escape(says)) as caught:
        load_text(table, tmp_path, text)
    assert place in str(caught.value)
    assert table.version == DatasetVersion()
    assert [f.name for f in (tmp_path / "dataset").iterdir() if f.name != "bulk.lock"] == []


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet='u1,"\\\r\n\x00é', max_size=40).map(str.encode))
def test_any_bytes_are_stored_or_explained(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("import")
    table = DatasetTable(folder / "dataset")
    try:
        load_text(table, folder, b"USER_ID,NOTE\n" + data)
    except JobFailure:
        assert table.version == DatasetVersion()
    else:
        assert table.read(USERS)["USER_ID"].null_count() == 0


def test_a_bad_second_file_stores_nothing_of_the_first(table, tmp_path):
    good = write_csv(tmp_path / "a.csv", HEADER, interaction_rows(1000))
    bad = write_csv(tmp_path / "b.csv", HEADER, [("u", "i", "x", "view", "")])
    assert "s3://bucket/b.csv, line 2" in refusal(table, good, bad)
    assert table.rows() == RowCounts(bulk=0, put=0)


def test_interactions_need_a_thousand_records_a_job(table, tmp_path):
    few = write_csv(tmp_path / "few.csv", HEADER, interaction_rows(999))
    assert "at least 1000 records; this one has 999" in refusal(table, few)
    load(table, write_csv(tmp_path / "enough.csv", HEADER, interaction_rows(1000)))
    assert "this one has 999" in refusal(table, few, mode="INCREMENTAL")
    assert table.rows().bulk == 1000


def test_event_types_and_metadata_together_are_ten_at_most(table, tmp_path):
    into = layout(
        "Interactions",
        *(field(c.name, c.kind) for c in INTERACTIONS.columns),
        field("DEVICE", ["null", "string"]),
        field("PLACE", ["null", "string"]),
    )
    rows = [(*row[:3], f"type{k % 8}", row[4], "", "") for k, row in enumerate(interaction_rows(1000))]
    load(table, write_csv(tmp_path / "a.csv", into.names, rows), into=into)
    more = write_csv(tmp_path / "b.csv", into.names, [(*row[:3], "a ninth", *row[4:]) for row in rows])
    text = refusal(table, more, into=into, mode="INCREMENTAL")
    assert "9 event types and 2 metadata columns; together there may be at most 10" in text
    load(table, more, into=into)


class Killed(BaseException):
    """What a SIGKILL at this point leaves undone."""


def load_killed_after_its_commit(table, file, monkeypatch, **options):
    """An import that stores its rows, and whose job never hears of it."""

    def store_and_die(*args, **more):
        DatasetTable.store(table, *args, **more)
        raise Killed

    monkeypatch.setattr(table, "store", store_and_die)
    with pytest.raises(Killed):
        load(table, file, **options)
    monkeypatch.undo()


@pytest.mark.parametrize("mode", ["FULL", "INCREMENTAL"])
def test_an_import_that_is_tried_again_after_its_commit_counts_once(table, tmp_path, monkeypatch, mode):
    first = write_csv(tmp_path / "a.csv", HEADER, interaction_rows(1000))
    second = write_csv(tmp_path / "b.csv", HEADER, interaction_rows(1500, first=1000))
    load(table, first, job="one")
    load_killed_after_its_commit(table, second, monkeypatch, mode=mode, job="two")
    version = table.version
    again = load(table, second, mode=mode, job="two")
    assert again == ImportSummary(rows=1500, version=version)
    assert table.version == version
    assert table.rows().bulk == (1500 if mode == "FULL" else 2500)


def test_a_retry_never_overwrites_a_later_import(table, tmp_path, monkeypatch):
    first = write_csv(tmp_path / "a.csv", HEADER, interaction_rows(1000))
    later = write_csv(tmp_path / "b.csv", HEADER, interaction_rows(1200, first=5000))
    load_killed_after_its_commit(table, first, monkeypatch, job="one")
    load(table, later, job="two")
    assert load(table, first, job="one").rows == 1000
    assert table.read(INTERACTIONS).height == 1200


def test_an_import_that_was_refused_may_be_tried_again(table, tmp_path):
    few = write_csv(tmp_path / "few.csv", HEADER, interaction_rows(999))
    refusal(table, few, job="one")
    assert (
        load(table, write_csv(tmp_path / "few.csv", HEADER, interaction_rows(1000)), job="one").rows == 1000
    )


def test_no_file_is_no_import(table):
    assert refusal(table).startswith("Invalid Data location")


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("TIMESTAMP", [1.5, 2.5], "TIMESTAMP must be a whole number of 64 bits"),
        ("TIMESTAMP", [datetime(2020, 1, 1), None], "TIMESTAMP must be a whole number of 64 bits"),
        ("TIMESTAMP", [1, None], "row 2, column TIMESTAMP: ''"),
        ("TIMESTAMP", [1, 10**12], "row 2, column TIMESTAMP: '1000000000000'"),
        ("USER_ID", [["a"], ["b"]], "USER_ID must be a string"),
        ("USER_ID", ["a", ""], "row 2, column USER_ID"),
        ("EVENT_VALUE", ["1", "2"], "EVENT_VALUE must be a number"),
    ],
)
def test_a_bad_parquet_value_is_named(table, tmp_path, column, values, says):
    rows = pl.DataFrame(
        {
            "USER_ID": ["u", "v"],
            "ITEM_ID": ["i", "j"],
            "TIMESTAMP": [1, 2],
            "EVENT_TYPE": ["v", "v"],
            "EVENT_VALUE": 1.0,
        }
    ).with_columns(pl.Series(column, values))
    rows.write_parquet(tmp_path / "a.parquet")
    text = refusal(table, ("s3://bucket/a.parquet", tmp_path / "a.parquet"))
    assert says in text
    assert "s3://bucket/a.parquet" in text


def test_what_is_no_parquet_is_explained(table, tmp_path):
    (tmp_path / "a.parquet").write_text("USER_ID\n")
    text = refusal(table, ("s3://bucket/a.parquet", tmp_path / "a.parquet"))
    assert text.startswith("The file is not Parquet")


ADDER = """
import sys
from pathlib import Path
from presage.tables.datasets import DatasetTable
from presage.tables.imports import import_files
from tests.tables.samples import INTERACTIONS
root = Path(sys.argv[1])
report = lambda step, _: print(step, flush=True)
import_files([("a.csv", root / "a.csv")], INTERACTIONS, DatasetTable(root / "dataset"), sys.argv[2], report, job=sys.argv[3])
"""


def test_a_job_that_is_killed_at_any_moment_and_tried_again_counts_once(table, tmp_path):
    write_csv(tmp_path / "a.csv", HEADER, interaction_rows(3000))

    def run(mode, job, kill_after=None):
        child = subprocess.Popen(
            [sys.executable, "-c", ADDER, str(tmp_path), mode, job],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        if kill_after is not None:
            while child.stdout.readline() not in (b"store\n", b""):
                pass
            time.sleep(kill_after)
            child.send_signal(signal.SIGKILL)
        child.communicate()

    run("FULL", "first")
    for n, kill_after in enumerate([0, 0.01, 0.03, 0.1]):
        run("INCREMENTAL", f"job {n}", kill_after)
        run("INCREMENTAL", f"job {n}")
        run("INCREMENTAL", f"job {n}")
        assert table.rows().bulk == 3000 * (n + 2)


IMPORTER = """
import sys
from pathlib import Path
from presage.tables.datasets import DatasetTable
from presage.tables.imports import import_files
from tests.tables.samples import INTERACTIONS
root = Path(sys.argv[1])
print("ready", flush=True)
while True:
    files = [("a.csv", root / "a.csv"), ("b.csv", root / "b.csv")]
    import_files(files, INTERACTIONS, DatasetTable(root / "dataset"), "FULL", lambda *_: None)
"""


def test_an_import_that_is_killed_is_whole_or_absent(table, tmp_path):
    write_csv(tmp_path / "a.csv", HEADER, interaction_rows(3000))
    write_csv(tmp_path / "b.csv", HEADER, interaction_rows(4000, first=3000))
    for delay in (0.05, 0.15, 0.3):
        child = subprocess.Popen(
            [sys.executable, "-c", IMPORTER, str(tmp_path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert child.stdout.readline() == b"ready\n"
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert table.read(INTERACTIONS).height in (0, 7000)
    load(table, ("a.csv", tmp_path / "a.csv"))
    assert table.read(INTERACTIONS).height == 3000
