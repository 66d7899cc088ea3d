"""From the event log into a dataset: each record exactly once, whatever dies in between."""

from collections.abc import Iterator
from itertools import islice

import polars as pl

from presage.log import Lines, Log

from .datasets import DatasetTable, tidy_told
from .layout import PLACE, Layout

DATASETS = "dataset"
"""The consumer of every stream that is folded into a dataset."""
_MOST_PER_READ = 20_000
_READS_PER_COMMIT = 5


def fold(log: Log, table: DatasetTable, layout: Layout, stream: str) -> int:
    """Move what the log has of a stream now into its dataset; return the last place folded.

    What is told meanwhile waits for the next fold, so that this one ends. The place is stored in the same
    commit as the rows, so a fold that is cut off and repeated skips what is there. When this returns the rows
    are on disk and `log.drop(stream, place)` loses nothing.
    """
    with table.folding() as draft:
        end, folded = log.last_place(), table.folded
        told = _told(log, layout, stream, folded, end)
        while parts := list(islice(told, _READS_PER_COMMIT)):
            log.raise_mark(end)
            folded = int(parts[-1][PLACE][-1])
            file = draft / "told.parquet"
            pl.concat(parts).write_parquet(file)
            table.put(file, layout, folded)
        return folded


def rows_told_since(log: Log, table: DatasetTable, layout: Layout, stream: str, place: int) -> pl.DataFrame:
    """Every row told after a place and by now, folded or not, in order, with `layout.told_types`.

    The log is read before the table: what a fold moves meanwhile is met twice, never missed.
    """
    parts = [part.lazy() for part in _told(log, layout, stream, place, log.last_place())]
    with table.reading():
        rows = pl.concat([*parts, table.as_told(layout)])
        return tidy_told(rows, layout).filter(pl.col(PLACE) > place).collect()


def _told(log: Log, layout: Layout, stream: str, after: int, through: int) -> Iterator[pl.DataFrame]:
    """What the log has of a stream between two places, in pieces of bounded size."""
    while (lines := log.read_lines(stream, after, _MOST_PER_READ, through)).places:
        yield _frame(lines, layout)
        after = lines.places[-1]


def _frame(lines: Lines, layout: Layout) -> pl.DataFrame:
    """Logged records as rows; what a record lacks, or what does not fit the layout, is null."""
    keys = {**layout.types, **dict.fromkeys(layout.aside.values(), pl.String())}
    told = pl.read_ndjson(lines.text, schema=keys, ignore_errors=True)
    rows = told.with_columns(pl.Series(PLACE, lines.places, dtype=pl.Int64()))
    key_of = {name: layout.aside.get(name, name) for name in layout.told_types}
    return rows.select(
        pl.col(key_of[name]).cast(kind, strict=False).alias(name) for name, kind in layout.told_types.items()
    )
