"""Which series a forecast is about: all, or those that a file names."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from presage.buckets.objects import SourceFile
from presage.errors import JobFailure, few
from presage.features.series.table import SeriesTable
from presage.resources.record import Record
from presage.stores import Stores

from .files import PARQUET


def selected(stores: Stores, record: Record, series: SeriesTable) -> SeriesTable:
    """The series that a TimeSeriesSelector names, all without one; those that are not there are passed over.

    Raises JobFailure if the files cannot be read, or if none of the series that they name is there.
    """
    identifiers: Mapping[str, Any] = record.get("TimeSeriesSelector", {}).get("TimeSeriesIdentifiers", {})
    if not identifiers:
        return series
    wanted = _named(stores, identifiers, series.dimensions)
    rows = [row for row, key in enumerate(series.keys) if tuple(key) in wanted]
    if not rows:
        path = identifiers["DataSource"]["S3Config"]["Path"]
        raise JobFailure(f"none of the {len(wanted)} time series that {path} names is in the data")
    return series.take(rows)


def _named(stores: Stores, identifiers: Mapping[str, Any], dimensions: Sequence[str]) -> set[tuple[str, ...]]:
    """The keys that the files of a selector name."""
    columns = [one["AttributeName"] for one in identifiers.get("Schema", {}).get("Attributes", ())]
    columns = columns or list(dimensions)
    if missing := [name for name in dimensions if name not in columns]:
        raise JobFailure(
            f"the Schema of the TimeSeriesSelector lacks {few(missing)}; a time series is named by"
            f" {', '.join(dimensions)} together"
        )
    found: set[tuple[str, ...]] = set()
    for file in stores.locations.files(identifiers["DataSource"]["S3Config"]["Path"], subfolders=True):
        frame = _read(stores, file, columns, is_parquet=identifiers.get("Format") == PARQUET)
        found.update(frame.select(dimensions).drop_nulls().iter_rows())
    found.discard(tuple(dimensions))  # a header
    return found


def _read(stores: Stores, file: SourceFile, columns: Sequence[str], *, is_parquet: bool) -> pl.DataFrame:
    """The rows of a file, as text."""
    with stores.locations.local_path(file) as path:
        try:
            if is_parquet:
                return pl.read_parquet(path).select(pl.all().cast(pl.String))
            rows = pl.read_csv(path, has_header=False, infer_schema=False)
        except (PolarsError, UnicodeDecodeError) as error:
            reason = str(error).splitlines()[0]
            raise JobFailure(f"the time series to select could not be read: {reason} ({file.name})") from None
    if rows.width != len(columns):
        raise JobFailure(
            f"the file has {rows.width} columns; it must have {len(columns)}, {', '.join(columns)}:"
            f" {file.name}"
        )
    trimmed = rows.select(pl.all().str.strip_chars())
    return trimmed.rename(dict(zip(rows.columns, columns, strict=True)))
