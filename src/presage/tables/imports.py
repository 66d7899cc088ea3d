"""An import: files in, rows checked and stored by one commit, or nothing stored and a reason.

Each file streams once through Polars into typed Parquet, which is then held against the rules: reading a
column back costs little. Only a file that fails is read again, slowly, for the place of its first bad value.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from presage.errors import JobFailure

from .blame import KIND_TEXT, first_fault_of_csv, first_fault_of_frame, shown, stray_quote
from .csv_text import has_short_rows, read_header, scan, without_backslashes
from .datasets import POLARS_TYPE, DatasetTable, DatasetVersion, ImportMode, columns_of
from .rules import rules_of, stored
from .schema import DatasetSchema, Field

LEAST_INTERACTIONS = 1000
MOST_EVENT_TYPES_AND_METADATA = 10


@dataclass(frozen=True, kw_only=True)
class ImportSummary:
    """What an import stored: how many rows, and the dataset's version since."""

    rows: int
    version: DatasetVersion


def import_files(
    files: Sequence[tuple[str, Path]],
    schema: DatasetSchema,
    table: DatasetTable,
    mode: ImportMode,
    report: Callable[[str, float], None],
) -> ImportSummary:
    """Check the files and store their rows in one commit.

    Parameters
    ----------
    files : (name that failures use, local path) each; a name that ends in `.parquet` is Parquet, others CSV
    mode : FULL replaces what earlier imports brought, INCREMENTAL adds to it
    report : told (step, fraction done in [0, 1])

    Raises JobFailure naming file, line, column, value and rule; then nothing is stored.
    """
    if not files:
        raise JobFailure("Invalid Data location: there is no file to import")
    with table.importing() as draft:
        if mode == "INCREMENTAL" and table.version.bulk < 0:
            raise JobFailure("The first import into a dataset must have import mode FULL, not INCREMENTAL")
        sizes = [max(1, path.stat().st_size) for _, path in files]
        parts: list[Path] = []
        for n, (name, path) in enumerate(files):
            report(f"read {name}", 0.95 * sum(sizes[:n]) / sum(sizes))
            part = draft / f"{n:06d}.parquet"
            _check_and_store(name, path, schema, part)
            parts.append(part)
        report("check", 0.95)
        rows = pl.scan_parquet(parts, glob=False)
        n_rows = _check_whole(rows, schema, table if mode == "INCREMENTAL" else None)
        report("store", 0.97)
        version = table.replace(parts, schema) if mode == "FULL" else table.append(parts, schema)
    report("stored", 1.0)
    return ImportSummary(rows=n_rows, version=version)


def _check_and_store(name: str, path: Path, schema: DatasetSchema, part: Path) -> None:
    if name.lower().endswith(".parquet"):
        _store_parquet(name, path, schema, part)
    else:
        _store_csv(name, path, schema, part)


def _store_csv(name: str, path: Path, schema: DatasetSchema, part: Path) -> None:
    header = read_header(path, name)
    _check_columns(header, name, schema)
    plain = without_backslashes(path, part.with_suffix(".csv"))
    kinds = columns_of(schema)
    rows = scan(plain, {column: kinds.get(column, pl.String()) for column in header})
    try:
        _sink(rows, schema, part)
        if _is_sound(part, schema):
            # Too short a row shows as a null at its end, unless nulls are allowed there.
            if not _may_end_in_null(header, schema) or not has_short_rows(plain, header, _count(rows)):
                return
            if (fault := first_fault_of_csv(plain, name, header, schema)) is None:
                return
            raise fault
        reason = "a value breaks a rule"
    except PolarsError as error:
        reason = str(error).splitlines()[0]
    fault = first_fault_of_csv(plain, name, header, schema) or stray_quote(plain, name)
    raise fault or JobFailure(f"The file could not be read: {reason} ({name})")


def _may_end_in_null(header: Sequence[str], schema: DatasetSchema) -> bool:
    last = next((f for f in schema.fields if f.name == header[-1]), None)
    return last is None or last.nullable


