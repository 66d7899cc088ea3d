"""A dataset's rows: what imports brought (`bulk`) and what was told one by one (`put`): two Delta tables."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import polars as pl

from presage.columns import USER_ID

from .delta import DeltaFolder
from .folder import LocalFolder, TableFolder
from .layout import PLACE, Layout

ImportMode = Literal["FULL", "INCREMENTAL"]
IngestionMode = Literal["BULK", "PUT", "ALL"]
"""Which rows are meant: those that imports brought, those that were told one by one, or both."""
FOLDED = "presage"
"""The transaction of `put` that says how far the event log is folded."""
# The files and log entries of old versions are deleted by `DeltaFolder.prune`, which counts versions:
# delta-rs knows their age alone, and a table that is folded into each second would keep thousands.
_PUT = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.deletedFileRetentionDuration": "interval 0 seconds",
    "delta.checkpointInterval": "10",  # to open a table takes half a millisecond for each entry since
}
_BULK = {
    **_PUT,
    "delta.setTransactionRetentionDuration": "interval 30 days",  # after so long no import job is tried again
}
_NEWEST_KEPT = 10
"""So many versions of `bulk` are kept, and those that somebody names."""
_FOLDS_PER_COMPACTION = 50
_MOST_JOINED_BYTES = 64_000_000
_OWNER = "#owner"
"""Whose a row is, while that is looked at; no schema may have a column of such a name."""
_PUT_VERSIONS_KEPT = 100
"""A read of `put` may last as long as it takes to fold half as often."""


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


@dataclass(frozen=True, kw_only=True)
class ImportSummary:
    """What an import stored.

    Parameters
    ----------
    version : the dataset's, since then
    missing : column -> how many of its cells are empty, where a layout counts them and some are
    """

    rows: int
    version: DatasetVersion
    missing: Mapping[str, int] = field(default_factory=dict[str, int])


class DatasetTable:
    """The rows of one dataset, under one folder: on a local disk, or wherever another kind of folder lies."""

    def __init__(self, root: Path | TableFolder) -> None:
        self._root = LocalFolder(root) if isinstance(root, Path) else root
        self._bulk = DeltaFolder(self._root.below("bulk"), _BULK)
        self._put = DeltaFolder(self._root.below("put"), _PUT)

    @property
    def version(self) -> DatasetVersion:
        """What a read would see now."""
        return DatasetVersion(bulk=self._bulk.version, seq=self.folded)

    @property
    def folded(self) -> int:
        """The last event-log record that is in the table; 0 before any."""
        return self._put.transaction(FOLDED) or 0

    def rows(self) -> RowCounts:
        """How many rows are stored."""
        return RowCounts(bulk=self._bulk.rows(), put=self._put.rows())

    def size(self) -> int:
        """How many bytes the rows that imports brought take on disk."""
        return self._bulk.size()

    @contextmanager
    def importing(self) -> Generator[Path]:
        """The only import's turn: a folder to write typed Parquet files in, for `store`."""
        with self._bulk.writing() as draft:
            yield draft

    def store(
        self,
        files: Sequence[Path],
        layout: Layout,
        mode: ImportMode,
        *,
        rows: int,
        missing: Mapping[str, int] | None = None,
        job: str = "",
        keep: Iterable[int] = (),
    ) -> ImportSummary:
        """Store the files of an import, in their order, by one commit, and forget versions that are too old.

        Parameters
        ----------
        mode : FULL puts them in the place of all earlier imports, INCREMENTAL adds them
        rows : how many they hold
        missing : column -> how many of its cells are empty, as the summary says
        job : the import's name, by which `imported` finds it
        keep : the versions of `bulk` that something still needs, besides the newest
        """
        delta_mode = "overwrite" if mode == "FULL" else "append"
        empty = dict(missing or {})
        counts = {_rows_of(job): rows, **{_missing_of(job, column): n for column, n in empty.items()}}
        version = self._bulk.commit(files, layout.types, delta_mode, counts if job else {}, named=job)
        self._bulk.prune({*range(version - _NEWEST_KEPT + 1, version + 1), *keep})
        return ImportSummary(rows=rows, version=DatasetVersion(bulk=version, seq=self.folded), missing=empty)

    def imported(self, job: str, layout: Layout) -> ImportSummary | None:
        """What an import of this name stored; None if it has stored nothing."""
        version, rows = self._bulk.transaction(job), self._bulk.transaction(_rows_of(job))
        if version is None or rows is None:
            return None
        counts = {column: self._bulk.transaction(_missing_of(job, column)) for column in layout.counted}
        return ImportSummary(
            rows=rows,
            version=DatasetVersion(bulk=version, seq=self.folded),
            missing={column: n for column, n in counts.items() if n},
        )

    def brought(self, job: str, layout: Layout) -> pl.LazyFrame:
        """The rows that the import of a name stored. Raises LookupError if they are not kept any more."""
        version = self._bulk.transaction(job)
        if version is None:
            raise LookupError(f"no import is called {job}")
        return self._bulk.added(layout.types, version)

    def bulk(self, layout: Layout, key: Sequence[str]) -> pl.LazyFrame:
        """The rows that imports brought, less those that a later import has in their place.

        Parameters
        ----------
        key : of the rows with equal values in these columns only those of the last import that has any count
        """
        return self._bulk.scan_latest(layout.types, key)

    @contextmanager
    def folding(self) -> Generator[Path]:
        """The only fold's turn: a folder to write a Parquet file in, for `put`."""
        with self._put.writing() as draft:
            yield draft

    def put(self, file: Path, layout: Layout, seq: int) -> None:
        """Add rows that were told, and in the same commit that the log is folded up to `seq`."""
        version = self._put.commit([file], layout.told_types, "append", {FOLDED: seq})
        if version % _FOLDS_PER_COMPACTION == _FOLDS_PER_COMPACTION - 1:
            self._put.compact(_MOST_JOINED_BYTES)
            # Before it was joined, the table needed all files since it was joined last.
            self._put.prune((version, version - _PUT_VERSIONS_KEPT))

    def read(
        self,
        layout: Layout,
        version: DatasetVersion | None = None,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """The rows of a version (None = now) to learn from, as they arrived, told ones after imported ones.

        With a key the last row of each, else equal rows once. A column that an old import lacks is null.

        Parameters
        ----------
        columns : those to return; None = all of the layout
        """
        with self.reading():
            rows = self._rows(layout, version or self.version)
            if layout.key:
                rows = rows.unique(subset=layout.key, keep="last", maintain_order=True)
            else:
                rows = rows.unique(keep="first", maintain_order=True)
            return rows.select(columns or layout.names).collect(engine="streaming")

    def stored(self, layout: Layout, mode: IngestionMode) -> pl.LazyFrame:
        """The rows that came in a way, as they arrived, equal ones once; of both ways the last of each key.

        Rows of sessions that never named a user carry the session in the user's place.
        """
        bulk = self._bulk.scan(layout.types)
        put = tidy_told(self.as_told(layout), layout).select(layout.names)
        if mode != "ALL":
            return (bulk if mode == "BULK" else put).unique(keep="first", maintain_order=True)
        keep = "last" if layout.key else "first"
        return pl.concat([bulk, put]).unique(layout.key or None, keep=keep, maintain_order=True)

    @contextmanager
    def reading(self) -> Generator[None]:
        """While this lasts, what `stored`, `told` and `as_told` have found stays, whatever `forget` does."""
        with self._bulk.reading(), self._put.reading():
            yield

    def holds(self, layout: Layout, users: pl.Series) -> set[str]:
        """Those of some users whom a row is of."""
        if layout.owner is None:
            return set()
        with self.reading():
            both = pl.concat(rows.select(owner) for _, rows, owner in self._owned(layout))
            found = both.filter(_is_among(users)).unique().collect(engine="streaming")
        return set(found.to_series())

    def forget(self, layout: Layout, users: pl.Series) -> None:
        """Take the rows of some users out. Older versions have them until `vacuum`."""
        with self._bulk.writing() as bulk, self._put.writing() as put:
            drafts = (bulk, layout.types), (put, layout.told_types)
            for (table, rows, owner), (draft, types) in zip(self._owned(layout), drafts, strict=False):
                if table.version >= 0:
                    file = draft / "kept.parquet"
                    rows.with_columns(owner).filter(~_is_among(users)).drop(_OWNER).sink_parquet(file)
                    table.commit([file], types, "overwrite")

    def vacuum(self) -> None:
        """Keep no older version, once nobody is `reading`."""
        for table in (self._bulk, self._put):
            with table.writing():
                if table.version >= 0:
                    table.vacuum()

    def _owned(self, layout: Layout) -> list[tuple[DeltaFolder, pl.LazyFrame, pl.Expr]]:
        """Both tables, their rows as they are now, and whose each row is."""
        if layout.owner is None:
            return []
        told = _in_order(self.as_told(layout))
        named = pl.col(USER_ID).alias(_OWNER)
        return [
            (self._bulk, self._bulk.scan(layout.types), named),
            (self._put, told, layout.owner.alias(_OWNER)),
        ]

    def distinct(self, column: str, layout: Layout) -> set[Any]:
        """The values of a column that imports brought, null included if it is there."""
        with self.reading():
            values = self._bulk.scan(layout.types).select(pl.col(column).unique())
            return set(values.collect(engine="streaming").to_series())

    def told(self, layout: Layout, through: int) -> pl.LazyFrame:
        """What was told up to a place in the log, with `layout.told_types`, as `tidy_told` has it."""
        return tidy_told(self._told(layout, through), layout)

    def as_told(self, layout: Layout) -> pl.LazyFrame:
        """The rows that were told, as they came, with `layout.told_types`."""
        return self._put.scan(layout.told_types)

    def link(self, into: Path) -> None:
        """Give all that is stored a second name in a folder that is such a table then."""
        self._bulk.link(into / "bulk")
        self._put.link(into / "put")

    def sweep(self) -> None:
        """Delete copies on this machine of files that other machines have deleted."""
        self._bulk.sweep()
        self._put.sweep()

    def delete(self) -> None:
        """Forget every row of every version."""
        self._root.remove()

    def _rows(self, layout: Layout, at: DatasetVersion) -> pl.LazyFrame:
        told = layout.learned(_in_order(self._told(layout, at.seq)))
        return pl.concat([self._bulk.scan(layout.types, at.bulk), told.select(layout.names)])

    def _told(self, layout: Layout, through: int) -> pl.LazyFrame:
        return self.as_told(layout).filter(pl.col(PLACE) <= through)


def tidy_told(told: pl.LazyFrame, layout: Layout) -> pl.LazyFrame:
    """Told rows in order, each once, as `layout.tidy` has them."""
    return layout.tidy(_in_order(told))


def _is_among(users: pl.Series) -> pl.Expr:
    """Whether a row is of one of some users."""
    return pl.col(_OWNER).is_in(users.implode()).fill_null(value=False)


def _in_order(told: pl.LazyFrame) -> pl.LazyFrame:
    return told.sort(PLACE).unique(subset=[PLACE], keep="first", maintain_order=True)


def _rows_of(job: str) -> str:
    """The transaction that says how many rows an import stored."""
    return f"{job}#rows"


def _missing_of(job: str, column: str) -> str:
    """The transaction that says how many cells of a column an import found empty."""
    return f"{job}#missing {column}"
