"""From the event log into a dataset: each record exactly once, whatever dies in between."""

from collections.abc import Sequence

import polars as pl

from .datasets import DatasetTable, put_columns, tidy_told
from .events import EventLog, LoggedRecord
from .schema import DatasetSchema

_MOST_PER_COMMIT = 100_000
_ASIDE = {"_EVENT_ID": "EVENT_ID", "_SESSION_ID": "SESSION_ID"}
"""Column of a told row -> the key under which a logged record carries it."""


def fold(log: EventLog, table: DatasetTable, schema: DatasetSchema, stream: str) -> int:
    """Move what the log has of a stream into its dataset; return the last place folded.

    The place is stored in the same commit as the rows, so a fold that is cut off and repeated skips what is
    there. When this returns the rows are on disk and `log.drop(place, stream)` loses nothing.
    """
    with table.folding() as draft:
        while records := log.read(table.folded, _MOST_PER_COMMIT, stream):
            file = draft / "told.parquet"
            _frame(records, schema).write_parquet(file)
            table.put(file, schema, records[-1].seq)
        return table.folded


def events_since(
    log: EventLog, table: DatasetTable, schema: DatasetSchema, stream: str, seq: int
) -> pl.DataFrame:
    """Every row told after place `seq`, folded or not, in order, with `datasets.PUT_COLUMNS`.

    The log is read before the table: what a fold moves meanwhile is met twice, never missed.
    """
    parts = [pl.LazyFrame(schema=put_columns(schema))]
    after = seq
    while records := log.read(after, _MOST_PER_COMMIT, stream):
        parts.append(_frame(records, schema).lazy())
        after = records[-1].seq
    parts.append(table.told(schema))
    return tidy_told(pl.concat(parts), schema).filter(pl.col("_SEQ") > seq).collect()


def _frame(records: Sequence[LoggedRecord], schema: DatasetSchema) -> pl.DataFrame:
    """Logged records as rows; what a record lacks, or what no longer fits the schema, is null."""
    columns = put_columns(schema)
    values = {
        name: [r.seq for r in records]
        if name == "_SEQ"
        else [r.record.get(_ASIDE.get(name, name)) for r in records]
        for name in columns
    }
    return pl.DataFrame(
        [pl.Series(name, values[name], dtype=kind, strict=False) for name, kind in columns.items()]
    )
