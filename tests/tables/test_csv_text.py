import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.errors import JobFailure
from presage.tables.csv_text import first_stray_quote, has_short_rows, read_header, without_backslashes

AWKWARD = st.text(alphabet='ab,"\\\n', max_size=6)
ROWS = st.lists(st.lists(AWKWARD, min_size=2, max_size=2), min_size=1, max_size=6)


def aws_quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data.csv"


@settings(deadline=None)
@given(rows=ROWS)
def test_backslash_escapes_become_doubled_quotes(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "data.csv"
    path.write_text("".join(",".join(map(aws_quoted, row)) + "\n" for row in rows), newline="")
    plain = without_backslashes(path, path.with_suffix(".draft"), "data.csv")
    text = plain.read_text()
    assert [*csv.reader(io.StringIO(text, newline=""), strict=True)] == rows
    assert text.count("\n") == path.read_text().count("\n")
    assert first_stray_quote(plain) is None


@pytest.mark.parametrize(
    "text", ["a,b\n1,2\n", 'a,b\n"x ""y""",2\n', "a,b\nC:\\dir\\,2\n", 'a,b\n5\\" disk,2\n']
)
def test_a_file_without_escapes_in_quotes_is_left_alone(path, text):
    path.write_text(text)
    assert without_backslashes(path, path.with_suffix(".draft"), "data.csv") == path
    assert not path.with_suffix(".draft").exists()


def test_a_backslash_before_another_letter_stays(path):
    path.write_text('a\n"x\\n\\"y"\nz\\"\n')
    plain = without_backslashes(path, path.with_suffix(".draft"), "data.csv")
    assert plain.read_text() == 'a\n"x\\n""y"\nz\\"\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b\nu1,"C:\\dir\\"\nu2,"x"\n', 2),
        ('a,b\n"C:\\","x"\nu2,x\n', 2),
        ('a,b\nu1,"C:\\"\nu2,"D:\\"\n', 2),
        ('a,b\n"u0","say \\"hi\\", then"\n"u1","C:\\"\n"u2","x"\n', 3),
        ('a,b\r\n"u1\\","C:"\r\n"u2\\","x"\r\n', 2),
    ],
)
def test_a_value_that_ends_in_a_backslash_is_placed(path, text, line):
    path.write_text(text, newline="")
    with pytest.raises(JobFailure, match="A value in quotes ends in a backslash") as caught:
        without_backslashes(path, path.with_suffix(".draft"), "s3://b/a.csv")
    assert f"write \\\\ for a backslash (s3://b/a.csv, line {line})" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("a,b,c\n1,2,3\n", False),
        ("a,b,c\n1,2\n", True),
        ('a,b,c\n"1,1",2,3\n', False),
        ('a,b,c\n"1,1",2\n', True),
        ('a,b,c\n"1,1",2\n"1,,1",2,3\n', True),
        ("a\n1\n\n", False),
    ],
)
def test_short_rows_are_found(path, text, short):
    path.write_text(text)
    header = read_header(path, "data.csv")
    n_rows = len([*csv.reader(io.StringIO(text))]) - 1
    assert has_short_rows(path, header, n_rows) is short


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a\n"x"\n', None),
        ('a\n5" disk\n', 2),
        ('a,b\n"x\ny",1\n"z,2\n', 4),
    ],
)
def test_a_stray_quote_is_placed(path, text, line):
    path.write_text(text)
    assert first_stray_quote(path) == line


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"A,B\n1,2\n", ["A", "B"]),
        (b"\xef\xbb\xbfA,B\r\n1,2\r\n", ["A", "B"]),
        (b'"A","B,C"', ["A", "B,C"]),
    ],
)
def test_the_header_is_read_with_or_without_mark_and_quotes(path, data, names):
    path.write_bytes(data)
    assert read_header(path, "data.csv") == names


def test_a_header_has_ten_thousand_columns_at_most(path):
    names = [f"C{n}" for n in range(80_000)]
    path.write_text(",".join(names[:10_000]) + "\n")
    assert read_header(path, "data.csv") == names[:10_000]
    path.write_text(",".join(names) + "\n")
    with pytest.raises(JobFailure, match="names 80000 columns; a file may have at most 10000"):
        read_header(path, "data.csv")


def test_a_header_that_is_longer_than_any_is_refused(path):
    path.write_text("C" * (1 << 20) + ",D\n")
    with pytest.raises(JobFailure, match="The first line is longer than 1048576 bytes"):
        read_header(path, "data.csv")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty"),
        (b"\nA,B\n", "no header in its first line"),
        (b"A,\xff\n", "not UTF-8"),
        ("A,B\n".encode("utf-16"), "not UTF-8"),
        (b"A,B,A\n", "names a column twice: 'A'"),
    ],
)
def test_what_is_no_header(path, data, says):
    path.write_bytes(data)
    with pytest.raises(JobFailure, match=says) as caught:
        read_header(path, "s3://bucket/data.csv")
    assert "s3://bucket/data.csv" in str(caught.value)
