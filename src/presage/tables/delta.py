"""One Delta table of plain Parquet files: a commit is on disk when it returns; kept versions can be read.

delta-rs does not keep the order of rows across files. So the Parquet files are written by the caller, named
here by arrival, and only then committed. No partition columns, no deletion vectors: any Parquet reader can
read a version from its list of files.
"""

import shutil
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate, groupby
from pathlib import Path
from typing import Literal
from uuid import uuid4

import orjson
import polars as pl
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.schema import PrimitiveType
from deltalake.transaction import (
    AddAction,
    CommitProperties,
    RemoveAction,
    Transaction,
    create_table_with_add_actions,
)

from presage.files import link_or_copy

from .folder import LOG, TableFolder

Columns = Mapping[str, pl.DataType]
"""Column name -> Polars type."""
NO_VERSION = -1

_DELTA_TYPE: Mapping[pl.DataType, str] = {
    pl.String(): "string",
    pl.Int32(): "integer",
    pl.Int64(): "long",
    pl.Float32(): "float",
    pl.Float64(): "double",
    pl.Boolean(): "boolean",
}
_POLARS_TYPE: Mapping[str, pl.DataType] = {name: kind for kind, name in _DELTA_TYPE.items()}
_ARRIVAL_CHARACTERS = 19
"""The name of a file begins with the version that brought it and its number there: 000000000012-000000."""


