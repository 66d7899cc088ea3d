"""An import: files in, rows checked and stored by one commit, or nothing stored and a reason.

Each file streams once through Polars into typed Parquet, which is then held against the rules: reading a
column back costs little. Only a file that fails is read again, slowly, for the place of its first bad value.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from presage.errors import JobFailure, few, shown
from presage.files import is_full

from .blame import first_fault_of_csv, first_fault_of_frame, stray_quote
from .csv_text import has_short_rows, read_first_row, read_header, scan, without_backslashes
from .datasets import DatasetTable, ImportMode, ImportSummary
from .formats import check_is_csv, check_is_parquet, is_parquet_name, unpacked
from .header import check_names, dataset_columns
from .layout import Column, Layout


def import_files(
    files: Sequence[tuple[str, Path]],
    layout: Layout,
    table: DatasetTable,
    mode: ImportMode,
    report: Callable[[str, float], None],
    *,
    are_parquet: bool | None = None,
    job: str = "",
    keep: Iterable[int] = (),
) -> ImportSummary:
    """Check the files and store their rows in one commit; a job that has stored them stores nothing again.

    Parameters
    ----------
    files : (name that failures use, local path) each; with `.gz` at the end of its name it may be packed
    mode : FULL replaces what earlier imports brought, INCREMENTAL adds to it
    report : told (step, fraction done in [0, 1])
    are_parquet : whether the files are Parquet or CSV; None = those are Parquet whose names end in `.parquet`
    job : names the import, however often it is tried
    keep : the versions of `bulk` that something still needs

    Raises JobFailure naming file, line, column, value and rule; then nothing is stored.
    """
    if not files:
        raise JobFailure("Invalid Data location: there is no file to import")
    with table.importing() as draft:
        if job and (stored := table.imported(job, layout)):
            return stored
        if mode == "INCREMENTAL" and table.version.bulk < 0:
            raise JobFailure("The first import into a dataset must have import mode FULL, not INCREMENTAL")
        *before, size = accumulate((max(1, path.stat().st_size) for _, path in files), initial=0)
        parts: list[Path] = []
        for n, (name, path) in enumerate(files):
            report(f"read {name}", 0.95 * before[n] / size)
            part = draft / f"{n:06d}.parquet"
            is_parquet = is_parquet_name(name) if are_parquet is None else are_parquet
            _check_and_store(name, path, layout, part, is_parquet=is_parquet)
            parts.append(part)
        report("check", 0.95)
        rows = pl.scan_parquet(parts, glob=False)
        n_rows = _check_whole(rows, layout, table if mode == "INCREMENTAL" else None)
        report("store", 0.97)
        missing = _missing(rows, layout)
        summary = table.store(parts, layout, mode, rows=n_rows, missing=missing, job=job, keep=keep)
    report("stored", 1.0)
    return summary


def _check_and_store(name: str, path: Path, layout: Layout, part: Path, *, is_parquet: bool) -> None:
    with unpacked(path, name, part.with_suffix(".unpacked")) as plain:
        if is_parquet:
            _store_parquet(name, plain, layout, part)
        else:
            _store_csv(name, plain, layout, part)


def _store_csv(name: str, path: Path, layout: Layout, part: Path) -> None:
    check_is_csv(path, name)
    found, ours, has_header = _columns(path, name, layout)
    columns = [ours.get(column, column) for column in found]
    plain = without_backslashes(path, part.with_suffix(".csv"), name)
    types = {column: layout.file_types.get(ours.get(column, column), pl.String()) for column in found}
    rows = scan(plain, types, has_header=has_header).rename(ours)
    first_fault = partial(first_fault_of_csv, plain, name, columns, layout, has_header=has_header)
    try:
        _sink(rows, layout, part)
        if _is_sound(part, layout):
            # Too short a row shows as a null at its end, unless nulls are allowed there.
            if not _may_end_in_null(columns, layout) or not has_short_rows(
                plain, found, _count(rows), has_header=has_header
            ):
                return
            if (fault := first_fault()) is None:
                return
            raise fault
        reason = "a value breaks a rule"
    except PolarsError as error:
        if is_full(error):
            raise
        reason = str(error).splitlines()[0]
    fault = first_fault() or stray_quote(plain, name)
    raise fault or JobFailure(f"The file could not be read: {reason} ({name})")


def _columns(path: Path, name: str, layout: Layout) -> tuple[Sequence[str], Mapping[str, str], bool]:
    """The columns of a CSV file as it writes them, as the dataset does, and whether it has a header."""
    if layout.is_header is None:
        found = read_header(path, name)
        return found, dataset_columns(found, layout, name), True
    first = read_first_row(path, name)
    if len(first) != len(layout.names):
        raise JobFailure(
            f"The file has {len(first)} columns, the dataset {len(layout.names)}, in this order:"
            f" {few(layout.names)} ({name}, line 1: {shown(','.join(first))})"
        )
    try:
        has_header = layout.is_header(first)
    except ValueError as error:
        raise JobFailure(f"{error} ({name}, line 1)") from None
    if has_header:
        check_names(first, f"{name}, line 1")
        return first, dict(zip(first, layout.names, strict=True)), True
    return layout.names, {}, False


def _may_end_in_null(columns: Sequence[str], layout: Layout) -> bool:
    last = next((c for c in layout.columns if c.name == columns[-1]), None)
    return last is None or last.nullable


def _store_parquet(name: str, path: Path, layout: Layout, part: Path) -> None:
    check_is_parquet(path, name)
    rows = pl.scan_parquet(path, glob=False)
    try:
        found = rows.collect_schema()
    except PolarsError as error:
        raise JobFailure(f"The file is not Parquet: {str(error).splitlines()[0]} ({name})") from None
    check_names(found.names(), name)
    ours = dataset_columns(found.names(), layout, name)
    rows = _with_times_as_text(rows.rename(ours), layout)
    found = rows.collect_schema()
    for column in layout.columns:
        if not _can_become(found[column.name], column):
            raise JobFailure(
                f"{column.name} must be {column.in_words}"
                f" ({name}: the column is of type {found[column.name]})"
            )
    try:
        _sink(rows.select(pl.col(c).cast(kind) for c, kind in layout.file_types.items()), layout, part)
        if _is_sound(part, layout):
            return
        reason = "a value breaks a rule"
    except PolarsError as error:
        if is_full(error):
            raise
        reason = str(error).splitlines()[0]
    fault = first_fault_of_frame(rows.select(layout.names), name, layout)
    raise fault or JobFailure(f"The file could not be read: {reason} ({name})")


def _with_times_as_text(rows: pl.LazyFrame, layout: Layout) -> pl.LazyFrame:
    """Dates and instants of columns that may have them, as a CSV file writes them."""
    found = rows.collect_schema()
    formats = {c.name: c.time_format for c in layout.columns if c.time_format and found[c.name].is_temporal()}
    return rows.with_columns(
        pl.col(column).cast(pl.Datetime("ms")).dt.to_string(text) for column, text in formats.items()
    )


def _can_become(found: pl.DataType, column: Column) -> bool:
    """Whether a Parquet column's values can be a dataset's without loss of meaning."""
    if column.read_as == "string":
        return found.is_integer() or isinstance(found, pl.String | pl.Categorical | pl.Enum)
    if column.read_as == "boolean":
        return found == pl.Boolean()
    return found.is_integer() or (found.is_numeric() and column.read_as in ("float", "double"))


def _sink(rows: pl.LazyFrame, layout: Layout, part: Path) -> None:
    """Write the layout's columns, as they are stored, to Parquet; wholly empty lines are left out."""
    filled = pl.any_horizontal(pl.col(layout.names).is_not_null())
    rows.select(column.stored for column in layout.columns).filter(filled).sink_parquet(
        part, engine="streaming"
    )


def _is_sound(part: Path, layout: Layout) -> bool:
    broken = [rule.broken.any().alias(str(n)) for n, rule in enumerate(layout.rules)]
    found = pl.scan_parquet(part, glob=False).select(broken).collect(engine="streaming")
    return not any(found.row(0))


def _check_whole(rows: pl.LazyFrame, layout: Layout, added_to: DatasetTable | None) -> int:
    """Hold all files together against what an import must be; return how many rows there are."""
    n_rows = _count(rows)
    if n_rows == 0:
        raise JobFailure("There is no row to import: the files have a header only")
    layout.check(rows, n_rows, lambda column: added_to.distinct(column, layout) if added_to else set())
    return n_rows


def _missing(rows: pl.LazyFrame, layout: Layout) -> dict[str, int]:
    """Column -> how many of its cells are empty, where that is counted and some are."""
    counts = rows.select(pl.col(layout.counted).null_count()).collect(engine="streaming")
    return {column: counts[column].item() for column in layout.counted if counts[column].item()}


def _count(rows: pl.LazyFrame) -> int:
    return rows.select(pl.len()).collect(engine="streaming").item()
