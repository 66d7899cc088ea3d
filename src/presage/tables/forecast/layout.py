"""A Forecast dataset as the tables see it: columns by place, times in seconds of the data's own clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from presage.columns import caseless
from presage.errors import JobFailure, few, shown

from ..layout import Column, Layout, Rule, Values
from ..scalars import number
from .geolocation import FORMATS as GEOLOCATION_FORMATS
from .geolocation import LAT_LONG, check_region, is_broken
from .schema import GEOLOCATION, METADATA, NUMBER, TARGET, TIMESTAMP, SeriesSchema

DAY, SECOND = "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss"
FORMATS: Mapping[str, str] = {DAY: "%Y-%m-%d", SECOND: "%Y-%m-%d %H:%M:%S"}
"""TimestampFormat -> the same as `strftime` writes it."""
_EXAMPLE: Mapping[str, str] = {DAY: "2024-01-31", SECOND: "2024-01-31 00:00:00"}
_FIRST_YEAR = -30_610_224_000
"""The year 1000, seconds since 1970: what is before it was written with fewer than four digits."""
_MOST_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """How the files of an import write what they hold.

    Parameters
    ----------
    timestamp : one of `FORMATS`
    geolocation : one of `geolocation.FORMATS`; empty = any text is one
    """

    timestamp: str = SECOND
    geolocation: str = ""


DEFAULT_FORMAT = FileFormat()


def layout_of(schema: SeriesSchema, written: FileFormat = DEFAULT_FORMAT) -> Layout:
    """What the tables must know of a dataset with this schema, whose files are written in a format."""
    columns = tuple(_column(schema, name, kind, written) for name, kind in schema.types.items())
    return Layout(
        columns=columns,
        is_header=partial(is_header, schema.types),
        rules=tuple(rule for column in columns for rule in _rules(schema, column, written)),
        check=partial(_check_whole, schema, written),
    )


def _column(schema: SeriesSchema, name: str, kind: str, written: FileFormat) -> Column:
    if kind == "timestamp":
        text = FORMATS[written.timestamp]
        return Column(
            name=name,
            kind="long",
            file_kind="string",
            convert=partial(_seconds, text=text),
            wanted=f"a time of the format {written.timestamp}, such as {_EXAMPLE[written.timestamp]}",
            time_format=text,
        )
    if kind in NUMBER and schema.dataset_type != METADATA:
        return Column(name=name, kind="double", nullable=True)
    return Column(name=name, kind="string", nullable=name not in schema.key, convert=_trimmed)


def _seconds(cell: pl.Expr, *, text: str) -> pl.Expr:
    return cell.str.strip_chars().str.strptime(pl.Datetime("ms"), text, strict=False).dt.epoch("s")


def _trimmed(cell: pl.Expr) -> pl.Expr:
    return cell.str.strip_chars()


def _rules(schema: SeriesSchema, column: Column, written: FileFormat) -> list[Rule]:
    name, kind, value = column.name, schema.types[column.name], pl.col(column.name)
    found: list[tuple[pl.Expr, str]] = []
    if not column.nullable:
        found.append((value.is_null(), "must not be empty"))
    if column.kind == "double":
        found.append((value.is_infinite(), "must be finite"))
        if kind == "integer":
            broken = value.is_not_nan() & (value != value.floor())
            found.append((broken, "is of type integer and must be a whole number"))
    if column.kind == "long":
        found.append((value < _FIRST_YEAR, "must have a year of four digits"))
    if kind == GEOLOCATION and written.geolocation:
        text = f"must be {GEOLOCATION_FORMATS[written.geolocation]}"
        found.append((is_broken(value, written.geolocation), text))
    return [Rule(column=name, broken=broken, text=f"{name} {text}") for broken, text in found]


def is_header(types: Mapping[str, str], row: Sequence[str]) -> bool:
    """Whether the first row of a file is a header.

    It is one if a cell holds the name of its column, or if no digit is where a time should be, and no number
    where a number should be.

    Parameters
    ----------
    types : attribute -> its AttributeType, in the order of the columns

    Raises ValueError if it names the columns in another order.
    """
    cells = [caseless(cell.strip()) for cell in row]
    names = [caseless(name) for name in types]
    if all(cell in names for cell in cells) and cells != names:
        raise ValueError(
            f"The header has the columns in the order {few([cell.strip() for cell in row])};"
            f" the schema has them in the order {few(list(types))}"
        )
    if any(cell == name for cell, name in zip(cells, names, strict=True)):
        return True
    kinds = list(zip(cells, types.values(), strict=True))
    times = [cell for cell, kind in kinds if kind == TIMESTAMP]
    numbers = [cell for cell, kind in kinds if kind in NUMBER and number(cell, "double") is not None]
    has_time = any(sign.isdigit() for cell in times for sign in cell)
    return bool(times) and not has_time and not numbers


def _check_whole(
    schema: SeriesSchema, written: FileFormat, rows: pl.LazyFrame, _n_rows: int, _values: Values
) -> None:
    """Raise JobFailure for what is wrong with the rows of an import taken together."""
    for name, kind in schema.types.items():
        if kind == GEOLOCATION and written.geolocation == LAT_LONG:
            check_region(rows, name)
    if schema.dataset_type != TARGET:  # its rows are aggregated
        _check_once(schema, rows)


def _check_once(schema: SeriesSchema, rows: pl.LazyFrame) -> None:
    """Raise JobFailure if two rows are of the same item, or of the same time of a related series."""
    key = list(schema.key)
    again = rows.group_by(key).len("n").filter(pl.col("n") > 1).sort(key)
    found = again.head(_MOST_SHOWN).collect(engine="streaming")
    if not found.height:
        return
    first = found.row(0, named=True)
    told = ", ".join(f"{name} {shown(_written(name, first[name]))}" for name in key)
    what = "each item" if schema.dataset_type == METADATA else "each item, dimension and time"
    raise JobFailure(f"{first['n']} rows have {told}; a {schema.dataset_type} dataset has one row for {what}")


def _written(name: str, value: object) -> object:
    if name != TIMESTAMP or not isinstance(value, int):
        return value
    return str(pl.select(pl.from_epoch(pl.lit(value), "s")).item())
