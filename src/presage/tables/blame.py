"""The second, slower look at a file that failed: the first bad value, and where it stands.

Rows are read with Python's own readers, which know their lines, in small batches; each batch is held against
the same rules as the fast pass.
"""

import csv
from collections.abc import Generator, Sequence
from pathlib import Path

import polars as pl

from presage.errors import JobFailure, shown

from .csv_text import first_stray_quote
from .layout import POLARS_TYPE, Column, Layout
from .scalars import BOOLEANS

CELLS_PER_BATCH = 1_000_000
_ROWS_PER_BATCH = 20_000
_MOST_CHARACTERS_OF_VALUE = 1 << 24
"""More in one value is a quote that nothing closes; Python's own limit is less than a long description."""
_Row = tuple[int, list[str]]
"""(the line where it begins, its values)"""


def first_fault_of_csv(
    path: Path, name: str, columns: Sequence[str], layout: Layout, *, has_header: bool
) -> JobFailure | None:
    """What is wrong with a CSV file whose escapes have been made plain; None if nothing is found.

    Parameters
    ----------
    name : how the failure calls the file
    columns : those of the file, called as the dataset calls them
    """
    try:
        for batch in batches(path, has_header=has_header):
            if fault := _fault_of_rows(batch, name, columns, layout):
                return fault
    except csv.Error as error:
        return JobFailure(f"A quoted value does not end as it should: {error} ({name}, {_opening(path)})")
    return None


def stray_quote(path: Path, name: str) -> JobFailure | None:
    """The first quote that a CSV file, whose escapes have been made plain, has in the wrong place, if any."""
    line = first_stray_quote(path)
    if line is None:
        return None
    return JobFailure(
        'A quote stands inside a value that is not in quotes; write "..." around the value'
        f' and \\" inside it ({name}, line {line})'
    )


def first_fault_of_frame(rows: pl.LazyFrame, name: str, layout: Layout) -> JobFailure | None:
    """What is wrong with rows that carry their own types, as Parquet does; None if nothing is found."""
    first_row = 1
    for batch in rows.collect_batches(chunk_size=_ROWS_PER_BATCH, maintain_order=True):
        places = [f"row {n}" for n in range(first_row, first_row + batch.height)]
        if fault := _fault_of_batch(batch, places, name, layout):
            return fault
        first_row += batch.height
    return None


def batches(path: Path, *, has_header: bool) -> Generator[list[_Row]]:
    """The rows after the header if there is one, wholly empty ones left out, few at a time.

    What comes before a csv.Error is given first.
    """
    batch: list[_Row] = []
    n_cells = 0
    fault: csv.Error | None = None
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        csv.field_size_limit(_MOST_CHARACTERS_OF_VALUE)
        reader = csv.reader(file, strict=True)
        try:
            if has_header:
                next(reader)
            line = reader.line_num + 1
            for row in reader:
                if len(batch) == _ROWS_PER_BATCH or (batch and n_cells + len(row) > CELLS_PER_BATCH):
                    yield batch
                    batch, n_cells = [], 0
                if any(row):
                    batch.append((line, row))
                    n_cells += len(row)
                line = reader.line_num + 1
        except csv.Error as error:
            fault = error
    if batch:
        yield batch
    if fault:
        raise fault


def _opening(path: Path) -> str:
    line = first_stray_quote(path)
    return f"line {line}" if line else "last line"


def _fault_of_rows(
    rows: Sequence[_Row], name: str, header: Sequence[str], layout: Layout
) -> JobFailure | None:
    """The first fault of some rows; those before the first that has no proper values are judged first."""
    odd = next((n for n, (_, row) in enumerate(rows) if _is_odd(row, header)), len(rows))
    sound = rows[:odd]
    columns = {c: [row[n] or None for _, row in sound] for n, c in enumerate(header) if c in layout}
    batch = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))
    fault = _fault_of_batch(batch, [f"line {line}" for line, _ in sound], name, layout)
    if fault or odd == len(rows):
        return fault
    line, row = rows[odd]
    if len(row) != len(header):
        return JobFailure(
            f"The row has {len(row)} values, the header {len(header)}; a comma inside a value needs quotes"
            f" around the value ({name}, line {line}: {shown(','.join(row))})"
        )
    column, value = next((c, v) for c, v in zip(header, row, strict=True) if not _is_text(v))
    return JobFailure(f"The text is not UTF-8 ({name}, line {line}, column {column}: {shown(value)})")


def _is_odd(row: Sequence[str], header: Sequence[str]) -> bool:
    return len(row) != len(header) or not _is_text("".join(row))


def _is_text(value: str) -> bool:
    """Whether the bytes were UTF-8: others were read as lone surrogates."""
    return value.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in value)


def _fault_of_batch(raw: pl.DataFrame, places: Sequence[str], name: str, layout: Layout) -> JobFailure | None:
    typed = raw.select(_typed(c, raw.schema[c.name]) for c in layout.columns)
    kept = typed.select(column.stored for column in layout.columns)
    faults: list[tuple[int, str, str]] = []
    for column in layout.columns:
        lost = _lost(raw[column.name], typed[column.name], kept[column.name], column)
        if lost.any():
            faults.append((lost.arg_max() or 0, column.name, f"{column.name} must be {column.in_words}"))
    for rule in layout.rules:
        broken = kept.select(rule.broken).to_series()
        if broken.any():
            faults.append((broken.arg_max() or 0, rule.column, rule.text))
    if not faults:
        return None
    row, column, text = min(faults, key=lambda fault: fault[0])
    return JobFailure(f"{text} ({name}, {places[row]}, column {column}: {shown(raw[column][row])})")


def _lost(raw: pl.Series, typed: pl.Series, kept: pl.Series, column: Column) -> pl.Series:
    """True where a cell has a value of which nothing could be made."""
    lost = raw.is_not_null() & typed.is_null()
    if column.file_kind is not None and not column.nullable:
        lost |= typed.is_not_null() & kept.is_null()
    return lost


def _typed(column: Column, found: pl.DataType) -> pl.Expr:
    cell = pl.col(column.name)
    if column.read_as == "boolean" and found == pl.String():
        return cell.str.to_lowercase().replace_strict(BOOLEANS, default=None, return_dtype=pl.Boolean())
    return cell.cast(POLARS_TYPE[column.read_as], strict=False)
