"""What the callers of one dataset group told since its models were trained."""

from bisect import insort
from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import Any, NamedTuple, TypeAlias

Row: TypeAlias = Mapping[str, Any]
"""A row of a dataset by column; an interaction also has SESSION_ID and may have EVENT_ID."""
MOST_PER_USER = 500
"""Of a user's live events only this many of the latest are kept."""


class Event(NamedTuple):
    """One interaction: when it happened (seconds since 1970, UTC), its place in the event log, its row."""

    time: int
    seq: int
    row: Row


class Live:
    """Events by user, the newest records of users and items. Any thread may tell, any may ask.

    An event without a user, or whose user is called as the session is, belongs to its session, which may be
    asked for as if it were a user. As soon as an event names both, the session's events become that user's.
    Telling a row twice changes nothing.

    Parameters
    ----------
    since : the place in the event log after which everything was or will be told

    Attributes
    ----------
    newest : the last place told
    uses : how many of the events are about each item
    """

    def __init__(self, since: int = 0) -> None:
        self.newest = since
        self.uses: Counter[str] = Counter()
        self._users: dict[str, tuple[int, Row]] = {}
        self._items: dict[str, tuple[int, Row]] = {}
        self._named: dict[str, list[Event]] = {}
        self._anonymous: dict[str, list[Event]] = {}
        self._user_of: dict[str, str] = {}
        self._changes: dict[str, int] = {}
        self._lock = Lock()

    def tell(self, dataset_type: str, seq: int, row: Row) -> None:
        """Take in a row of the interactions, items or users.

        Rows of other datasets are dropped, and so are events without an item or a time.
        """
        with self._lock:
            self.newest = max(self.newest, seq)
            if dataset_type == "INTERACTIONS":
                if row.get("ITEM_ID") is not None and row.get("TIMESTAMP") is not None:
                    self._tell_event(Event(int(row["TIMESTAMP"]), seq, row))
            elif dataset_type == "USERS" and _replace(self._users, row["USER_ID"], seq, row):
                self._touch(row["USER_ID"])
            elif dataset_type == "ITEMS":
                _replace(self._items, row["ITEM_ID"], seq, row)

    def events(self, user: str) -> list[Event]:
        """What a user did, and a session of this name that has no user; oldest first."""
        named, anonymous = self._named.get(user, ()), self._anonymous.get(user, ())
        return sorted([*named, *anonymous], key=_place) if named and anonymous else [*named, *anonymous]

    def user(self, user_id: str) -> Row | None:
        """The last record told of a user."""
        return self._users[user_id][1] if user_id in self._users else None

    def item(self, item_id: str) -> Row | None:
        """The last record told of an item."""
        return self._items[item_id][1] if item_id in self._items else None

    def changes(self, user: str) -> int:
        """A number that grows whenever what is known of a user or a session changes."""
        return self._changes.get(user, 0)

    def user_of(self, session: str) -> str | None:
        """The user that a session turned out to belong to."""
        return self._user_of.get(session)

    def forget(self, through: int) -> None:
        """Drop the events up to a place in the event log, for every model has learnt of them."""
        with self._lock:
            for by_user in (self._named, self._anonymous):
                for user, events in list(by_user.items()):
                    by_user[user] = [event for event in events if event.seq > through]
                    if not by_user[user]:
                        del by_user[user]
            left = [*self._named.values(), *self._anonymous.values()]
            self.uses = Counter(event.row["ITEM_ID"] for events in left for event in events)

    def _tell_event(self, event: Event) -> None:
        user, session = event.row.get("USER_ID"), event.row.get("SESSION_ID")
        if user == session or not user:
            user = self._user_of.get(session or "")
        elif session and session not in self._user_of:
            self._user_of[session] = user
            for earlier in self._anonymous.pop(session, ()):
                self._add(self._named, user, earlier)
        by_user, owner = (self._named, user) if user else (self._anonymous, session)
        if owner and self._add(by_user, owner, event):
            self.uses[event.row["ITEM_ID"]] += 1

    def _add(self, by_user: dict[str, list[Event]], user: str, event: Event) -> bool:
        """Whether the event was news."""
        events = by_user.setdefault(user, [])
        if any(_is_same(event, known) for known in events):
            return False
        insort(events, event, key=_place)
        del events[:-MOST_PER_USER]
        self._touch(user)
        return True

    def _touch(self, user: str) -> None:
        self._changes[user] = self._changes.get(user, 0) + 1


def _replace(records: dict[str, tuple[int, Row]], key: str, seq: int, row: Row) -> bool:
    """Put a record in the place of an older one; whether it is news."""
    if key in records and records[key][0] >= seq:
        return False
    records[key] = seq, row
    return True


def _place(event: Event) -> tuple[int, int]:
    return event.time, event.seq


def _is_same(event: Event, known: Event) -> bool:
    """Whether two are one: the same place in the log, the same EVENT_ID, or equal in everything."""
    if event.seq == known.seq:
        return True
    event_id = event.row.get("EVENT_ID")
    if event_id is not None and event_id == known.row.get("EVENT_ID"):
        return True
    return event.time == known.time and event.row == known.row
