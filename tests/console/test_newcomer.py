"""What is made of files as people have them."""

import gzip
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.console.newcomer.columns import faults_of, guess
from presage.console.newcomer.encoding import make_utf8
from presage.console.newcomer.files import Reading, mend_quotes, open_table, sample_of, write_datasets
from presage.console.newcomer.times import FORMS, form_of
from presage.console.newcomer.unread import unread
from presage.errors import InvalidInputException

WHEN = datetime(2024, 3, 31, 14, 5, 9, tzinfo=UTC)
WRITTEN = (
    "1711893909",
    "1711893909000",
    "1711893909000000",
    "2024-03-31 14:05:09",
    "2024-03-31T14:05:09Z",
    "2024-03-31T14:05:09.123+00:00",
    "2024-03-31T16:05:09+02:00",
    "2024-03-31 09:35:09-0430",
    "2024/03/31 14:05:09",
    "31/03/2024 14:05:09",
    "03/31/2024 02:05:09 PM",
    "3/31/2024, 2:05:09 pm",
    "31.03.2024 14:05:09",
    "31-03-2024 14:05:09",
    "31 Mar 2024 14:05:09",
    "Mar 31, 2024 14:05:09",
    "March 31, 2024 14:05:09",
    "31 March 2024 14:05:09 UTC",
    "20240331 14:05:09",
    "03/31/24 14:05:09",
)


@pytest.mark.parametrize("text", WRITTEN)
def test_a_time_is_read_as_people_write_it(text):
    form, share = form_of(pl.Series([text]))
    assert share == 1
    read = pl.DataFrame({"text": [text]}).select(form.read(pl.col("text"))).item()
    assert datetime.fromtimestamp(read, UTC) == WHEN


@settings(max_examples=15)
@given(st.text(max_size=30))
def test_no_text_is_too_strange_for_a_time(text):
    assert form_of(pl.Series([text]))[1] in (0, 1)


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("user_id,movie_id,rating,timestamp", "USER_ID ITEM_ID EVENT_VALUE TIMESTAMP"),
        ("customer,sku,bought on,qty", "USER_ID ITEM_ID TIMESTAMP EVENT_VALUE"),
        ("visitorid,itemid,event,transactionid,when", "USER_ID ITEM_ID EVENT_TYPE - TIMESTAMP"),
        ("InvoiceNo,StockCode,Description,InvoiceDate,CustomerID", "- ITEM_ID ITEM_NAME TIMESTAMP USER_ID"),
        ("Customer,SKU,Product title,bought on", "USER_ID ITEM_ID ITEM_NAME TIMESTAMP"),
        (
            "Order Date,Order ID,Customer ID,Customer Name,Product ID,Product Name",
            "TIMESTAMP - USER_ID - ITEM_ID ITEM_NAME",
        ),
        ("USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE", "USER_ID ITEM_ID TIMESTAMP EVENT_TYPE"),
    ],
)
def test_columns_are_known_by_their_names(header, roles):
    times = {"timestamp", "bought on", "when", "InvoiceDate", "Order Date", "TIMESTAMP"}
    sample = pl.DataFrame({name: ["2024-03-31" if name in times else "7"] for name in header.split(",")})
    found = guess(sample)
    assert [found.get(name, "-") for name in sample.columns] == roles.split()
    assert faults_of(found) == []


def test_what_is_missing_or_said_twice_is_told():
    assert faults_of({"a": "USER_ID", "b": "USER_ID"}) == [
        "no column says what (an id)",
        "no column says when",
        "more than one column says who",
    ]


READING = Reading(roles={"a": "USER_ID", "b": "ITEM_ID", "c": "TIMESTAMP"}, form="s")


