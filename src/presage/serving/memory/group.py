"""One dataset group's memory: its snapshot, and what was told since."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from threading import Lock

import polars as pl

from presage.columns import ITEM_ID, SESSION_ID, TIMESTAMP, USER_ID
from presage.log import Log

from ..source import INTERACTIONS, ITEMS, USERS, Source
from .build import build_snapshot, empty_snapshot
from .events import Event, Row, is_same
from .held import KEYS, Held
from .items import ItemsNow, counted
from .limits import Limits
from .recent import Recent
from .rows import event_frame, record_frame
from .sessions import Sessions
from .snapshot import Snapshot, newest_number, newest_snapshot
from .told import read_told

DEFAULT_LIMITS = Limits()


class GroupMemory:
    """What a dataset group's users did, and what is known of them and of the items.

    Any thread may tell or ask. Telling a row twice changes nothing. An eventId marks as repeats only what is
    about the same item at the same instant, for some clients give every event one id. An event without a
    user, or whose user is called as the session is, belongs to its session, which may be asked for as if it
    were a user. As soon as an event names both, the session's events become that user's.

    Attributes
    ----------
    source, limits : where the data lie, how much is kept; may be replaced by others
    arrivals : how many rows were told so far: an `Event` says when in this order it arrived
    epoch : grows when `arrival` no longer tells which events are new: who counted on it must begin anew
    newest_at : when the newest told event happened
    item_changes : grows when records of items have become others
    """

    def __init__(self, source: Source, limits: Limits = DEFAULT_LIMITS) -> None:
        self.source = source
        self.limits = limits
        self.arrivals = 0
        self.epoch = 0
        self.newest_at = -1
        self.item_changes = 0
        self._held = Held.of(empty_snapshot(source))
        self._recent = Recent(source.n_of_a_type)
        self._moving: Recent | None = None
        self._sessions = Sessions()
        self._rearranged: dict[str, int] = {}
        self._recorded: dict[str, int] = {}
        self._moved = 0
        self._lock = Lock()
        self._turn = Lock()  # of who replaces what is held; nobody who tells or asks waits for it

    @property
    def through(self) -> int:
        """The place in the log up to which all that the group was told is here."""
        return min(self._held.through.values())

    def tell(self, dataset_type: str, places: Iterable[int], rows: Iterable[Row]) -> None:
        """Take in rows of the interactions, items or users that are in the event log at `places`.

        Rows of other datasets are dropped, and so are events without an item or a time.
        """
        dataset = self.source.datasets.get(dataset_type)
        with self._lock:
            through = self._held.through.get(dataset_type)
            for place, told in zip(places, rows, strict=True):
                if through is None or place <= through:
                    continue
                row = dataset.row(told) if dataset else told
                if dataset_type == INTERACTIONS:
                    self._tell_event(place, row)
                elif dataset_type == ITEMS:
                    self.item_changes += self._recent.replace(ITEMS, row[ITEM_ID], place, row)
                elif self._recent.replace(USERS, row[USER_ID], place, row):
                    self._mark(self._recorded, row[USER_ID])

    def events(self, user: str, beyond: int = -1) -> list[Event]:
        """What a user did, and a session of this name that has no user; oldest first.

        Parameters
        ----------
        beyond : only what was told after this place in the event log
        """
        with self._lock:
            found: list[Event] = []
            for owner, anonymous in self._owners(user):
                found += self._held.about(owner, anonymous=anonymous, place=beyond)
                for recent in self._recents():
                    found += recent.about(owner, anonymous=anonymous, place=beyond)
        return _once(sorted(found, key=_order))

    def changed_since(self, place: int) -> set[str]:
        """Users of whom anything may have been told after a place in the log, and sessions."""
        with self._lock:
            owners = self._held.owners_since(place)
            owners.update(
                owner for recent in self._recents() for owner, _, event in recent.all() if event.place > place
            )
            users = {user for owner in owners if (user := self._sessions.user_of(owner))}
            return owners | users | self._rearranged.keys() | self._recorded.keys()

    def news(self, user: str, arrival: int) -> list[Event]:
        """What was told of a user after so many arrivals, oldest first."""
        with self._lock:
            found: list[Event] = []
            for recent in self._recents():
                found += recent.news(user, arrival)
            if arrival < self._moved:
                found += self._held.events.news(user, arrival)
        return sorted(found, key=_order) if len(found) > 1 else found

    def is_rearranged(self, user: str, arrival: int, *, record: bool) -> bool:
        """Whether after so many arrivals more has changed than events that came on top.

        Parameters
        ----------
        record : whether another record of the user is such a change, as events of a session are that turned
            out to be the user's
        """
        changed = self._rearranged.get(user, 0) > arrival
        return changed or (record and self._recorded.get(user, 0) > arrival)

    def user_of(self, session: str) -> str | None:
        """The user that a session turned out to belong to."""
        return self._sessions.user_of(session)

    def user(self, user_id: str) -> tuple[int, Row] | None:
        """(place in the log, record) of a user, as told or imported last."""
        with self._lock:
            told = (recent.users.get(user_id) for recent in self._recents())
            return next(filter(None, told), None) or self._held.record(USERS, user_id)

    def item_text(self, item_id: str, column: str) -> str | None:
        """A cell of an item's record as text; None if it is null or there is none."""
        with self._lock:
            for recent in self._recents():
                if item_id in recent.items:
                    return _text(recent.items[item_id][1].get(column))
            return self._held.text(item_id, column)

    def items_now(self, now: float) -> ItemsNow:
        """What is known of the items; what happened after `now` is taken for a mistake."""
        with self._lock:
            held, recents = self._held, list(self._recents())
            events = [event for recent in recents for _, _, event in recent.all()]
            told = [dict(recent.items) for recent in reversed(recents)]
        dataset = self.source.datasets.get(ITEMS)
        frames = [
            held.records[ITEMS].frame(ITEM_ID),
            *(record_frame(items, dataset, ITEM_ID) for items in told),
        ]
        return ItemsNow(
            snapshot=held.snapshot,
            told=pl.concat(frames, how="diagonal_relaxed"),
            counts=counted(held.events, events),
            newest_at=min(max(held.snapshot.events.newest_at, self.newest_at), int(now)),
            key=dataset.key if dataset else ITEM_ID,
        )

    def uses_after(self, moment: float) -> pl.DataFrame:
        """ITEM_ID and `time` of every event later than a moment."""
        with self._lock:
            held, recents = self._held, list(self._recents())
            lately = [(event.item_id, event.time) for recent in recents for _, _, event in recent.all()]
        told = pl.DataFrame(lately, schema={ITEM_ID: pl.String(), "time": pl.Int64()}, orient="row")
        stored = [events.uses_after(moment) for events in (held.snapshot.events, held.events)]
        return pl.concat([*stored, told.filter(pl.col("time") > moment)])

    def load(self, log: Log) -> None:
        """Read the newest snapshot, which is built if there is none, and what was told after it."""
        with self._turn:
            snapshot = self._held.snapshot
            if snapshot.number == 0 or newest_number(self.source.snapshots) > snapshot.number:
                snapshot = self._newer_snapshot() or snapshot
            told = read_told(self.source, log, Held.of(snapshot), self.limits)
            with self._lock:
                self._replace(told.held)
                for session, user in told.sessions:
                    self._sessions.link(session, user, self.limits.n_sessions)
                for session, user in told.late:
                    self._merge(session, user)

    def refresh(self) -> None:
        """Take up a newer snapshot if there is one; put in columns what was told if it is much."""
        with self._turn:
            if newest_number(self.source.snapshots) > self._held.snapshot.number:
                newest = self._newer_snapshot()
                held = self._held.on(newest) if newest else self._held
                with self._lock:
                    self._replace(held)
            if self._recent.size > self.limits.n_recent or self._moving:
                self._move()

    def _newer_snapshot(self) -> Snapshot | None:
        """A newer snapshot than the one held, built if none can be read."""
        folder, number = self.source.snapshots, self._held.snapshot.number
        found = newest_snapshot(folder, after=number)
        if found is None:
            build_snapshot(self.source)
            found = newest_snapshot(folder, after=number)
        return found

    def _tell_event(self, place: int, row: Row) -> None:
        item_id, time = row.get(ITEM_ID), row.get(TIMESTAMP)
        if item_id is None or time is None:
            return
        user, session = row.get(USER_ID), row.get(SESSION_ID)
        if user == session or not user:
            user = self._sessions.user_of(session) if session else None
        elif session:
            self._link(session, user)
        owner = user or session
        event = Event(int(time), place, item_id, row, self.arrivals + 1)
        if owner and not self._knows(owner, event, user is None):
            self.arrivals += 1
            self.newest_at = max(self.newest_at, event.time)
            self._recent.add(owner, event, anonymous=user is None)

    def _link(self, session: str, user: str) -> None:
        """A session names a user: what it did before is the user's."""
        if self._sessions.link(session, user, self.limits.n_sessions) and self._has_any(session):
            self._merge(session, user)

    def _merge(self, session: str, user: str) -> None:
        self._sessions.merge(session, user)
        self._mark(self._rearranged, user)
        self._mark(self._rearranged, session)

    def _has_any(self, session: str) -> bool:
        """Whether there are events of a session without a user."""
        recents = any(recent.about(session, anonymous=True) for recent in self._recents())
        return recents or bool(self._held.about(session, anonymous=True))

    def _knows(self, owner: str, event: Event, anonymous: bool) -> bool:
        layers = list(self._layers())
        for layer in layers:
            if layer.has(owner, event, anonymous=anonymous):
                return True
        sessions = () if anonymous else self._sessions.merged(owner)
        return any(layer.has(session, event, anonymous=True) for session in sessions for layer in layers)

    def _owners(self, user: str) -> Iterator[tuple[str, bool]]:
        """(owner, whether anonymous) under which a user's events stand."""
        yield user, False
        if self._sessions.user_of(user) is None:
            yield user, True
        for session in self._sessions.merged(user):
            yield session, True

    def _recents(self) -> Iterator[Recent]:
        """What is not in columns, the newest first."""
        yield self._recent
        if self._moving is not None:
            yield self._moving

    def _layers(self) -> Iterator[Recent | Held]:
        yield from self._recents()
        yield self._held

    def _mark(self, marks: dict[str, int], user: str) -> None:
        self.arrivals += 1
        marks[user] = self.arrivals
        if len(marks) > self.limits.n_marks:
            marks.clear()
            self.epoch += 1

    def _replace(self, held: Held) -> None:
        """Hold something else, and tell no more what it holds."""
        self._held = held
        self._recent = self._recent.beyond(held.through)
        self._moving = self._moving and self._moving.beyond(held.through)
        self._rearranged.clear()
        self._recorded.clear()
        self.newest_at = max(self.newest_at, held.events.newest_at)
        self.item_changes += 1
        self.epoch += 1

    def _move(self) -> None:
        """Put what was told lately in columns; meanwhile it is found where it was."""
        with self._lock:
            if self._moving is None:
                self._moving, self._recent = self._recent, Recent(self.source.n_of_a_type)
            moving, moved = self._moving, self.arrivals
        datasets = self.source.datasets
        events = event_frame(moving.all(), datasets.get(INTERACTIONS))
        told = {ITEMS: moving.items, USERS: moving.users}
        records = {kind: record_frame(told[kind], datasets.get(kind), KEYS[kind]) for kind in KEYS}
        held = self._held.with_told(events, records, self.limits, self.source)
        with self._lock:
            self._held, self._moving, self._moved = held, None, moved


def _order(event: Event) -> tuple[int, int]:
    return event.time, event.place


def _time(event: Event) -> int:
    return event.time


def _once(events: list[Event]) -> list[Event]:
    """Events in order, of equal ones only the first."""
    kept: list[Event] = []
    for _, together in groupby(events, key=_time):
        first: list[Event] = []
        for event in together:
            if not any(is_same(event, known) for known in first):
                first.append(event)
        kept += first
    return kept


def _text(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
