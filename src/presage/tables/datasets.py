"""A dataset's rows: what imports brought (`bulk`) and what was told one by one (`put`): two Delta tables."""

import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from .delta import DeltaFolder
from .schema import DatasetSchema, Kind

ImportMode = Literal["FULL", "INCREMENTAL"]
POLARS_TYPE: dict[Kind, pl.DataType] = {
    "string": pl.String(),
    "int": pl.Int32(),
    "long": pl.Int64(),
    "float": pl.Float32(),
    "double": pl.Float64(),
    "boolean": pl.Boolean(),
}
PUT_COLUMNS: dict[str, pl.DataType] = {
    "_SEQ": pl.Int64(),
    "_EVENT_ID": pl.String(),
    "_SESSION_ID": pl.String(),
}
"""What a row that was told has beside its schema: place in the event log, AWS's eventId and sessionId."""

# Imports are kept for good, so that every training can be reproduced. A fold only adds, and says in `_SEQ`
# what it added, so old versions of `put` need not be kept.
_KEEP_ALL = {"delta.enableExpiredLogCleanup": "false", "delta.checkpointInterval": "50"}
_KEEP_A_DAY = {"delta.logRetentionDuration": "interval 1 days", "delta.checkpointInterval": "50"}
_FOLDS_PER_COMPACTION = 50


@dataclass(frozen=True, kw_only=True)
class DatasetVersion:
    """What a training read, and what gives the same rows again.

    Parameters
    ----------
    bulk : the Delta version of the imported rows; -1 = none
    seq : the last event-log record that had been folded; 0 = none
    """

    bulk: int = -1
    seq: int = 0


@dataclass(frozen=True, kw_only=True)
class RowCounts:
    """How many rows are stored, superseded and repeated ones included."""

    bulk: int
    put: int


class DatasetTable:
    """The rows of one dataset, under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._bulk = DeltaFolder(root / "bulk", _KEEP_ALL)
        self._put = DeltaFolder(root / "put", _KEEP_A_DAY)

    @property
    def version(self) -> DatasetVersion:
        """What a read would see now."""
        return DatasetVersion(bulk=self._bulk.version, seq=self.folded)

    @property
    def folded(self) -> int:
        """The last event-log record that is in the table; 0 before any."""
        return self._put.transaction

    def rows(self) -> RowCounts:
        """How many rows are stored."""
        return RowCounts(bulk=self._bulk.rows(), put=self._put.rows())

    @contextmanager
    def importing(self) -> Generator[Path]:
        """The only import's turn: a folder to write typed Parquet files in, for `replace` or `append`."""
        with self._bulk.writing() as draft:
            yield draft

    def replace(self, files: Sequence[Path], schema: DatasetSchema) -> DatasetVersion:
        """A FULL import: the files, in their order, in place of all earlier imports; one commit."""
        self._bulk.commit(files, columns_of(schema), "overwrite")
        return self.version

    def append(self, files: Sequence[Path], schema: DatasetSchema) -> DatasetVersion:
        """An INCREMENTAL import: the files, in their order, after all earlier imports; one commit."""
        self._bulk.commit(files, columns_of(schema), "append")
        return self.version

    @contextmanager
    def folding(self) -> Generator[Path]:
        """The only fold's turn: a folder to write a Parquet file in, for `put`."""
        with self._put.writing() as draft:
            yield draft

    def put(self, file: Path, schema: DatasetSchema, seq: int) -> None:
        """Add rows that were told, and in the same commit that the log is folded up to `seq`."""
        version = self._put.commit([file], put_columns(schema), "append", seq)
        if version % _FOLDS_PER_COMPACTION == _FOLDS_PER_COMPACTION - 1:
            self._put.compact(retention_hours=1)

    def read(
        self,
        schema: DatasetSchema,
        version: DatasetVersion | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """The dataset's rows of a version (None = now), in order of arrival, typed by the schema.

        Items, users, actions: the last record per id, told ones after imported ones. Interactions: equal rows
        once; of events with one eventId the first. A column that an old import lacks is null.

        Parameters
        ----------
        columns : those to return; None = all of the schema
        """
        rows = self._rows(schema, version or self.version)
        if schema.record_id is None:
            rows = rows.unique(keep="first", maintain_order=True)
        else:
            rows = rows.unique(subset=[schema.record_id], keep="last", maintain_order=True)
        return rows.select(columns or schema.names).collect(engine="streaming")

    def distinct(self, column: str, schema: DatasetSchema) -> set[Any]:
        """The values that a column holds now, null included if it is there."""
        values = self._rows(schema, self.version).select(pl.col(column).unique())
        return set(values.collect(engine="streaming").to_series())

    def told(self, schema: DatasetSchema) -> pl.LazyFrame:
        """The rows that were told, in order, with `PUT_COLUMNS`, made tidy by `tidy_told`."""
        return tidy_told(self._put.scan(put_columns(schema)), schema)

    def delete(self) -> None:
        """Forget every row of every version."""
        shutil.rmtree(self.root, ignore_errors=True)

    def _rows(self, schema: DatasetSchema, at: DatasetVersion) -> pl.LazyFrame:
        told = self.told(schema).filter(pl.col("_SEQ") <= at.seq).select(schema.names)
        return pl.concat([self._bulk.scan(columns_of(schema), at.bulk), told])


def columns_of(schema: DatasetSchema) -> dict[str, pl.DataType]:
    """Column -> Polars type."""
    return {f.name: POLARS_TYPE[f.kind] for f in schema.fields}


def put_columns(schema: DatasetSchema) -> dict[str, pl.DataType]:
    """Column -> Polars type, for rows that were told one by one."""
    return columns_of(schema) | PUT_COLUMNS


def tidy_told(told: pl.LazyFrame, schema: DatasetSchema) -> pl.LazyFrame:
    """Told rows in order: of those with one eventId the first; an anonymous one is its session's user's.

    A session whose user is never named is a user by its own id, as the developer guide advises to ask for it.
    """
    told = told.sort("_SEQ").unique(subset=["_SEQ"], keep="first", maintain_order=True)
    if schema.record_id is not None:
        return told
    first = pl.col("_EVENT_ID").is_null() | pl.col("_EVENT_ID").is_first_distinct()
    named = pl.col("USER_ID").drop_nulls().first().over("_SESSION_ID")
    user = pl.coalesce("USER_ID", pl.when(pl.col("_SESSION_ID").is_not_null()).then(named), "_SESSION_ID")
    return told.filter(first).with_columns(USER_ID=user).filter(pl.col("USER_ID").is_not_null())
