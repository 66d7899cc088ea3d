"""What the first lines of a CSV file tell: its separator, where rows begin, whether columns have names."""

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from presage.errors import InvalidInputException

from .times import form_of

HEAD_BYTES = 64 * 1024
PARQUET = b"PAR1"
GZIP = b"\x1f\x8b"
SEPARATORS = ",;\t|"
N_LINES = 20
MOST_TIMES = 2
"""A first line with more times in it names columns by days."""
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_OTHERS = {b"{": "JSON", b"[": "JSON", b"<": "a web page or XML"}


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """How a CSV file is to be read.

    Parameters
    ----------
    n_skipped : lines before its first row: titles, empty ones, and what Excel writes about the separator
    has_names : whether the first row names the columns
    ends_line : what stands between lines
    """

    separator: str
    n_skipped: int
    has_names: bool
    ends_line: str


def head_of(path: Path) -> bytes:
    """The first bytes, unpacked. Raises InvalidInputException if they are no text, and no Parquet either."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(GZIP):
        try:
            with gzip.open(path) as packed:
                head = packed.read(HEAD_BYTES)
        except (OSError, EOFError):
            raise InvalidInputException("the file is packed with gzip, and damaged") from None
    if not head.strip():
        raise InvalidInputException("the file is empty; it must hold rows")
    if head.startswith(_BOOKS):
        raise InvalidInputException("the file is a workbook or a zip archive; save it as CSV, and bring that")
    if b"\0" in head and not head.startswith(PARQUET):
        raise InvalidInputException("the file is no text; save it as CSV in UTF-8, and bring that")
    if other := _OTHERS.get(head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]):
        raise InvalidInputException(f"the file is {other}; save its rows as CSV or Parquet, and bring that")
    return head


def read_beginning(head: bytes) -> Beginning:
    """How the file is to be read that begins so."""
    text = head.decode("utf-8-sig", errors="replace")
    ends_line = "\r" if "\r" in text and "\n" not in text else "\n"
    lines = [line.rstrip("\r") for line in text.split(ends_line)]
    if len(head) >= HEAD_BYTES and len(lines) > 2:
        lines.pop()  # it may be cut
    told = lines[0].lower().removeprefix("sep=") if lines[0].lower().startswith("sep=") else ""
    first = 1 if told else 0
    separator = told if told and told in SEPARATORS else _separator(lines[first : first + N_LINES])
    rows = [_cells(line, separator) for line in lines[first:]]
    first += next((n for n, row in enumerate(rows) if sum(map(bool, row)) > 1), 0)
    names = _cells(lines[first], separator) if first < len(lines) else []
    n_times = sum(form_of(pl.Series([one], dtype=pl.String))[1] > 0 for one in names[:N_LINES] if one)
    return Beginning(
        separator=separator,
        n_skipped=first,
        has_names=not 1 <= n_times <= MOST_TIMES,
        ends_line=ends_line,
    )


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for row in csv.reader([line], delimiter=separator) for cell in row]
    except csv.Error:
        return [cell.strip() for cell in line.split(separator)]


def _separator(lines: Sequence[str]) -> str:
    """The separator by which most lines fall into the same number of cells, the most if several do."""

    def fits(separator: str) -> tuple[int, int]:
        widths = [len(_cells(line, separator)) for line in lines if line.strip()]
        best = max(widths, key=lambda width: (widths.count(width), width), default=0)
        return (widths.count(best) if best > 1 else 0), best

    return max(SEPARATORS, key=fits)