def _store_parquet(name: str, path: Path, schema: DatasetSchema, part: Path) -> None:
    rows = pl.scan_parquet(path, glob=False)
    try:
        found = rows.collect_schema()
    except PolarsError as error:
        raise JobFailure(f"The file is not Parquet: {str(error).splitlines()[0]} ({name})") from None
    _check_columns(found.names(), name, schema)
    for field in schema.fields:
        if not _can_become(found[field.name], field):
            raise JobFailure(
                f"{field.name} must be {KIND_TEXT[field.kind]}"
                f" ({name}: the column is of type {found[field.name]})"
            )
    try:
        _sink(rows.select(pl.col(f.name).cast(POLARS_TYPE[f.kind]) for f in schema.fields), schema, part)
        if _is_sound(part, schema):
            return
        reason = "a value breaks a rule"
    except PolarsError as error:
        reason = str(error).splitlines()[0]
    fault = first_fault_of_frame(rows.select(schema.names), name, schema)
    raise fault or JobFailure(f"The file could not be read: {reason} ({name})")


def _can_become(found: pl.DataType, field: Field) -> bool:
    """Whether a Parquet column's values can be a field's without loss of meaning."""
    if field.kind == "string":
        return found.is_integer() or isinstance(found, pl.String | pl.Categorical | pl.Enum)
    if field.kind == "boolean":
        return found == pl.Boolean()
    return found.is_integer() or (found.is_numeric() and field.kind in ("float", "double"))


def _check_columns(found: Sequence[str], name: str, schema: DatasetSchema) -> None:
    missing = [column for column in schema.names if column not in found]
    if missing:
        raise JobFailure(
            f"Input CSV is missing the following columns:[{', '.join(missing)}]"
            f" ({name}; it has: {shown(', '.join(found))})"
        )


def _sink(rows: pl.LazyFrame, schema: DatasetSchema, part: Path) -> None:
    """Write the schema's columns as Parquet: no text is null, free text cut, wholly empty lines left out."""
    filled = pl.any_horizontal(pl.col(schema.names).is_not_null())
    rows.select(stored(f) for f in schema.fields).filter(filled).sink_parquet(part, engine="streaming")


def _is_sound(part: Path, schema: DatasetSchema) -> bool:
    broken = [rule.broken.any().alias(str(n)) for n, rule in enumerate(rules_of(schema))]
    found = pl.scan_parquet(part, glob=False).select(broken).collect(engine="streaming")
    return not any(found.row(0))


def _check_whole(rows: pl.LazyFrame, schema: DatasetSchema, added_to: DatasetTable | None) -> int:
    """Hold all files together against what a job and a dataset must be; return how many rows there are."""
    n_rows = _count(rows)
    if n_rows == 0:
        raise JobFailure("There is no row to import: the files have a header only")
    if schema.dataset_type != "INTERACTIONS":
        return n_rows
    if n_rows < LEAST_INTERACTIONS:
        raise JobFailure(
            f"An import of interactions must have at least {LEAST_INTERACTIONS} records;"
            f" this one has {n_rows}"
        )
    _check_event_types(rows, schema, added_to)
    return n_rows


def _check_event_types(rows: pl.LazyFrame, schema: DatasetSchema, added_to: DatasetTable | None) -> None:
    if "EVENT_TYPE" not in schema:
        return
    types = set(rows.select(pl.col("EVENT_TYPE").unique()).collect(engine="streaming").to_series())
    if added_to is not None:
        types |= added_to.distinct("EVENT_TYPE", schema)
    types.discard(None)
    n_metadata = len(schema.metadata)
    if len(types) + n_metadata > MOST_EVENT_TYPES_AND_METADATA:
        raise JobFailure(
            f"The dataset would have {len(types)} event types and {n_metadata} metadata columns;"
            f" together there may be at most {MOST_EVENT_TYPES_AND_METADATA}. The event types begin:"
            f" {', '.join(sorted(types)[:12])}"
        )


def _count(rows: pl.LazyFrame) -> int:
    return rows.select(pl.len()).collect(engine="streaming").item()
