"""Small files beside the datasets, such as the series that a forecast is to be of, read as texts."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from presage.buckets.objects import SourceFile
from presage.errors import JobFailure, few
from presage.stores import Stores


def attribute_names(source: Mapping[str, Any]) -> list[str]:
    """The columns of a file, as the Schema beside it names them; none without one."""
    return [one["AttributeName"] for one in source.get("Schema", {}).get("Attributes", ())]


def read_texts(
    stores: Stores,
    location: str,
    columns: Sequence[str],
    needed: Sequence[str],
    *,
    are_parquet: bool = False,
) -> pl.DataFrame:
    """The rows of all files at a location, all columns as texts without spaces around them; no header.

    Parameters
    ----------
    columns : of the files, in their order
    needed : those that must be among them

    Raises JobFailure naming what is wrong with the columns or a file.
    """
    if missing := [name for name in needed if name not in columns]:
        raise JobFailure(
            f"the Schema of {location} lacks {few(missing)}; a time series is named by {', '.join(needed)}"
            " together"
        )
    found = [
        _read(stores, file, columns, is_parquet=are_parquet)
        for file in stores.locations.files(location, subfolders=True)
    ]
    return pl.concat(found)


def _read(stores: Stores, file: SourceFile, columns: Sequence[str], *, is_parquet: bool) -> pl.DataFrame:
    with stores.locations.local_path(file) as path:
        try:
            if is_parquet:
                return pl.read_parquet(path, columns=list(columns)).select(pl.all().cast(pl.String))
            rows = pl.read_csv(path, has_header=False, infer_schema=False)
        except (PolarsError, UnicodeDecodeError) as error:
            raise JobFailure(
                f"the file could not be read: {str(error).splitlines()[0]} ({file.name})"
            ) from None
    if rows.width != len(columns):
        raise JobFailure(
            f"the file has {rows.width} columns; it must have {len(columns)}: {', '.join(columns)}"
            f" ({file.name})"
        )
    named = rows.rename(dict(zip(rows.columns, columns, strict=True)))
    trimmed = named.select(pl.all().str.strip_chars())
    return trimmed.slice(1) if trimmed.row(0) == tuple(columns) else trimmed
