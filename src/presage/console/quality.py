"""What is in a dataset, by column: how many cells are empty, how many values differ, from where to where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl

from presage.columns import ITEM_ID, USER_ID
from presage.resources.record import Record
from presage.stores import Stores
from presage.tables.datasets import DatasetTable, ImportSummary
from presage.tables.layout import Column, Layout

MOST_REMEMBERED = 200
N_COMMON = 3
MOST_DIFFERENT = 1_000
"""Of a column with more values, none is common enough to be worth naming."""
N_IMPORTS = 10
ID_COLUMNS = (USER_ID, ITEM_ID, "item_id")
Ids = Mapping[str, pl.Series]
TIMES = ("TIMESTAMP", "CREATION_TIMESTAMP")


@dataclass(frozen=True, kw_only=True)
class ColumnQuality:
    """What is in a column.

    Parameters
    ----------
    n_different : how many different values; empty cells count for none
    low, high : the least and the greatest value; None if all cells are empty
    common : (value, share of the rows), the most frequent first
    """

    column: Column
    n_rows: int
    n_empty: int
    n_different: int
    low: Any
    high: Any
    common: Sequence[tuple[Any, float]]

    @property
    def is_time(self) -> bool:
        """Whether the values are seconds since 1970."""
        return self.column.name in TIMES and self.column.kind in ("int", "long")


@dataclass(frozen=True, kw_only=True)
class Imported:
    """An import, and what it changed.

    Parameters
    ----------
    n_rows : that it stored; None if it stored none
    ids : column -> how many ids it brought that the import before did not have, and how many of that one's
        it does not have; empty if the rows of one of the two are not kept any more
    """

    job: Record
    n_rows: int | None
    missing: Mapping[str, int]
    ids: Mapping[str, tuple[int, int]]


def layout_of(stores: Stores, dataset: Record) -> Layout:
    """The columns of a dataset of either service."""
    return stores.series_layout(dataset) if dataset.service == "forecast" else stores.layout(dataset)


def columns_of(stores: Stores, dataset: Record) -> Sequence[ColumnQuality]:
    """The quality of each column of a dataset as it is now; worked out once a version."""
    table = stores.table(dataset)
    version = table.version
    return _columns(stores, dataset.arn, dataset["_folder"], version.bulk, version.seq)


@lru_cache(MOST_REMEMBERED)
def _columns(stores: Stores, arn: str, _folder: str, _bulk: int, _seq: int) -> Sequence[ColumnQuality]:
    dataset = stores.records.expect(arn)
    layout, table = layout_of(stores, dataset), stores.table(dataset)
    with table.reading():
        rows = table.stored(layout, "ALL")
        figures = [
            figure
            for n, name in enumerate(layout.names)
            for figure in (
                pl.col(name).null_count().alias(f"{n} empty"),
                pl.col(name).drop_nulls().n_unique().alias(f"{n} different"),
                pl.col(name).min().alias(f"{n} low"),
                pl.col(name).max().alias(f"{n} high"),
            )
        ]
        found = rows.select(pl.len().alias("rows"), *figures).collect(engine="streaming").row(0, named=True)
        return [
            ColumnQuality(
                column=column,
                n_rows=found["rows"],
                n_empty=found[f"{n} empty"],
                n_different=found[f"{n} different"],
                low=found[f"{n} low"],
                high=found[f"{n} high"],
                common=_common(rows, column.name, found["rows"], found[f"{n} different"]),
            )
            for n, column in enumerate(layout.columns)
        ]


def _common(rows: pl.LazyFrame, name: str, n_rows: int, n_different: int) -> Sequence[tuple[Any, float]]:
    if not 0 < n_different <= MOST_DIFFERENT or not n_rows:
        return ()
    counted = rows.select(pl.col(name).drop_nulls()).group_by(name).len()
    first = counted.sort("len", name, descending=[True, False]).head(N_COMMON).collect(engine="streaming")
    return [(value, n / n_rows) for value, n in first.iter_rows()]


def imports_of(stores: Stores, dataset: Record) -> Sequence[Imported]:
    """The newest imports into a dataset, the newest first, and what each changed."""
    layout, table = layout_of(stores, dataset), stores.table(dataset)
    jobs = stores.records.children(dataset.arn, "DatasetImportJob")[: N_IMPORTS + 1]
    with table.reading():
        ids = [_ids(table, layout, job) for job in jobs]
    return [
        _imported(table.imported(job.arn, layout), job, here, before)
        for job, here, before in zip(jobs, ids, [*ids[1:], {}], strict=True)
    ][:N_IMPORTS]


def _imported(summary: ImportSummary | None, job: Record, here: Ids, before: Ids) -> Imported:
    return Imported(
        job=job,
        n_rows=summary.rows if summary else None,
        missing=summary.missing if summary else {},
        ids={
            name: (_n_not_in(here[name], before[name]), _n_not_in(before[name], here[name]))
            for name in here
            if name in before
        },
    )


def _n_not_in(ids: pl.Series, others: pl.Series) -> int:
    return int((~ids.is_in(others.implode())).sum())


def _ids(table: DatasetTable, layout: Layout, job: Record) -> Ids:
    """The ids that an import brought, by column; empty if its rows are not kept."""
    try:
        rows = table.brought(job.arn, layout)
        return {
            name: rows.select(pl.col(name).unique()).collect(engine="streaming")[name]
            for name in ID_COLUMNS
            if name in layout
        }
    except LookupError:
        return {}
