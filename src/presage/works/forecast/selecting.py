"""Which series a forecast is about: all, or those that a file names."""

from collections.abc import Mapping, Sequence
from typing import Any

from presage.errors import JobFailure
from presage.features.series.table import SeriesTable
from presage.resources.record import Record
from presage.stores import Stores

from .files import PARQUET
from .texts import attribute_types, read_texts


def selected(stores: Stores, record: Record, series: SeriesTable) -> SeriesTable:
    """The series that a TimeSeriesSelector names, all without one; those that are not there are passed over.

    Raises JobFailure if the files cannot be read, or if none of the series that they name is there.
    """
    identifiers: Mapping[str, Any] = record.get("TimeSeriesSelector", {}).get("TimeSeriesIdentifiers", {})
    if not identifiers:
        return series
    return taken(stores, identifiers, series)


def taken(stores: Stores, identifiers: Mapping[str, Any], series: SeriesTable) -> SeriesTable:
    """The series that files name, given a DataSource, its Schema and Format; raises what `selected` does."""
    wanted = _named(stores, identifiers, series.dimensions)
    rows = [row for row, key in enumerate(series.keys) if tuple(key) in wanted]
    if not rows:
        path = identifiers["DataSource"]["S3Config"]["Path"]
        raise JobFailure(f"none of the {len(wanted)} time series that {path} names is in the data")
    return series.take(rows)


def _named(stores: Stores, identifiers: Mapping[str, Any], dimensions: Sequence[str]) -> set[tuple[str, ...]]:
    """The keys that the files of a selector name."""
    rows = read_texts(
        stores,
        identifiers["DataSource"]["S3Config"]["Path"],
        attribute_types(identifiers) or dict.fromkeys(dimensions, "string"),
        dimensions,
        are_parquet=identifiers.get("Format") == PARQUET,
    )
    return set(rows.select(dimensions).drop_nulls().iter_rows())
