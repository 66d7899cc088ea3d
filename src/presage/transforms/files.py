"""Events from files: JSON lines, also packed, CSV and Parquet."""

import bz2
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
from polars import selectors

from presage.features.bts import Dropped, Event, Reader, TransformError, check_identity

Events = list[tuple[Any, Event]]
"""(time, event) of one identity, in the order read."""
_PACKED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}
_ROWS_AT_ONCE = 50_000


def read_events(
    files: Iterable[Path], reader: Reader, *, dropped: Callable[[str], None], advance: Callable[[int], None]
) -> dict[str, Events]:
    """The events of each identity, identities in the order in which they appear.

    Parameters
    ----------
    files : read in this order; CSV and Parquet by suffix, all others JSON lines
    dropped : told of each line or record that cannot be used
    advance : told how many lines or rows have been read since it was told last

    Raises TransformError for an identity that is no text, ValueError for a file that cannot be read.
    """
    groups: dict[str, Events] = {}
    for path in files:
        for n_read, placed in enumerate(_placed(path, reader)):
            if not n_read % _ROWS_AT_ONCE and n_read:
                advance(_ROWS_AT_ONCE)
            if isinstance(placed, Dropped):
                dropped(f"{path}: {placed}")
                continue
            identity, time, event = placed
            try:
                groups[identity].append((time, event))
            except (KeyError, TypeError):
                groups[_checked(identity, path)] = [(time, event)]
    return groups


def _checked(identity: object, path: Path) -> str:
    try:
        return check_identity(identity)
    except TransformError as error:
        raise TransformError(f"{path}: {error}") from None


def _placed(path: Path, reader: Reader) -> Iterator[Any]:
    if path.suffix.lower() in (".csv", ".parquet"):
        if reader.processor != "simple":
            raise ValueError(f"{path} is a table, and {reader.processor} is for lines; leave it out")
        return map(reader.placed, _table_rows(path))
    return reader.lines(_lines(path))


def _lines(path: Path) -> Iterator[bytes]:
    open_file = _PACKED.get(path.suffix.lower(), Path.open)
    with open_file(path, "rb") as file:
        try:
            yield from file
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{path} cannot be unpacked: {error}") from None


def _table_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a table; those of a CSV file are text, and None where a cell is empty."""
    try:
        if path.suffix.lower() == ".csv":
            table = pl.read_csv(path, infer_schema=False)
        else:
            table = pl.read_parquet(path).select(~selectors.binary())
            table = table.with_columns(selectors.decimal().cast(pl.Float64))
    except (pl.exceptions.PolarsError, OverflowError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    for part in table.iter_slices(_ROWS_AT_ONCE):
        yield from part.iter_rows(named=True)
