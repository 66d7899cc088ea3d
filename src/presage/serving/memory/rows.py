"""What a dataset holds and what it was told since, as frames: all that the memory asks of tables and log."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import polars as pl

from presage.columns import ASIDE, IMPRESSION, ITEM_ID, SESSION_ID, TIMESTAMP, USER_ID
from presage.log import Log
from presage.tables.datasets import DatasetVersion
from presage.tables.fold import rows_told_since
from presage.tables.layout import PLACE as TOLD_PLACE
from presage.tables.personalize.instants import column_by_now

from ..source import Dataset
from .events import ANONYMOUS, ARRIVAL, OWN, UNREAD, Event, Row
from .records import PLACE

Version: TypeAlias = Mapping[str, Any]
"""What a dataset's table held at a moment, as JSON keeps it: `bulk` and `seq` read the same rows again."""
IMPRESSIONS = (IMPRESSION, *(column for column, key in ASIDE.items() if key == IMPRESSION))
"""The columns of which any may say what was shown."""
SESSION = next(column for column, key in ASIDE.items() if key == SESSION_ID)
"""The column of a told event's session."""


def stored_events(dataset: Dataset, version: Version) -> pl.DataFrame:
    """The events of a version of the interactions in the order of their arrival, each once."""
    both = pl.concat((_whole_events(rows) for rows in _stored(dataset, version)), how="diagonal")
    each = both.unique(pl.exclude(*OWN, IMPRESSION), keep="first", maintain_order=True)
    return each.drop(*UNREAD, strict=False)


def stored_records(dataset: Dataset, version: Version) -> pl.DataFrame:
    """The rows of a version of items or users, told ones last."""
    return pl.concat(map(_records, _stored(dataset, version)))


def told_events(dataset: Dataset | None, log: Log, place: int) -> pl.DataFrame:
    """The events that were told after a place, and with each its `SESSION`."""
    if dataset is None:
        return no_events().with_columns(pl.lit(None, pl.String).alias(SESSION))
    told = rows_told_since(log, dataset.table, dataset.layout, dataset.stream, place)
    compared = [name for name in dataset.layout.names if name != IMPRESSION]
    told = told.unique(compared, keep="first", maintain_order=True)
    return _whole_events(dataset.frame(told), SESSION).drop(*UNREAD, strict=False)


def told_records(dataset: Dataset | None, key: str, log: Log, place: int) -> pl.DataFrame:
    """The items or users that were told after a place; their ids are in the column `key`."""
    if dataset is None:
        return no_records(key)
    told = rows_told_since(log, dataset.table, dataset.layout, dataset.stream, place)
    return _records(dataset.frame(told))


def event_frame(told: Iterable[tuple[str, bool, Event]], dataset: Dataset | None) -> pl.DataFrame:
    """Events that came one by one, each with its owner and whether it is anonymous."""
    owners, anonymous, events = [], [], []
    for owner, is_anonymous, event in told:
        owners.append(owner)
        anonymous.append(is_anonymous)
        events.append(event)
    own = {
        USER_ID: pl.Series(owners, dtype=pl.String),
        ITEM_ID: pl.Series([event.item_id for event in events], dtype=pl.String),
        TIMESTAMP: pl.Series([event.time for event in events], dtype=pl.Int64),
        PLACE: pl.Series([event.place for event in events], dtype=pl.Int64),
        ARRIVAL: pl.Series([event.arrival for event in events], dtype=pl.Int64),
        ANONYMOUS: pl.Series(anonymous, dtype=pl.Boolean),
        IMPRESSION: pl.Series([event.row.get(IMPRESSION) for event in events], dtype=pl.String),
    }
    others = {name: kind for name, kind in _types(dataset).items() if name not in {*own, *UNREAD}}
    return pl.DataFrame(own | _columns([event.row for event in events], others))


def record_frame(told: Mapping[str, tuple[int, Row]], dataset: Dataset | None, key: str) -> pl.DataFrame:
    """Items or users that came one by one: id -> (place in the log, record)."""
    places = {PLACE: pl.Series([place for place, _ in told.values()], dtype=pl.Int64)}
    types = {key: pl.String(), **_types(dataset)}
    return pl.DataFrame(_columns([row for _, row in told.values()], types) | places)


def no_events() -> pl.DataFrame:
    """The events of a group without interactions."""
    own = {USER_ID: pl.String(), ITEM_ID: pl.String(), TIMESTAMP: pl.Int64(), **OWN, IMPRESSION: pl.String()}
    return pl.DataFrame(schema=own)


def no_records(key: str) -> pl.DataFrame:
    """The records of a group without items or users."""
    return pl.DataFrame(schema={key: pl.String(), PLACE: pl.Int64()})


def _stored(dataset: Dataset, version: Version) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that a version of a dataset imported, and those that it was told."""
    imported = dataset.table.read(dataset.layout, DatasetVersion(bulk=version["bulk"], seq=0))
    with dataset.table.reading():
        told = dataset.table.told(dataset.layout, version["seq"]).collect()
    return dataset.frame(imported), dataset.frame(told)


def _whole_events(rows: pl.DataFrame, *also: str) -> pl.DataFrame:
    """Rows of interactions as `Events.of` takes them, and some columns that only told ones have."""
    is_told = TOLD_PLACE in rows.columns
    shown = [name for name in IMPRESSIONS if name in rows.columns]
    own = {
        PLACE: pl.col(TOLD_PLACE) if is_told else pl.lit(0, pl.Int64),
        ARRIVAL: pl.lit(0, pl.Int64),
        ANONYMOUS: pl.col(USER_ID).eq_missing(pl.col(SESSION)) if is_told else pl.lit(value=False),
        IMPRESSION: pl.coalesce(*(pl.col(name) for name in shown), pl.lit(None, pl.String)),
    }
    whole = rows.drop_nulls([USER_ID, ITEM_ID, TIMESTAMP]).with_columns(
        column_by_now(TIMESTAMP, time.time()).cast(pl.Int64), **own
    )
    return whole.drop({TOLD_PLACE, *ASIDE}.difference(also), strict=False)


def _records(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of items or users as `Records.of` takes them."""
    place = pl.col(TOLD_PLACE) if TOLD_PLACE in rows.columns else pl.lit(0, pl.Int64)
    return rows.with_columns(place.alias(PLACE)).drop(TOLD_PLACE, *ASIDE, strict=False)


def _types(dataset: Dataset | None) -> Mapping[str, pl.DataType]:
    return dataset.types if dataset else {}


def _columns(rows: Sequence[Row], types: Mapping[str, pl.DataType]) -> dict[str, pl.Series]:
    """Columns of rows that came as mappings; a value of another type becomes null, as in the dataset."""
    return {
        name: pl.Series(name, [row.get(name) for row in rows], dtype=kind, strict=False)
        for name, kind in types.items()
    }
