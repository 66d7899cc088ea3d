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

from .blame import first_fault_of_csv, first_fault_of_frame
from .csv_text import has_short_rows, read_header, scan, without_backslashes
from .datasets import POLARS_TYPE, DatasetTable, DatasetVersion, ImportMode, columns_of
from .rules import MOST_CHARACTERS_OF_TEXT, rules_of
from .schema import DatasetSchema

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
        is_sound = _is_sound(part, schema)
        last = next((f for f in schema.fields if f.name == header[-1]), None)
        if is_sound and (last is None or last.nullable):
            n_read: int = rows.select(pl.len()).collect(engine="streaming").item()
            is_sound = not has_short_rows(plain, header, n_read)
        reason = "a row could not be read"
    except PolarsError as error:
        is_sound, reason = None, str(error).splitlines()[0]
    if not is_sound:
        fault = first_fault_of_csv(plain, name, header, schema)
        if fault is not None:
            raise fault
        if is_sound is None:
            raise JobFailure(
                f"The file is not CSV: {reason}. Text that contains a quote must be in quotes, and the quote"
                f' inside it written \\" ({name})'
            )


def _store_parquet(name: str, path: Path, schema: DatasetSchema, part: Path) -> None:
    try:
        rows = pl.scan_parquet(path, glob=False)
        _check_columns(rows.collect_schema().names(), name, schema)
        typed = rows.select(pl.col(f.name).cast(POLARS_TYPE[f.kind]) for f in schema.fields)
        _sink(typed, schema, part)
        if _is_sound(part, schema):
            return
        reason = "a value breaks a rule"
    except PolarsError as error:
        reason = str(error).splitlines()[0]
        if not _is_parquet(path):
            raise JobFailure(f"The file is not Parquet: {reason} ({name})") from None
    fault = first_fault_of_frame(pl.scan_parquet(path, glob=False).select(schema.names), name, schema)
    raise fault or JobFailure(f"The file could not be read: {reason} ({name})")


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _check_columns(found: Sequence[str], name: str, schema: DatasetSchema) -> None:
    missing = [column for column in schema.names if column not in found]
    if missing:
        raise JobFailure(
            f"Input CSV is missing the following columns:[{', '.join(missing)}]"
            f" ({name}; it has: {', '.join(map(repr, found))})"
        )


def _sink(rows: pl.LazyFrame, schema: DatasetSchema, part: Path) -> None:
    """Write the schema's columns as Parquet: free text cut, lines that are wholly empty left out."""
    cut = [
        pl.col(f.name).str.slice(0, MOST_CHARACTERS_OF_TEXT) if f.textual else pl.col(f.name)
        for f in schema.fields
    ]
    filled = pl.any_horizontal(pl.col(schema.names).is_not_null())
    rows.select(cut).filter(filled).sink_parquet(part, engine="streaming")


def _is_sound(part: Path, schema: DatasetSchema) -> bool:
    broken = [rule.broken.any().alias(str(n)) for n, rule in enumerate(rules_of(schema))]
    found = pl.scan_parquet(part, glob=False).select(broken).collect(engine="streaming")
    return not any(found.row(0))


def _check_whole(rows: pl.LazyFrame, schema: DatasetSchema, added_to: DatasetTable | None) -> int:
    """Hold all files together against what a job and a dataset must be; return how many rows there are."""
    n_rows: int = rows.select(pl.len()).collect().item()
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
        types |= set(added_to.read(schema, columns=["EVENT_TYPE"])["EVENT_TYPE"].unique())
    types.discard(None)
    n_metadata = len(schema.metadata)
    if len(types) + n_metadata > MOST_EVENT_TYPES_AND_METADATA:
        raise JobFailure(
            f"The dataset would have {len(types)} event types and {n_metadata} metadata columns;"
            f" together there may be at most {MOST_EVENT_TYPES_AND_METADATA}. The event types begin:"
            f" {', '.join(sorted(types)[:12])}"
        )
