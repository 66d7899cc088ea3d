"""A group's memory is built from its datasets; and when it should be."""

import time
from collections.abc import Mapping

import numpy as np
import polars as pl

from presage.columns import CREATION_TIMESTAMP, IMPRESSION, ITEM_ID, USER_ID
from presage.features.texts import rows_among
from presage.files import locked
from presage.recipes.data import Ints, Longs

from ..source import INTERACTIONS, ITEMS, USERS, Dataset, Source
from .events import Events
from .impressions import N_SHOWN, shown
from .limits import latest_of_each_type
from .records import Records
from .rows import Version, no_events, no_records, stored_events, stored_records
from .snapshot import UNKNOWN, Snapshot, newest_number, newest_versions

MOST_STORED_OF_A_TYPE = 500
"""Of each user so many of the latest events of each type are in a snapshot: as many as a model reads."""
LEAST_TOLD = 20_000
LEAST_SHARE_TOLD = 0.1
"""A snapshot is built anew when more rows were told since than so many and than this share of its own."""


def build_snapshot(source: Source) -> Mapping[str, int]:
    """Put what the group's datasets hold now into its memory on disk; one process at a time does so.

    Processes that answer for the group take it up within a moment.

    Returns dataset type -> the place in the log up to which it is in it.
    """
    with locked(source.snapshots / "lock"):
        versions = {kind: _version(dataset) for kind, dataset in source.known.items()}
        if newest_versions(source.snapshots) != versions:
            number = max(time.time_ns(), newest_number(source.snapshots) + 1)
            _snapshot(source, number, versions).write(source.snapshots)
        return {kind: version["seq"] for kind, version in versions.items()}


def empty_snapshot(source: Source) -> Snapshot:
    """A snapshot of no rows, older than every other."""
    return _snapshot(source, 0, {kind: {"bulk": -1, "seq": 0, "told": 0} for kind in source.known})


def wants_snapshot(source: Source) -> bool:
    """Whether the memory on disk lags behind the datasets: it lacks imported rows, or many told ones.

    A group that has none needs none: whoever deploys its first campaign builds it.
    """
    held = newest_versions(source.snapshots)
    if held is None:
        return False
    now = {kind: _version(dataset) for kind, dataset in source.known.items()}
    if held.keys() != now.keys() or any(held[kind]["bulk"] != now[kind]["bulk"] for kind in now):
        return True
    n_told = sum(now[kind]["told"] - held[kind]["told"] for kind in now)
    n_held = sum(held[kind]["rows"] for kind in now)
    return n_told > max(LEAST_TOLD, LEAST_SHARE_TOLD * n_held)


def _version(dataset: Dataset) -> Version:
    """What a dataset's table holds now, as JSON keeps it."""
    version, rows = dataset.table.version, dataset.table.rows()
    return {"bulk": version.bulk, "seq": version.seq, "told": rows.put, "rows": rows.bulk + rows.put}


def _snapshot(source: Source, number: int, versions: Mapping[str, Version]) -> Snapshot:
    held = {kind: (dataset, versions[kind]) for kind, dataset in source.known.items()}
    stored = stored_events(*held[INTERACTIONS]) if INTERACTIONS in held else no_events()
    events = Events.of(stored.drop(IMPRESSION))
    items = stored_records(*held[ITEMS]) if ITEMS in held else no_records(ITEM_ID)
    users = stored_records(*held[USERS]) if USERS in held else no_records(USER_ID)
    all_items = Records.of(items, ITEM_ID, events.items.series())
    item = rows_among(all_items.ids.series(), events.items.series())[events.item]
    return Snapshot(
        number=number,
        events=latest_of_each_type(events, MOST_STORED_OF_A_TYPE),
        records={ITEMS: all_items, USERS: Records.of(users, USER_ID)},
        created_at=created_at(all_items, item, events.time),
        uses=np.bincount(item, minlength=len(all_items.ids)),
        shown=_shown(all_items, stored[IMPRESSION]),
        versions=versions,
    )


def _shown(items: Records, impressions: pl.Series) -> Longs:
    """(n_items,): how often each item was shown."""
    counts = shown(impressions)
    row = rows_among(items.ids.series(), counts[ITEM_ID])
    is_known = row >= 0
    return np.bincount(row[is_known], counts[N_SHOWN].to_numpy()[is_known], minlength=len(items.ids)).astype(
        np.int64
    )


def created_at(items: Records, item: Ints, time: Longs) -> Longs:
    """(n_items,): the record's CREATION_TIMESTAMP, else the first event, else `UNKNOWN`."""
    never = np.iinfo(np.int64).max
    first = np.full(len(items.ids), never)
    np.minimum.at(first, item, time)
    first[first == never] = UNKNOWN
    declared = items.table.columns.get(CREATION_TIMESTAMP)
    if declared is None:
        return first
    return pl.select(pl.coalesce(declared.series().cast(pl.Int64), pl.Series(first))).to_series().to_numpy()
