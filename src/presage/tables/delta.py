"""One Delta table of plain Parquet files: a commit is on disk when it returns, and any version can be read.

delta-rs neither syncs what it writes nor keeps the order of rows across files. So the Parquet files are
written by the caller, named here by arrival, synced, and only then committed; the log entry is synced after.
No partition columns, no deletion vectors: any Parquet reader can read a version from its list of files.
"""

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from uuid import uuid4

import orjson
import polars as pl
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import TableNotFoundError
from deltalake.schema import PrimitiveType
from deltalake.transaction import (
    AddAction,
    CommitProperties,
    RemoveAction,
    Transaction,
    create_table_with_add_actions,
)

from presage.files import locked, make_folder, sync

Columns = Mapping[str, pl.DataType]
"""Column name -> Polars type."""
TRANSACTION = "presage"
"""The name under which a commit stores how far its source has been read."""
NO_VERSION = -1

_DELTA_TYPE: Mapping[pl.DataType, str] = {
    pl.String(): "string",
    pl.Int32(): "integer",
    pl.Int64(): "long",
    pl.Float32(): "float",
    pl.Float64(): "double",
    pl.Boolean(): "boolean",
}


class DeltaFolder:
    """A folder that holds one Delta table, or will.

    Parameters
    ----------
    path : the folder
    settings : Delta table properties, given when the table is made
    """

    def __init__(self, path: Path, settings: Mapping[str, str]) -> None:
        self.path = path
        self._settings = dict(settings)

    @property
    def version(self) -> int:
        """The newest version; -1 before the first commit."""
        table = self._open()
        return NO_VERSION if table is None else table.version()

    @property
    def transaction(self) -> int:
        """The number that the newest commit with one carried; 0 before any."""
        table = self._open()
        return 0 if table is None else table.transaction_version(TRANSACTION) or 0

    def rows(self) -> int:
        """How many rows the newest version has."""
        table = self._open()
        return 0 if table is None else table.count()

    @contextmanager
    def writing(self) -> Generator[Path]:
        """The only writer's turn: a folder to write Parquet files in, gone with what was not committed."""
        with locked(self.path.with_suffix(".lock")):
            draft = self.path.with_suffix(".draft")
            _empty(draft)
            draft.mkdir()
            try:
                yield draft
            finally:
                _empty(draft)

    def commit(
        self,
        files: Sequence[Path],
        columns: Columns,
        mode: Literal["append", "overwrite"],
        transaction: int | None = None,
    ) -> int:
        """Make the drafted Parquet files rows of the table, after those there or instead; return the version.

        Parameters
        ----------
        files : written in the folder that `writing` gave; their order is the order of arrival
        columns : what the files hold
        transaction : how far the source of the rows has been read, kept with the commit
        """
        table = self._open()
        before = NO_VERSION if table is None else table.version()
        make_folder(self.path)
        actions = [self._adopt(f, f"{before + 1:012d}-{n:06d}") for n, f in enumerate(files)]
        sync(*(self.path / a.path for a in actions), self.path)
        marks = [] if transaction is None else [Transaction(TRANSACTION, transaction)]
        properties = CommitProperties(app_transactions=marks)
        if table is None:
            create_table_with_add_actions(
                str(self.path),
                _delta_schema(columns),
                actions,
                configuration=self._settings,
                commit_properties=properties,
            )
        else:
            self._widen(table, columns)
            changes: list[AddAction | RemoveAction] = [*actions]
            table.create_write_transaction(
                changes, mode, _delta_schema(columns), commit_properties=properties
            )
        return self._sync_log(before)

    def compact(self, retention_hours: int) -> None:
        """Join small files, and delete what no version of the last hours needs."""
        table = self._open()
        if table is None:
            return
        before = table.version()
        table.optimize.compact()
        sync(*self.path.glob("*.parquet"), self.path)
        table.vacuum(retention_hours, dry_run=False, enforce_retention_duration=False, full=True)
        self._sync_log(before)

    def scan(self, columns: Columns, version: int | None = None) -> pl.LazyFrame:
        """The rows of a version (None = the newest), as they arrived; a column that a file lacks is null."""
        table = None if version == NO_VERSION else self._open(version)
        names = [] if table is None else sorted(Path(uri).name for uri in table.file_uris())
        files = [self.path / name for name in names]
        if not files:
            return pl.LazyFrame(schema=dict(columns))
        return pl.scan_parquet(
            files, schema=dict(columns), missing_columns="insert", extra_columns="ignore", glob=False
        )

    def _open(self, version: int | None = None) -> DeltaTable | None:
        try:
            return DeltaTable(self.path, version=version)
        except TableNotFoundError:
            return None

    def _adopt(self, file: Path, arrival: str) -> AddAction:
        n_rows: int = pl.scan_parquet(file, glob=False).select(pl.len()).collect().item()
        name = f"{arrival}-{uuid4().hex[:8]}.parquet"
        size = file.stat().st_size
        file.replace(self.path / name)
        return AddAction(
            path=name,
            size=size,
            partition_values={},
            modification_time=int(time.time() * 1000),
            data_change=True,
            stats=orjson.dumps({"numRecords": n_rows}).decode(),
        )

    def _widen(self, table: DeltaTable, columns: Columns) -> None:
        known = {field.name for field in table.schema().fields}
        new = [field for field in _delta_schema(columns).fields if field.name not in known]
        if new:
            table.alter.add_columns(new)

    def _sync_log(self, before: int) -> int:
        log = self.path / "_delta_log"
        version = self.version
        entries = [f for v in range(before + 1, version + 1) for f in log.glob(f"{v:020d}*")]
        sync(*entries, *log.glob("_last_checkpoint"), log, self.path)
        return version


def _delta_schema(columns: Columns) -> Schema:
    return Schema(
        [Field(name, PrimitiveType(_DELTA_TYPE[kind]), nullable=True) for name, kind in columns.items()]
    )


def _empty(folder: Path) -> None:
    for file in folder.glob("*"):
        file.unlink()
    if folder.is_dir():
        folder.rmdir()
