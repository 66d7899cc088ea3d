"""A Forecast dataset as the tables see it: columns by place, times in seconds of the data's own clock."""

from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from presage.columns import caseless
from presage.errors import JobFailure, few, shown

from ..layout import Column, Layout, Rule, Values
from .schema import METADATA, NUMBER, TARGET, TIMESTAMP, SeriesSchema

DAY, SECOND = "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss"
FORMATS: Mapping[str, str] = {DAY: "%Y-%m-%d", SECOND: "%Y-%m-%d %H:%M:%S"}
"""TimestampFormat -> the same as `strftime` writes it."""
_EXAMPLE: Mapping[str, str] = {DAY: "2024-01-31", SECOND: "2024-01-31 00:00:00"}
_FIRST_YEAR = -30_610_224_000
"""The year 1000, seconds since 1970: what is before it was written with fewer than four digits."""
_MOST_SHOWN = 3


def layout_of(schema: SeriesSchema, timestamp_format: str = SECOND) -> Layout:
    """What the tables must know of a dataset with this schema.

    Parameters
    ----------
    timestamp_format : how the files of an import write their times, one of `FORMATS`
    """
    columns = tuple(_column(schema, name, kind, timestamp_format) for name, kind in schema.types.items())
    return Layout(
        columns=columns,
        is_header=partial(_is_header, schema),
        rules=tuple(rule for column in columns for rule in _rules(schema, column)),
        check=partial(_check_once, schema),
    )


def _column(schema: SeriesSchema, name: str, kind: str, timestamp_format: str) -> Column:
    if kind == "timestamp":
        return Column(
            name=name,
            kind="long",
            file_kind="string",
            convert=partial(_seconds, text=FORMATS[timestamp_format]),
            wanted=f"a time of the format {timestamp_format}, such as {_EXAMPLE[timestamp_format]}",
            time_format=FORMATS[timestamp_format],
        )
    if kind in NUMBER and schema.dataset_type != METADATA:
        return Column(name=name, kind="double", nullable=True)
    return Column(name=name, kind="string", nullable=name not in schema.key, convert=_trimmed)


def _seconds(cell: pl.Expr, *, text: str) -> pl.Expr:
    return cell.str.strip_chars().str.strptime(pl.Datetime("ms"), text, strict=False).dt.epoch("s")


def _trimmed(cell: pl.Expr) -> pl.Expr:
    return cell.str.strip_chars()


def _rules(schema: SeriesSchema, column: Column) -> list[Rule]:
    value = pl.col(column.name)
    if column.kind == "double":
        found = [Rule(column=column.name, broken=value.is_infinite(), text=f"{column.name} must be finite")]
        if schema.types[column.name] == "integer":
            is_broken = value.is_not_nan() & (value != value.floor())
            text = f"{column.name} is of type integer and must be a whole number"
            found.append(Rule(column=column.name, broken=is_broken, text=text))
        return found
    if column.nullable:
        return []
    empty = Rule(column=column.name, broken=value.is_null(), text=f"{column.name} must not be empty")
    if column.kind != "long":
        return [empty]
    year = Rule(
        column=column.name,
        broken=value < _FIRST_YEAR,
        text=f"the year of {column.name} must have four digits",
    )
    return [empty, year]


def _is_header(schema: SeriesSchema, row: Sequence[str]) -> bool:
    """Whether the first row of a file is a header.

    It is one if a cell holds the name of its column, or if where a time should be there is not even a digit.

    Raises ValueError if it names the dataset's columns in another order.
    """
    cells = [caseless(cell.strip()) for cell in row]
    names = [caseless(name) for name in schema.types]
    if all(cell in names for cell in cells) and cells != names:
        raise ValueError(
            f"The header has the columns in the order {few([cell.strip() for cell in row])};"
            f" the schema has them in the order {few(list(schema.types))}"
        )
    if any(cell == name for cell, name in zip(cells, names, strict=True)):
        return True
    times = [cell for cell, kind in zip(cells, schema.types.values(), strict=True) if kind == "timestamp"]
    return any(cell and not any(sign.isdigit() for sign in cell) for cell in times)


def _check_once(schema: SeriesSchema, rows: pl.LazyFrame, _n_rows: int, _values: Values) -> None:
    """Raise JobFailure if two rows are of the same item, or of the same time of a related series."""
    if schema.dataset_type == TARGET:
        return  # they are aggregated
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
