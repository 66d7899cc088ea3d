"""The file that gives related series other values for a what-if forecast."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from presage.errors import JobFailure
from presage.stores import Stores
from presage.tables.forecast.layout import FORMATS, SECOND
from presage.tables.forecast.schema import TIMESTAMP

from .texts import attribute_types, read_texts


def replacement_rows(stores: Stores, source: Mapping[str, Any], dimensions: Sequence[str]) -> pl.DataFrame:
    """The rows of a TimeSeriesReplacementsDataSource: dimensions, seconds, and numbers, null where empty.

    Raises JobFailure naming the column, the value and what is wrong with it.
    """
    location: str = source["S3Config"]["Path"]
    rows = read_texts(stores, location, attribute_types(source), (*dimensions, TIMESTAMP))
    given = source.get("TimestampFormat", SECOND).replace("hh", "HH")
    if given not in FORMATS:
        raise JobFailure(f"TimestampFormat is {given!r}; it must be one of: {', '.join(FORMATS)}")
    times = pl.col(TIMESTAMP).str.strptime(pl.Datetime("ms"), FORMATS[given], strict=False).dt.epoch("s")
    numbers = [name for name in rows.columns if name not in (*dimensions, TIMESTAMP)]
    cells = [pl.col(name).replace("", None).cast(pl.Float64, strict=False) for name in numbers]
    parsed = rows.select(*dimensions, times, *cells)
    for name in (TIMESTAMP, *numbers):
        wrong = rows.filter(parsed[name].is_null() & rows[name].is_not_null() & (rows[name] != ""))
        if len(wrong):
            wanted = f"a time such as {given}" if name == TIMESTAMP else "a number"
            raise JobFailure(f"{name} is {wrong[name][0]!r}; it must be {wanted} ({location})")
    return parsed.drop_nulls([*dimensions, TIMESTAMP])