class DeltaFolder:
    """A folder that holds one Delta table, or will.

    Parameters
    ----------
    folder : where its files lie
    settings : Delta table properties; a table that was made with others gets them with its next commit
    """

    def __init__(self, folder: TableFolder, settings: Mapping[str, str]) -> None:
        self._folder = folder
        self._settings = dict(settings)

    @property
    def version(self) -> int:
        """The newest version; -1 before the first commit."""
        table = self._open()
        return NO_VERSION if table is None else table.version()

    def transaction(self, name: str) -> int | None:
        """The number that the newest commit with a transaction of this name carried; None before any."""
        table = self._open()
        return None if table is None else table.transaction_version(name)

    def rows(self) -> int:
        """How many rows the newest version has."""
        table = self._open()
        return 0 if table is None else table.count()

    def size(self) -> int:
        """How many bytes the files of the newest version have."""
        table = self._open()
        return 0 if table is None else sum(_sizes(table).values())

    @contextmanager
    def writing(self) -> Generator[Path]:
        """The only writer's turn: a folder to write Parquet files in, gone with what was not committed."""
        with self._folder.writing() as draft:
            yield draft

    def commit(
        self,
        files: Sequence[Path],
        columns: Columns,
        mode: Literal["append", "overwrite"],
        transactions: Mapping[str, int] | None = None,
        named: str = "",
    ) -> int:
        """Make the drafted Parquet files rows of the table, after those there or instead; return the version.

        Parameters
        ----------
        files : written in the folder that `writing` gave; their order is the order of arrival
        columns : what the files hold
        transactions : numbers kept with the commit until another commit brings new ones of their names
        named : a transaction of this name tells which version this commit made
        """
        table = self._open()
        before = NO_VERSION if table is None else table.version()
        actions = self._adopt(files, [f"{before + 1:012d}-{n:06d}" for n in range(len(files))])
        if table is not None:
            with self._folder.asking():
                self._adjust(table, columns)
        marks = dict(transactions or {})
        if named:
            marks[named] = 1 + (NO_VERSION if table is None else table.version())
        with self._folder.asking():
            self._write(table, actions, columns, mode, marks)
        return self._folder.sync_log(before)

    def compact(self, most_bytes: int) -> None:
        """Join the newest files into one, as many as hold at most so many bytes. Takes place in `writing`."""
        table = self._open()
        names = [] if table is None else _newest_small(_sizes(table), most_bytes)
        if table is None or len(names) < 2:
            return
        before = table.version()
        columns = {field.name: _POLARS_TYPE[field.type.type] for field in table.schema().fields}  # pyright: ignore[reportAttributeAccessIssue]
        file = self._folder.draft / "compacted.parquet"
        self._scan(names, columns).sink_parquet(file, engine="streaming")
        (joined,) = self._adopt([file], [names[0][:_ARRIVAL_CHARACTERS]], changes_data=False)
        with self._folder.asking():
            self._write(table, [*(_removal(name) for name in names), joined], columns, "append", {})
        self._folder.sync_log(before)

    def prune(self, keep: Iterable[int]) -> None:
        """Delete what neither the newest version nor one of these needs: rows, and entries of Delta's log.

        Takes place in `writing`.
        """
        newest = self.version
        kept = {version for version in keep if 0 <= version <= newest}
        spare = self._folder.names() - self._names_of({newest})
        if spare:
            self._folder.delete(spare - self._names_of(kept))
        self._folder.expire_log(before=min(kept, default=newest))

    def vacuum(self) -> None:
        """Delete what the newest version does not need, once nobody is `reading`.

        Takes place in `writing`.
        """
        with self._folder.unread():
            self.prune(())

    def link(self, into: Path) -> None:
        """Give all that the newest version and the kept ones need a second name in a folder.

        The table may be written meanwhile: if that takes something away, all is begun again.
        """
        while (table := self._open()) is not None:
            shutil.rmtree(into, ignore_errors=True)
            (into / LOG).mkdir(parents=True)
            with suppress(FileNotFoundError):
                self._folder.link_log(table.version(), into / LOG)
                self._link(_names(table), into)
                break
        else:
            return
        needed = {path.name for path in into.iterdir()}
        for name in sorted(self._folder.names() - needed):
            with suppress(FileNotFoundError):
                if _version_of(name) <= table.version():
                    self._link([name], into)

    def _link(self, names: Sequence[str], into: Path) -> None:
        for path in self._folder.paths(names):
            link_or_copy(path, into / path.name)

    def sweep(self) -> None:
        """Delete copies on this machine of files that other machines have deleted."""
        self._folder.sweep()

    @contextmanager
    def reading(self) -> Generator[None]:
        """While this lasts, what `scan` has found stays."""
        with self._folder.reading():
            yield

    def scan(self, columns: Columns, version: int | None = None) -> pl.LazyFrame:
        """The rows of a version (None = the newest), as they arrived; a column that a file lacks is null.

        Raises LookupError if the version is not kept any more.
        """
        table = None if version == NO_VERSION else self._open(version)
        names = [] if table is None else _names(table)
        if version is not None and not self._folder.names().issuperset(names):
            raise self._gone(version)
        return self._scan(names, columns)

    def added(self, columns: Columns, version: int) -> pl.LazyFrame:
        """The rows that a version has and the one before it has not, as they arrived."""
        table = self._open(version)
        names = [] if table is None else _names(table)
        return self._scan([name for name in names if _version_of(name) == version], columns)

    def scan_latest(self, columns: Columns, key: Sequence[str]) -> pl.LazyFrame:
        """The rows of the newest version; of those with an equal key only what the last commit brought.

        Parameters
        ----------
        key : some of the columns
        """
        table = self._open()
        names = [] if table is None else _names(table)
        parts = [(version, list(part)) for version, part in groupby(names, _version_of)]
        if len(parts) < 2:
            return self._scan(names, columns)
        rows = pl.concat(self._scan(part, columns).with_columns(_ROUND=version) for version, part in parts)
        return rows.filter(pl.col("_ROUND") == pl.col("_ROUND").max().over(key)).drop("_ROUND")

    def _scan(self, names: Sequence[str], columns: Columns) -> pl.LazyFrame:
        if not names:
            return pl.LazyFrame(schema=dict(columns))
        return pl.scan_parquet(
            self._folder.paths(names),
            schema=dict(columns),
            missing_columns="insert",
            extra_columns="ignore",
            glob=False,
        )

    def _open(self, version: int | None = None) -> DeltaTable | None:
        try:
            with self._folder.asking():
                return DeltaTable(self._folder.uri, version=version, storage_options=self._folder.options)
        except DeltaError as error:
            if version is not None:
                raise self._gone(version) from None
            if isinstance(error, TableNotFoundError):
                return None
            raise

    def _gone(self, version: int) -> LookupError:
        return LookupError(
            f"version {version} of the table {self._folder.uri} is not kept; the newest is {self.version}"
        )

    def _names_of(self, versions: Iterable[int]) -> set[str]:
        """The files that any of the versions needs; one that is not kept any more needs none."""
        names: set[str] = set()
        for version in versions:
            try:
                table = self._open(version)
            except LookupError:
                continue
            names |= set() if table is None else set(_names(table))
        return names

    def _adopt(
        self, files: Sequence[Path], arrivals: Sequence[str], *, changes_data: bool = True
    ) -> list[AddAction]:
        n_rows = [pl.scan_parquet(f, glob=False).select(pl.len()).collect().item() for f in files]
        names = [f"{arrival}-{uuid4().hex[:8]}.parquet" for arrival in arrivals]
        sizes = self._folder.take(files, names)
        return [
            AddAction(
                path=name,
                size=size,
                partition_values={},
                modification_time=_now_ms(),
                data_change=changes_data,
                stats=orjson.dumps({"numRecords": n}).decode(),
            )
            for name, size, n in zip(names, sizes, n_rows, strict=True)
        ]

    def _write(
        self,
        table: DeltaTable | None,
        actions: Sequence[AddAction | RemoveAction],
        columns: Columns,
        mode: Literal["append", "overwrite"],
        transactions: Mapping[str, int],
    ) -> None:
        marks = [Transaction(name, number, _now_ms()) for name, number in transactions.items()]
        properties = CommitProperties(app_transactions=marks, max_commit_retries=0)
        if table is not None:
            table.create_write_transaction(
                list(actions), mode, _delta_schema(columns), commit_properties=properties
            )
            return
        create_table_with_add_actions(
            self._folder.uri,
            _delta_schema(columns),
            [action for action in actions if isinstance(action, AddAction)],
            configuration=self._settings,
            commit_properties=properties,
            storage_options=self._folder.options,
        )

    def _adjust(self, table: DeltaTable, columns: Columns) -> None:
        """Give an older table the settings and the columns of today."""
        known = {field.name for field in table.schema().fields}
        new = [field for field in _delta_schema(columns).fields if field.name not in known]
        if new:
            table.alter.add_columns(new)
        if not self._settings.items() <= table.metadata().configuration.items():
            table.alter.set_table_properties(self._settings)