def written(tmp_path, data, name="file.csv"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_any_usual_separator_will_do_packed_or_not(tmp_path, separator, pack):
    rows = [["a", "b", "c"], ["ü", f'"x{separator}y"', "1711893909"], ["v", "w", "1711893910"]]
    path = written(tmp_path, pack("\ufeff".encode() + "\n".join(map(separator.join, rows)).encode()))
    read = READING.rows(open_table(path)).collect()
    inner = " " if separator == "\t" else separator
    assert read.rows() == [("ü", f"x{inner}y", 1711893909), ("v", "w", 1711893910)]


def test_parquet_is_read_too(tmp_path):
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [WHEN, WHEN]})
    frame.write_parquet(tmp_path / "f")
    rows = Reading(roles=READING.roles, form="Y-m-d").rows(open_table(tmp_path / "f")).collect()
    assert rows.rows() == [("1", "x", 1711893909), ("2", "y", 1711893909)]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"a,b\x00c\n", "no text"),
        (b"\x1f\x8bbroken", "damaged"),
        (b'\xef\xbb\xbf [{"a": 1}]', "JSON"),
        (b"<table><tr><td>a</td></tr></table>", "web page"),
        (b"just one column\n1\n2\n", "1 column;"),
        (b"PAR1 but no Parquet", "cannot be read"),
        (b",".join(b"c%d" % n for n in range(300)), "300 columns"),
    ],
)
def test_what_is_no_table_is_told(tmp_path, data, why):
    with pytest.raises(InvalidInputException, match=why):
        sample_of(open_table(written(tmp_path, data)))


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_no_file_is_too_strange(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("strange") / "f"
    path.write_bytes(data)
    try:
        make_utf8(path)
        mend_quotes(path)
        sample = sample_of(open_table(path))
    except InvalidInputException:
        return
    guess(sample)


def test_rows_that_do_not_say_who_what_and_when_are_left_out(tmp_path):
    text = 'a,b,c,n,v\nu,x,1711893909,Long name,"1.234,5"\n,x,1711893909,,1\nu,,1,,1\nu,x,soon,,1\nu,y,1711893909,,€ 2\n'
    roles = {**READING.roles, "n": "ITEM_NAME", "v": "EVENT_VALUE"}
    made = write_datasets(open_table(written(tmp_path, text)), Reading(roles=roles, form="s"), tmp_path)
    assert (made.n_rows, made.n_kept, made.n_users, made.n_items) == (5, 2, 1, 2)
    rows = pl.read_parquet(tmp_path / "interactions.parquet")
    assert rows.select("USER_ID", "ITEM_ID", "EVENT_VALUE").rows() == [("u", "x", 1234.5), ("u", "y", 2.0)]
    assert pl.read_parquet(tmp_path / "items.parquet").rows() == [("x", "Long name")]


ROWS = [("ann", "x", "1711893909"), ("ben", "y", "1711893910")]
READ = [("ann", "x", 1711893909), ("ben", "y", 1711893910)]


def table(separator=",", end="\n"):
    return "".join(separator.join(row) + end for row in (("a", "b", "c"), *ROWS))


@pytest.mark.parametrize(
    "data",
    [
        "sep=;\r\n" + table(";", "\r\n"),
        "Report of 2024,,\n\n" + table(),
        table(end="\r"),
        table(end="\n\n"),
        table() + ",,\n",
        table().replace("1711893909", '"1,711,893,909"').replace("1711893910", "1.711.893.910"),
        table().replace("ann", '"ann"'),
        table("\t").encode("utf-16"),
    ],
)
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path, data):
    path = written(tmp_path, data)
    make_utf8(path)
    assert READING.rows(open_table(path)).collect().rows() == READ


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_windows_writes_keeps_its_letters(tmp_path, pack):
    path = written(tmp_path, pack("a;b;c\nJörg;Größe;1711893909\n".encode("cp1252")))
    make_utf8(path)
    assert READING.rows(open_table(path)).collect().rows() == [("Jörg", "Größe", 1711893909)]


def test_a_sign_for_inches_is_no_quotation(tmp_path):
    path = written(tmp_path, 'a,b,c\nann,3" pipe,1711893909\n"ben","y",1711893910\n')
    mend_quotes(path)
    assert [row[:2] for row in READING.rows(open_table(path)).collect().rows()] == [
        ("ann", '3" pipe'),
        ("ben", "y"),
    ]


def test_columns_without_names_are_numbered(tmp_path):
    path = written(tmp_path, "ann,x,1711893909\nben,y,1711893910\n")
    names = open_table(path).collect_schema().names()
    assert [name.startswith("column_") for name in names] == [True] * 3
    by_day = written(tmp_path, "item,2024-01-01,2024-01-02,2024-01-03\nx,1,2,3\n", "wide.csv")
    assert open_table(by_day).collect_schema().names()[0] == "item"


def test_days_as_excel_counts_them_are_times_where_the_name_says_so():
    sample = pl.DataFrame({"Kunde": ["a"], "Artikelnummer": ["x"], "Datum": ["45382.5869"]})
    assert guess(sample) == {"Kunde": "USER_ID", "Artikelnummer": "ITEM_ID", "Datum": "TIMESTAMP"}
    assert "TIMESTAMP" not in guess(sample.rename({"Datum": "lot"})).values()
    read = sample.select(FORMS["excel"].read(pl.col("Datum"))).item()
    assert datetime.fromtimestamp(read, UTC) == datetime(2024, 3, 31, 14, 5, 8, tzinfo=UTC)


def test_what_cannot_be_read_is_told_with_an_instance():
    sample = pl.DataFrame(
        {"a": ["u", "x" * 300, None], "b": ["i", "i", "i"], "c": ["1711893909", "1.71E+12", "1.71E+12"]}
    )
    told = unread(sample, READING)
    assert told[0] == "a: 1 cells are empty"
    assert "a: 1 values are longer than 256 characters, for instance 'xxx" in told[1]
    assert "c: 2 values are not written as times" in told[2]
    assert "'1.71E+12'" in told[2]
    assert unread(sample.head(1), READING) == []


def test_every_form_has_a_key_of_its_own():
    assert len(FORMS) == 20
