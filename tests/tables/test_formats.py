"""What is no CSV says what it is; gzip that names itself so is read."""

import bz2
import gzip
import io
import lzma
import zipfile

import polars as pl
import pytest

from presage.errors import JobFailure
from presage.tables.datasets import DatasetTable
from presage.tables.formats import check_is_csv
from presage.tables.imports import import_files

from .samples import USERS

TEXT = "USER_ID,NOTE\nu1,a\n"


def archive(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name in names:
            packed.writestr(name, TEXT)
    return file.getvalue()


def parquet():
    file = io.BytesIO()
    pl.DataFrame({"USER_ID": ["u1"], "NOTE": ["a"]}).write_parquet(file)
    return file.getvalue()


def by_text(value):
    """Names a case by what its file is; the bytes, which hold the time, name nothing."""
    return value if isinstance(value, str) else ""


@pytest.fixture
def table(tmp_path):
    return DatasetTable(tmp_path / "dataset")


@pytest.fixture
def load(table, tmp_path):
    """Imports bytes under a name; the rows that are stored."""

    def load(data, name="data.csv"):
        path = tmp_path / "data"
        path.write_bytes(data)
        import_files([(f"s3://bucket/{name}", path)], USERS, table, "FULL", lambda *_: None)
        return table.read(USERS).rows()

    return load


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (gzip.compress(TEXT.encode()), "is gzip, not CSV in UTF-8; give it a name that ends in .csv.gz"),
        (bz2.compress(TEXT.encode()), "is bzip2"),
        (lzma.compress(TEXT.encode()), "is xz"),
        (archive("data.csv"), "is a zip archive, not CSV in UTF-8; upload the file that is in it"),
        (archive(), "is a zip archive"),
        (archive("[Content_Types].xml", "xl/workbook.xml"), "is an Excel workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500), "is an Excel workbook"),
        (parquet(), "is Parquet, not CSV in UTF-8; give it a name that ends in .parquet"),
        (TEXT.encode("utf-16"), "is UTF-16, not CSV in UTF-8; save it as UTF-8"),
        (TEXT.encode("utf-16-le"), "is UTF-16"),
        (TEXT.encode("utf-16-be"), "is UTF-16"),
        (TEXT.replace("\n", "\r").encode(), "is text whose lines end in CR alone"),
    ],
    ids=by_text,
)
def test_a_file_that_is_something_else_says_what_it_is(load, data, says):
    with pytest.raises(JobFailure) as caught:
        load(data)
    assert says in str(caught.value)
    assert "s3://bucket/data.csv" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["PAR1,NOTE\n1,2\n", "PK,B\n", "BZh,B\n", "A\r\n1\r\n", 'A,B\n"x\ry",2', "é,B\n", "\ufeffA\n", "A"],
)
def test_text_is_taken_for_csv(tmp_path, text):
    path = tmp_path / "data.csv"
    path.write_text(text, newline="")
    check_is_csv(path, "data.csv")


@pytest.mark.parametrize("name", ["data.csv.gz", "DATA.CSV.GZ", "part-0000.gz"])
def test_gzip_that_names_itself_so_is_read(load, name):
    assert load(gzip.compress(TEXT.encode()), name) == [("u1", "a")]


def test_text_that_names_itself_gzip_is_read(load):
    assert load(TEXT.encode(), "data.csv.gz") == [("u1", "a")]


def test_parquet_may_be_packed_too(load):
    assert load(gzip.compress(parquet()), "data.parquet.gz") == [("u1", "a")]


def test_what_is_packed_is_checked_as_any_file(load):
    with pytest.raises(JobFailure, match=r"The row has 1 values, the header 2.*data\.csv\.gz, line 2"):
        load(gzip.compress(b"USER_ID,NOTE\nu1\n"), "data.csv.gz")
    with pytest.raises(JobFailure, match="The file is empty"):
        load(gzip.compress(b""), "data.csv.gz")
    with pytest.raises(JobFailure, match="The file is UTF-16"):
        load(gzip.compress(TEXT.encode("utf-16")), "data.csv.gz")


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:20] + bytes(9) + data[29:]])
def test_damaged_gzip_is_named(load, damage):
    with pytest.raises(JobFailure, match=r"The gzip file is damaged: .*s3://bucket/data\.csv\.gz"):
        load(damage(gzip.compress(TEXT.encode() * 50)), "data.csv.gz")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (gzip.compress(TEXT.encode()), "gzip"),
        (archive("data.csv"), "a zip archive"),
        (TEXT.encode("utf-16"), "UTF-16"),
        (TEXT.encode(), "text, as CSV is"),
        (b"\x00\x01\x02\xff", "of no known format"),
        (b"", "empty"),
    ],
    ids=by_text,
)
def test_what_is_named_parquet_and_is_none_says_what_it_is(load, data, what):
    with pytest.raises(JobFailure) as caught:
        load(data, "data.parquet")
    assert str(caught.value) == (
        f"The file is not Parquet, as its name says, but {what} (s3://bucket/data.parquet)"
    )


def test_damaged_parquet_is_named(load):
    with pytest.raises(JobFailure, match=r"The file is not Parquet: .*s3://bucket/data\.parquet"):
        load(parquet()[:-50], "data.parquet")