def _delta_schema(columns: Columns) -> Schema:
    return Schema(
        [Field(name, PrimitiveType(_DELTA_TYPE[kind]), nullable=True) for name, kind in columns.items()]
    )


def _names(table: DeltaTable) -> list[str]:
    """The table's files, in the order of their arrival."""
    return sorted(Path(uri).name for uri in table.file_uris())


def _sizes(table: DeltaTable) -> dict[str, int]:
    """Bytes of each of the table's files, in the order of their arrival."""
    actions = pl.DataFrame(table.get_add_actions())
    return dict(sorted(zip(actions["path"], actions["size_bytes"], strict=True)))


def _newest_small(sizes: Mapping[str, int], most_bytes: int) -> list[str]:
    """The longest run of files at the end that together hold at most so many bytes."""
    totals = accumulate(reversed(list(sizes.values())))
    n_small = sum(1 for total in totals if total <= most_bytes)
    return list(sizes)[len(sizes) - n_small :]


def _version_of(name: str) -> int:
    """The version that brought a file, by its name."""
    return int(name.partition("-")[0])


def _removal(name: str) -> RemoveAction:
    return RemoveAction(path=name, data_change=False, deletion_timestamp=_now_ms(), partition_values={})


def _now_ms() -> int:
    return int(time.time() * 1000)
