"""The second, slower look at a file that failed: the first bad value, and where it stands.

Rows are read with Python's own readers, which know their lines, in small batches; each batch is held against
the same rules as the fast pass.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from presage.errors import JobFailure

from .datasets import POLARS_TYPE
from .rules import rules_of
from .schema import DatasetSchema, Field

_ROWS_PER_BATCH = 20_000
_KIND_TEXT = {
    "int": "a whole number of 32 bits",
    "long": "a whole number",
    "float": "a number",
    "double": "a number",
    "boolean": "true or false",
    "string": "a string",
}


def first_fault_of_csv(
    path: Path, name: str, header: Sequence[str], schema: DatasetSchema
) -> JobFailure | None:
    """What is wrong with a CSV file, whose escapes have been made plain; None if nothing is found.

    Parameters
    ----------
    name : how the failure calls the file
    """
    batch: list[tuple[int, list[str]]] = []
    last: JobFailure | None = None
    for line, row in _rows(path):
        if isinstance(row, str):
            last = JobFailure(f"{row} ({name}, line {line})")
            break
        if not any(row):
            continue
        if len(row) != len(header):
            last = JobFailure(
                f"The row has {len(row)} values, the header {len(header)}: is a comma outside quotes,"
                f" or a quote not escaped? ({name}, line {line}: {_shown(','.join(row))})"
            )
            break
        batch.append((line, row))
        if len(batch) == _ROWS_PER_BATCH:
            if fault := _fault_in_strings(batch, name, header, schema):
                return fault
            batch = []
    return _fault_in_strings(batch, name, header, schema) or last


def first_fault_of_frame(rows: pl.LazyFrame, name: str, schema: DatasetSchema) -> JobFailure | None:
    """What is wrong with rows that carry their own types, as Parquet does; None if nothing is found."""
    first_row = 1
    for batch in rows.collect_batches(chunk_size=_ROWS_PER_BATCH, maintain_order=True):
        places = [f"row {n}" for n in range(first_row, first_row + batch.height)]
        if fault := _fault_in_batch(batch, places, name, schema):
            return fault
        first_row += batch.height
    return None


def _rows(path: Path) -> Iterator[tuple[int, list[str] | str]]:
    """(first line, values) of each row after the header; or, last, the text of what cannot be read."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, strict=True)
        next(reader)
        line = reader.line_num + 1
        try:
            for row in reader:
                yield line, row
                line = reader.line_num + 1
        except csv.Error as error:
            what = (
                "A quoted value is not closed"
                if "end of data" in str(error) or "limit" in str(error)
                else str(error)
            )
            yield line, f'{what}; a quote inside a quoted value is written \\"'


def _fault_in_strings(
    rows: Sequence[tuple[int, list[str]]], name: str, header: Sequence[str], schema: DatasetSchema
) -> JobFailure | None:
    for line, row in rows:
        for column, value in zip(header, row, strict=True):
            if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
                return JobFailure(
                    f"The text is not UTF-8 ({name}, line {line}, column {column}: {_shown(value)})"
                )
    columns = {c: [row[n] or None for _, row in rows] for n, c in enumerate(header) if c in schema}
    batch = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))
    return _fault_in_batch(batch, [f"line {line}" for line, _ in rows], name, schema)


def _fault_in_batch(
    raw: pl.DataFrame, places: Sequence[str], name: str, schema: DatasetSchema
) -> JobFailure | None:
    typed = raw.select(_typed(f, raw.schema[f.name]) for f in schema.fields)
    faults: list[tuple[int, str, str]] = []
    for field in schema.fields:
        lost = raw[field.name].is_not_null() & typed[field.name].is_null()
        if lost.any():
            faults.append((lost.arg_max() or 0, field.name, f"{field.name} must be {_KIND_TEXT[field.kind]}"))
    for rule in rules_of(schema):
        broken = typed.select(rule.broken).to_series()
        if broken.any():
            faults.append((broken.arg_max() or 0, rule.column, rule.text))
    if not faults:
        return None
    row, column, text = min(faults, key=lambda fault: fault[0])
    return JobFailure(f"{text} ({name}, {places[row]}, column {column}: {_shown(raw[column][row])})")


def _typed(field: Field, kind: pl.DataType) -> pl.Expr:
    column = pl.col(field.name)
    if field.kind == "boolean" and kind == pl.String():
        return column.str.to_lowercase().replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=pl.Boolean()
        )
    return column.cast(POLARS_TYPE[field.kind], strict=False)


def _shown(value: Any) -> str:
    text = "" if value is None else str(value)
    return ascii(text) if len(text) <= 100 else f"{text[:100]!a}... ({len(text)} characters)"
