"""What stands in a CSV file before its values are read: header, escapes, quotes, and rows that are too short.

Polars reads values at speed but knows no backslash escapes and fills rows that are too short with nulls.
"""

import csv
import mmap
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from presage.errors import JobFailure

from .header import check_names

_MOST_HEADER_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 24
_VALUE_BEGINS = rb"(?:(?<![^,\n\r])|(?<=\A\xef\xbb\xbf))"
_QUOTED = re.compile(rb'"[^"\\]*+(?:(?:""|\\[\s\S])[^"\\]*+)*+"')
_NOTHING_ESCAPED = re.compile(
    rb'(?:[^"]++|(?!' + _VALUE_BEGINS + rb')"|"[^"\\]*+(?:""[^"\\]*+)*+")*+'
)  # text outside quotes, quotes inside unquoted values, and quoted values without a backslash
_PLAIN_QUOTED_OR_QUOTE = re.compile(_VALUE_BEGINS + rb'"[^"]*+(?:""[^"]*+)*+"|"')
_ESCAPED = re.compile(rb"\\([\s\S])")
_AFTER_VALUE = (b"", b",", b"\r", b"\n")
_ESCAPE = re.compile(rb'\\(["\\])')


def check_not_empty(path: Path, name: str) -> None:
    """Raise JobFailure if the file has no byte."""
    if not path.stat().st_size:
        raise JobFailure(f"The file is empty; it must hold rows ({name})")


def read_header(path: Path, name: str) -> list[str]:
    """The column names in the first line of a file.

    Raises JobFailure if there is none, or it is not UTF-8, or names a column twice.
    """
    header = read_first_row(path, name)
    check_names(header, f"{name}, line 1")
    return header


def read_first_row(path: Path, name: str) -> list[str]:
    """The values in the first line of a file; raises JobFailure if there are none, or they are not UTF-8."""
    check_not_empty(path, name)
    with path.open("rb") as file:
        line = file.readline(_MOST_HEADER_BYTES)
        if len(line) == _MOST_HEADER_BYTES and file.read(1):
            raise JobFailure(
                f"The first line is longer than {_MOST_HEADER_BYTES} bytes; it must hold the names of the"
                f" columns, and rows follow in lines of their own ({name})"
            )
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise JobFailure(f"The header is not UTF-8 ({name}, line 1, byte {error.start + 1})") from None
    if not text:
        raise JobFailure(
            "The file has no header in its first line, but nothing;"
            f" a CSV file begins with a line of column names ({name})"
        )
    try:
        return next(csv.reader([text]))
    except csv.Error as error:
        raise JobFailure(f"The header is no line of column names: {error} ({name}, line 1)") from None


def without_backslashes(path: Path, draft: Path, name: str) -> Path:
    r"""A file in which `\"` and `\\` inside quoted values read `""` and `\`: `path` itself, or `draft`.

    Lines stay where they are. Raises JobFailure for a value that ends in a single backslash.
    """
    with _mapped(path) as text:
        if text.find(b"\\") < 0 or not any(_values_with_backslash(text)):
            return path
        with draft.open("wb") as out:
            done = 0
            for start, end in _values_with_backslash(text):
                _check_end(text, start, end, name)
                _copy(text, done, start, out)
                out.write(_ESCAPE.sub(lambda m: b'""' if m[1] == b'"' else b"\\", text[start:end]))
                done = end
            _copy(text, done, len(text), out)
    return draft


def first_stray_quote(path: Path) -> int | None:
    """The line of the first quote that neither begins nor ends a quoted value, nor is doubled inside one.

    Parameters
    ----------
    path : a file without backslash escapes
    """
    with _mapped(path) as text:
        for match in _PLAIN_QUOTED_OR_QUOTE.finditer(text):
            if len(match.group()) == 1:
                return 1 + _count(text, b"\n", match.start())
    return None


def has_short_rows(path: Path, header: Sequence[str], n_rows: int, *, has_header: bool = True) -> bool:
    """Whether some row may have fewer values than the header; lines that are wholly empty are such rows too.

    Parameters
    ----------
    header : the columns, whether or not the file begins with their names
    n_rows : how many rows Polars reads, none of them longer than the header
    """
    with _mapped(path) as text:
        n_commas = _count(text, b",", len(text))
        is_quoted = text.find(b'"') >= 0
    if is_quoted:
        strings = dict.fromkeys(header, pl.String())
        inside = pl.all().str.count_matches(",", literal=True).cast(pl.Int64).sum()
        found = scan(path, strings, has_header=has_header).select(inside).collect(engine="streaming")
        n_commas -= sum(found.row(0))
        if has_header:
            n_commas -= sum(name.count(",") for name in header)
    return n_commas < (n_rows + has_header) * (len(header) - 1)


def scan(path: Path, columns: Mapping[str, pl.DataType], *, has_header: bool = True) -> pl.LazyFrame:
    """The values, with the columns in the file's order; an empty cell is null."""
    return pl.scan_csv(path, schema=dict(columns), has_header=has_header, glob=False)


@contextmanager
def _mapped(path: Path) -> Generator[mmap.mmap]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        yield text


def _values_with_backslash(text: mmap.mmap) -> Iterator[tuple[int, int]]:
    """(start, end) of each quoted value that contains a backslash, quotes included."""
    at = 0
    while True:
        plain = _NOTHING_ESCAPED.match(text, at)
        at = plain.end() if plain else at
        if at == len(text):
            return
        if value := _QUOTED.match(text, at):
            yield at, value.end()
            at = value.end()
        else:
            at += 1  # a quote that nothing closes


def _check_end(text: mmap.mmap, start: int, end: int, name: str) -> None:
    """Raise JobFailure if a quoted value goes on to a later quote because of a backslash before its own."""
    if text[end : end + 1] in _AFTER_VALUE:
        return
    for escape in _ESCAPED.finditer(text[start:end]):
        at = start + escape.end()
        if escape[1] == b'"' and text[at : at + 1] in _AFTER_VALUE:
            line = 1 + _count(text, b"\n", at)
            raise JobFailure(
                "A value in quotes ends in a backslash, which makes the quote after it part of the value;"
                f" write \\\\ for a backslash ({name}, line {line})"
            )


def _copy(text: mmap.mmap, start: int, end: int, out: BinaryIO) -> None:
    for begin in range(start, end, _CHUNK_BYTES):
        out.write(text[begin : min(begin + _CHUNK_BYTES, end)])


def _count(text: mmap.mmap, sign: bytes, end: int) -> int:
    """How often a byte stands before `end`."""
    n_found = 0
    for start in range(0, end, _CHUNK_BYTES):
        chunk = np.frombuffer(text[start : min(start + _CHUNK_BYTES, end)], np.uint8)
        n_found += int(np.count_nonzero(chunk == sign[0]))
    return n_found
