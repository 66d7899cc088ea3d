"""Small files beside the datasets, such as the series that a forecast is to be of, read as texts."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
from polars.exceptions import PolarsError

from presage.buckets.objects import SourceFile
from presage.columns import by_caseless, caseless
from presage.errors import JobFailure, few
from presage.stores import Stores
from presage.tables.forecast.layout import is_header
from presage.tables.leftovers import is_folder, split_leftovers

Types = Mapping[str, str]
"""Column -> its AttributeType, in the order of the columns."""
Read: TypeAlias = Callable[[Path, Types], pl.DataFrame]


def attribute_types(source: Mapping[str, Any]) -> Types:
    """The columns of a file, as the Schema beside it names them; none without one."""
    attributes = source.get("Schema", {}).get("Attributes", ())
    return {one["AttributeName"]: one.get("AttributeType", "string") for one in attributes}


def read_texts(
    stores: Stores,
    location: str,
    columns: Types,
    needed: Sequence[str],
    *,
    are_parquet: bool = False,
) -> pl.DataFrame:
    """The rows of all files at a location, all columns as texts without spaces around them.

    As in imports, a CSV file may have a header, and Parquet's columns are found by name in any case.

    Parameters
    ----------
    columns : of the files
    needed : those that must be among them

    Raises JobFailure naming what is wrong with the columns or a file.
    """
    if missing := [name for name in needed if name not in columns]:
        raise JobFailure(
            f"the Schema of {location} lacks {few(missing)}; a time series is named by {', '.join(needed)}"
            " together"
        )
    files = stores.locations.files(location, subfolders=True)
    if is_folder(stores.locations.split(location)[1]):
        files, _ = split_leftovers(files, location)
    read = _read_parquet if are_parquet else _read_csv
    return pl.concat([_read(stores, file, columns, read) for file in files])


def _read(stores: Stores, file: SourceFile, columns: Types, read: Read) -> pl.DataFrame:
    with stores.locations.local_path(file) as path:
        try:
            return read(path, columns).select(pl.all().cast(pl.String).str.strip_chars())
        except (PolarsError, UnicodeDecodeError, ValueError) as error:
            raise JobFailure(
                f"the file could not be read: {str(error).splitlines()[0]} ({file.name})"
            ) from None


def _read_parquet(path: Path, columns: Types) -> pl.DataFrame:
    found = by_caseless(pl.read_parquet_schema(path))
    if missing := [name for name in columns if caseless(name) not in found]:
        raise ValueError(f"it has no column {missing[0]!r}")
    names = [found[caseless(name)] for name in columns]
    return (
        pl.read_parquet(path, columns=names)
        .select(pl.col(names))
        .rename(dict(zip(names, columns, strict=True)))
    )


def _read_csv(path: Path, columns: Types) -> pl.DataFrame:
    rows = pl.read_csv(path, has_header=False, infer_schema=False)
    if rows.width != len(columns):
        raise ValueError(f"it has {rows.width} columns; it must have {len(columns)}: {', '.join(columns)}")
    rows = rows.rename(dict(zip(rows.columns, columns, strict=True)))
    return rows.slice(1) if is_header(columns, [cell or "" for cell in rows.row(0)]) else rows
