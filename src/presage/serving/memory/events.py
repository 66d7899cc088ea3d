"""Events in columns: those of each user side by side, oldest first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import isclose
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.columns import (
    EVENT_ATTRIBUTION_SOURCE,
    EVENT_ID,
    IMPRESSION,
    ITEM_ID,
    RECOMMENDATION_ID,
    SESSION_ID,
    TIMESTAMP,
    USER_ID,
)
from presage.features.texts import Names, distinct, rows_among
from presage.recipes.data import Ints, Longs
from presage.recipes.ranking.ragged import bounds

from .columns import Table
from .records import PLACE

Row: TypeAlias = Mapping[str, Any]
"""A row of a dataset by column; a told interaction also has SESSION_ID and may have EVENT_ID."""
ARRIVAL, ANONYMOUS = "#arrival", "#anonymous"
OWN = {PLACE: pl.Int64(), ARRIVAL: pl.Int64(), ANONYMOUS: pl.Boolean()}
"""What an event has beside the columns of its dataset."""
ARRAYS = ("item", "time", "place", "arrival", "anonymous")

UNREAD = frozenset({RECOMMENDATION_ID, EVENT_ATTRIBUTION_SOURCE})
"""Columns of interactions that no answer needs."""
NOT_COMPARED = UNREAD | {IMPRESSION, USER_ID, ITEM_ID, TIMESTAMP, SESSION_ID, EVENT_ID}


class Event(NamedTuple):
    """One interaction.

    Attributes
    ----------
    time : when it happened, seconds since 1970, UTC
    place : its place in the event log; 0 = imported
    item_id : the item
    row : its columns, EVENT_TYPE and EVENT_VALUE and context among them, as far as it has them
    arrival : the how manieth row it was that this process took in; 0 = it was there before
    """

    time: int
    place: int
    item_id: str
    row: Row
    arrival: int = 0


@dataclass(frozen=True, kw_only=True)
class Events:
    """Events in columns, sorted by owner, then time, then place.

    Parameters
    ----------
    owners : users, and sessions whose user is not known
    start : (n_owners + 1,), the events of owner u are start[u] to start[u + 1] - 1
    items : ids
    item : (n_events,), rows of `items`
    time, place, arrival : (n_events,), as an `Event` has them
    anonymous : (n_events,), whether an event belongs to its session alone
    table : the other columns, a row per event
    """

    owners: Names
    start: Longs
    items: Names
    item: Ints
    time: Longs
    place: Longs
    arrival: Longs
    anonymous: NDArray[np.bool_]
    table: Table

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Self:
        """The events of a frame: USER_ID (the owner), ITEM_ID, TIMESTAMP, those of `OWN`, and any others."""
        owners, items = distinct(frame[USER_ID]), distinct(frame[ITEM_ID])
        owner = rows_among(owners, frame[USER_ID])
        order = np.lexsort((frame[PLACE].to_numpy(), frame[TIMESTAMP].to_numpy(), owner))
        numbers = frame.select(TIMESTAMP, PLACE, ARRIVAL).cast(pl.Int64)
        rest = frame.select(pl.exclude(USER_ID, ITEM_ID, TIMESTAMP, *OWN))
        return cls(
            owners=Names.of(owners),
            start=bounds(np.bincount(owner, minlength=len(owners))),
            items=Names.of(items),
            item=rows_among(items, frame[ITEM_ID])[order],
            time=numbers[TIMESTAMP].to_numpy()[order],
            place=numbers[PLACE].to_numpy()[order],
            arrival=numbers[ARRIVAL].to_numpy()[order],
            anonymous=frame[ANONYMOUS].to_numpy()[order],
            table=Table.of(rest).take(order),
        )

    def __len__(self) -> int:
        return len(self.item)

    def about(self, owner: str, *, anonymous: bool, place: int = -1) -> list[Event]:
        """An owner's events, oldest first.

        Parameters
        ----------
        anonymous : those of a session without a user, or else those of a user
        place : only those that were told after this place in the log; -1 = imported ones too
        """
        here = self._slice(owner)
        wanted = (self.anonymous[here] == anonymous) & (self.place[here] > place)
        return self._events(here.start + np.flatnonzero(wanted))

    def uses_after(self, moment: float) -> pl.DataFrame:
        """ITEM_ID and `time` of the events later than a moment."""
        late = np.flatnonzero(self.time > moment)
        items = self.items.some(self.item[late].tolist())
        return pl.DataFrame(
            {ITEM_ID: items, "time": self.time[late]}, schema={ITEM_ID: pl.String(), "time": pl.Int64()}
        )

    def news(self, owner: str, arrival: int) -> list[Event]:
        """An owner's events that arrived after so many others."""
        here = self._slice(owner)
        return self._events(here.start + np.flatnonzero(self.arrival[here] > arrival))

    def has(self, owner: str, event: Event, *, anonymous: bool) -> bool:
        """Whether an event is known: one at its place in the log, or equal in every column kept here."""
        if event.time > self.newest_at:
            return False
        here = self._slice(owner)
        same_time = (self.time[here] == event.time) & (self.anonymous[here] == anonymous)
        rows = here.start + np.flatnonzero(same_time)
        return any(is_same(event, known) for known in self._events(rows))

    def beyond(self, place: int) -> Self:
        """Those that were told after a place in the log."""
        return self.keep(self.place > place)

    def keep(self, wanted: NDArray[np.bool_]) -> Self:
        """Only some events; an owner without any is forgotten."""
        n_events = np.bincount(self.owner[wanted], minlength=len(self.owners))
        left = np.flatnonzero(n_events)
        arrays = {name: getattr(self, name)[wanted] for name in ARRAYS}
        table = self.table.take(np.flatnonzero(wanted))
        return replace(
            self, owners=self.owners.take(left), start=bounds(n_events[left]), table=table, **arrays
        )

    @property
    def owner(self) -> Longs:
        """(n_events,), rows of `owners`; not kept, for the rest may be mapped from disk."""
        return np.repeat(np.arange(len(self.owners)), np.diff(self.start))

    @cached_property
    def newest_at(self) -> int:
        """When the newest event happened; -1 without events."""
        return int(self.time.max(initial=-1))

    def owners_since(self, place: int) -> set[str]:
        """The owners of events that were told after a place in the log."""
        return set(self.owners.some(np.unique(self.owner[self.place > place]).tolist()))

    def anonymous_owners(self) -> frozenset[str]:
        """The sessions without a user; not kept, for they may be many."""
        n_before = bounds(self.anonymous.astype(np.int64))
        return frozenset(self.owners.some(np.flatnonzero(np.diff(n_before[self.start])).tolist()))

    @property
    def nbytes(self) -> int:
        """The bytes that they take."""
        own = sum(getattr(self, name).nbytes for name in (*ARRAYS, "start"))
        return own + self.table.nbytes + self.owners.nbytes + self.items.nbytes

    def frame(self) -> pl.DataFrame:
        """What `of` made the events from, in their own order."""
        owners = self.owners.series().gather(self.owner)
        items = self.items.series().gather(self.item)
        own = {USER_ID: owners, ITEM_ID: items, TIMESTAMP: self.time, PLACE: self.place}
        own |= {ARRIVAL: self.arrival, ANONYMOUS: self.anonymous}
        return pl.DataFrame(own).hstack(self.table.frame())

    def _slice(self, owner: str) -> slice:
        """Where an owner's events stand."""
        row = self.owners.row(owner)
        return slice(0, 0) if row is None else slice(int(self.start[row]), int(self.start[row + 1]))

    def _events(self, rows: NDArray[np.int64]) -> list[Event]:
        if not len(rows):
            return []
        return list(
            map(
                Event,
                self.time[rows].tolist(),
                self.place[rows].tolist(),
                self.items.some(self.item[rows].tolist()),
                self.table.records(rows),
                self.arrival[rows].tolist(),
            )
        )


def is_same(event: Event, other: Event) -> bool:
    """Whether two events of one owner and instant are one: at one place, of one id, or equal in all else."""
    if event.place == other.place and event.place:
        return True
    id_ = event.row.get(EVENT_ID)
    if id_ is not None and id_ == other.row.get(EVENT_ID) and event.item_id == other.item_id:
        return True
    names = (event.row.keys() | other.row.keys()) - NOT_COMPARED
    return event.item_id == other.item_id and all(
        _is_equal(event.row.get(name), other.row.get(name)) for name in names
    )


def _is_equal(value: Any, other: Any) -> bool:
    """Whether two cells are equal; a number that was put in a column may have lost digits."""
    if isinstance(value, float) and isinstance(other, int | float):
        return isclose(value, other, rel_tol=1e-6)
    return value == other
