"""What came out, as JSON lines, CSV or Parquet."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from presage.features.bts import Streaming, Window

Line = tuple[str, str]
"""(aggregate, or "" for rows; a line of JSON)."""
_TYPES: dict[str, type[pl.DataType]] = {
    "integer": pl.Int64,
    "float": pl.Float64,
    "string": pl.String,
    "boolean": pl.Boolean,
}
_TIMES = pl.Datetime("us", "UTC")
_LARGEST = 2**63


def write_lines(lines: Iterable[Line], path: Path, types: dict[str, str]) -> None:
    """The lines as they are."""
    del types
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{text}\n" for _, text in lines)


def write_csv(lines: Iterable[Line], path: Path, types: dict[str, str]) -> None:
    """A table with a row for each record, or for each anchor."""
    _table(lines, types).write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%S%.f%:z")


def write_parquet(lines: Iterable[Line], path: Path, types: dict[str, str]) -> None:
    """A table with a row for each record, or for each anchor."""
    _table(lines, types).write_parquet(path)


WRITERS: dict[str, Callable[[Iterable[Line], Path, dict[str, str]], None]] = {
    ".jsonl": write_lines,
    ".csv": write_csv,
    ".parquet": write_parquet,
}
"""Suffix of the file -> what writes it."""


def column_types(streaming: Streaming, window: Window | None) -> dict[str, str]:
    """The type of the field that each column holds: `aggregate.field` -> type."""
    found: dict[str, str] = {}
    for one in (window or streaming).aggregates:
        found[f"{one.name}._identity"] = "string"
        if one.kind in ("block", "activity"):
            found |= dict.fromkeys((f"{one.name}._start_time", f"{one.name}._end_time"), "datetime")
        found |= {f"{one.name}.{field.name}": field.type for field in (*one.fields, *one.dimensions)}
    return found


def _table(lines: Iterable[Line], types: dict[str, str]) -> pl.DataFrame:
    rows = [row for group, text in lines for row in _rows(group, *json.loads(text))]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = [_column(name, [row.get(name) for row in rows], types.get(name, "")) for name in names]
    return pl.DataFrame(columns)


def _rows(group: str, label: str, found: Any) -> list[dict[str, Any]]:
    """The rows of one line: of a record one, with its key; of an identity one for each anchor."""
    if group:
        return [{"key": label} | {f"{group}.{name}": value for name, value in found.items()}]
    return [{"identity": label, **row} for row in found]


def _column(name: str, cells: list[Any], type_: str) -> pl.Series:
    """A column of the field's type; lists and maps are JSON text, and so is what is of no one type."""
    if type_ == "datetime":
        return pl.Series(
            name, [cell and datetime.fromisoformat(cell).astimezone(UTC) for cell in cells], _TIMES
        )
    wanted = _TYPES.get(type_) or _common(cells)
    if wanted is pl.Int64 and any(abs(cell) >= _LARGEST for cell in cells if cell is not None):
        wanted = pl.String
    if wanted is pl.String:
        cells = [cell if cell is None or isinstance(cell, str) else json.dumps(cell) for cell in cells]
    return pl.Series(name, cells, wanted, strict=False)


def _common(cells: list[Any]) -> type[pl.DataType]:
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:
        return pl.Boolean
    if kinds <= {int, bool}:
        return pl.Int64
    return pl.Float64 if kinds <= {int, float, bool} else pl.String
