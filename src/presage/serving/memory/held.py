"""The part of a group's memory that stands in columns: a snapshot, and what was told after it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

import polars as pl

from presage.columns import ITEM_ID, USER_ID

from ..source import INTERACTIONS, ITEMS, KINDS, USERS, Source
from .events import Event, Events, Row
from .limits import Limits, latest_of_each_type, latest_told, within
from .records import Records
from .snapshot import Snapshot

KEYS = {ITEMS: ITEM_ID, USERS: USER_ID}
"""Dataset type -> the column that names its records."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What stands in columns.

    Parameters
    ----------
    snapshot : what the datasets held at a moment
    events : what was told after it
    records : the items and users that were told after it, by dataset type
    through : dataset type -> the place in the log up to which all that was told is here
    """

    snapshot: Snapshot
    events: Events
    records: Mapping[str, Records]
    through: Mapping[str, int]

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        """A snapshot, and nothing after it."""
        through = {kind: snapshot.place(kind) for kind in KINDS}
        records = {kind: snapshot.records[kind].beyond(through[kind]) for kind in KEYS}
        events = snapshot.events.beyond(through[INTERACTIONS])
        return cls(snapshot=snapshot, events=events, records=records, through=through)

    def about(self, owner: str, *, anonymous: bool, place: int = -1) -> list[Event]:
        """An owner's events, told ones last; see `Events.about`."""
        found = self.events.about(owner, anonymous=anonymous, place=place)
        if place < self.snapshot.place(INTERACTIONS):
            return self.snapshot.events.about(owner, anonymous=anonymous, place=place) + found
        return found

    def owners_since(self, place: int) -> set[str]:
        """The owners of events that were told after a place in the log."""
        return self.events.owners_since(place) | self.snapshot.events.owners_since(place)

    def has(self, owner: str, event: Event, *, anonymous: bool) -> bool:
        """Whether an event is known; see `Events.has`."""
        return self.events.has(owner, event, anonymous=anonymous) or self.snapshot.events.has(
            owner, event, anonymous=anonymous
        )

    def record(self, kind: str, id_: str) -> tuple[int, Row] | None:
        """(place in the log, record) of an item or a user."""
        for records, row in self._found(kind, id_):
            return int(records.place[row]), records.record(row)
        return None

    def text(self, item_id: str, column: str) -> str | None:
        """A cell of an item's record as text; None if it is null or there is none."""
        for records, row in self._found(ITEMS, item_id):
            cells = records.table.columns.get(column)
            return None if cells is None else cells.text(row)
        return None

    def on(self, snapshot: Snapshot) -> Self:
        """The same on a newer snapshot: what that holds need not be held twice."""
        through = {kind: max(self.through[kind], snapshot.place(kind)) for kind in KINDS}
        records = {kind: told.beyond(snapshot.place(kind)) for kind, told in self.records.items()}
        events = self.events.beyond(snapshot.place(INTERACTIONS))
        return replace(self, snapshot=snapshot, events=events, records=records, through=through)

    def with_told(
        self, events: pl.DataFrame, records: Mapping[str, pl.DataFrame], limits: Limits, source: Source
    ) -> Self:
        """The same and what was told since, within limits.

        Parameters
        ----------
        events : for `Events.of`
        records : for `Records.of`, by dataset type
        source : whose it is
        """
        told = {kind: held.with_told(records[kind], KEYS[kind]) for kind, held in self.records.items()}
        joined = Events.of(pl.concat([self.events.frame(), events], how="diagonal_relaxed"))
        return replace(
            self,
            events=within(latest_of_each_type(joined, source.n_of_a_type), limits, source.group),
            records={kind: latest_told(held, limits, source.group) for kind, held in told.items()},
        )

    def _found(self, kind: str, id_: str) -> Iterator[tuple[Records, int]]:
        """Where a record of an id stands, the one told last first."""
        for records in (self.records[kind], self.snapshot.records[kind]):
            row = records.row(id_)
            if row is not None:
                yield records, row
