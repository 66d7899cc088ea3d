"""What an import says of each attribute: how many values it has, how many differ, how they are spread."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from .schema import METADATA, NUMBER, SeriesSchema

_MOST_OF_32_BITS = 2**31 - 1
Statistics = Mapping[str, Any]


def field_statistics(rows: pl.LazyFrame, schema: SeriesSchema) -> dict[str, Statistics]:
    """Attribute -> the members of the model's Statistics, of the rows of an import.

    Count is of all rows; CountDistinct, Min, Max, Avg and Stddev are of cells that hold a value.
    """
    kinds = {
        name: "string" if schema.dataset_type == METADATA and kind in NUMBER else kind
        for name, kind in schema.types.items()
    }
    asked = [one.alias(f"{name} {what}") for name in kinds for what, one in _asked(name, kinds[name]).items()]
    found = rows.select(asked).collect(engine="streaming").row(0, named=True)
    return {
        name: _members(
            {
                **{what: found[f"{name} {what}"] for what in _asked(name, kind)},
                "CountDistinct": _n_distinct(rows, name, kind),
            },
            kind,
        )
        for name, kind in kinds.items()
    }


def _n_distinct(rows: pl.LazyFrame, name: str, kind: str) -> int:
    """How many values differ; by itself, because beside other figures all rows would be held in memory."""
    return rows.select(_value(name, kind)).unique().select(pl.len()).collect(engine="streaming").item()


def _value(name: str, kind: str) -> pl.Expr:
    cell = pl.col(name)
    return (cell.fill_nan(None) if kind in NUMBER else cell).drop_nulls()


def _asked(name: str, kind: str) -> dict[str, pl.Expr]:
    cell, value = pl.col(name), _value(name, kind)
    asked = {"Count": pl.len(), "CountNull": cell.null_count()}
    if kind in NUMBER:
        asked["CountNan"] = cell.is_nan().sum()
        asked |= {"Avg": value.mean(), "Stddev": value.std(ddof=0)}
    if kind in NUMBER or kind == "timestamp":
        asked |= {"Min": value.min(), "Max": value.max()}
    return asked


def _members(found: Mapping[str, Any], kind: str) -> Statistics:
    counts = {what: n for what, n in found.items() if what.startswith("Count")}
    members: dict[str, Any] = {what: n if n <= _MOST_OF_32_BITS else -1 for what, n in counts.items()}
    members |= {f"{what}Long": n for what, n in counts.items()}
    for what, value in found.items():
        if what not in counts and value is not None:
            members[what] = _written(value, kind) if what in ("Min", "Max") else value
    return members


def _written(value: float, kind: str) -> str:
    if kind == "timestamp":
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return str(int(value)) if kind == "integer" else str(value)
