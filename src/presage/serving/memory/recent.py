"""What was told lately, a row at a time, until it is put in columns."""

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from itertools import islice, takewhile

from presage.columns import EVENT_TYPE

from ..source import INTERACTIONS, ITEMS, LAST_INTERACTIONS, USERS
from .events import Event, Row, is_same


class Recent:
    """Events by owner, the newest records of users and items.

    Parameters
    ----------
    n_of_a_type : of each owner only so many of the latest events of each type are kept

    Attributes
    ----------
    n_events : how many events were told
    items, users : id -> (place in the event log, record)
    """

    def __init__(self, n_of_a_type: int = LAST_INTERACTIONS) -> None:
        self._n_of_a_type = n_of_a_type
        self.items: dict[str, tuple[int, Row]] = {}
        self.users: dict[str, tuple[int, Row]] = {}
        self._named: dict[str, list[Event]] = {}
        self._anonymous: dict[str, list[Event]] = {}
        self._newest: dict[str, int] = {}
        self.n_events = 0
        self._n_bytes = 0

    @property
    def size(self) -> int:
        """How many rows it holds, or kilobytes of texts if these are more."""
        return max(self.n_events + len(self.items) + len(self.users), self._n_bytes // 1024)

    def add(self, owner: str, event: Event, *, anonymous: bool) -> None:
        """Take in an event that is not known yet."""
        events = self._of(anonymous).setdefault(owner, [])
        insort(events, event, key=_order)
        if len(events) > self._n_of_a_type:
            _trim(events, event.row.get(EVENT_TYPE), self._n_of_a_type)
        self._newest[owner] = event.arrival
        self.n_events += 1
        self._n_bytes += _n_bytes(event.row)

    def replace(self, dataset_type: str, key: str, place: int, row: Row) -> bool:
        """Put the record of an item or a user in the place of an older one; whether it is news."""
        records = self.items if dataset_type == ITEMS else self.users
        before = records.get(key)
        if before and before[0] >= place:
            return False
        records[key] = place, row
        self._n_bytes += _n_bytes(row) - (_n_bytes(before[1]) if before else 0)
        return True

    def about(self, owner: str, *, anonymous: bool, place: int = -1) -> list[Event]:
        """An owner's events, oldest first; see `Events.about`."""
        events = self._of(anonymous).get(owner, ())
        return [event for event in events if event.place > place]

    def news(self, owner: str, arrival: int) -> list[Event]:
        """An owner's events that arrived after so many others."""
        if self._newest.get(owner, 0) <= arrival:
            return []
        events = (*self._named.get(owner, ()), *self._anonymous.get(owner, ()))
        return [event for event in events if event.arrival > arrival]

    def has(self, owner: str, event: Event, *, anonymous: bool) -> bool:
        """Whether an event was told before: one at its place in the event log, or equal in everything."""
        events = self._of(anonymous).get(owner, ())
        if not events or events[-1].time < event.time:
            return False
        first = bisect_left(events, event.time, key=_time)
        same_time = takewhile(lambda known: known.time == event.time, islice(events, first, None))
        return any(is_same(event, known) for known in same_time)

    def all(self) -> Iterator[tuple[str, bool, Event]]:
        """(owner, whether it is anonymous, event) for every event."""
        for anonymous in (False, True):
            for owner, events in self._of(anonymous).items():
                for event in events:
                    yield owner, anonymous, event

    def beyond(self, through: Mapping[str, int]) -> "Recent":
        """What was told after a place in the event log, which each dataset type has."""
        left = Recent(self._n_of_a_type)
        for owner, anonymous, event in self.all():
            if event.place > through[INTERACTIONS]:
                left.add(owner, event, anonymous=anonymous)
        for kind, records in ((ITEMS, self.items), (USERS, self.users)):
            for id_, (place, row) in records.items():
                if place > through[kind]:
                    left.replace(kind, id_, place, row)
        return left

    def _of(self, anonymous: bool) -> dict[str, list[Event]]:
        return self._anonymous if anonymous else self._named


def _n_bytes(row: Row) -> int:
    """About so many bytes are a row's texts."""
    return sum(len(value) for value in row.values() if isinstance(value, str))


def _trim(events: list[Event], event_type: str | None, most: int) -> None:
    """Forget the oldest events of a type that are too many."""
    of_type = [place for place, event in enumerate(events) if event.row.get(EVENT_TYPE) == event_type]
    for place in reversed(of_type[:-most]):
        del events[place]


def _order(event: Event) -> tuple[int, int]:
    return event.time, event.place


def _time(event: Event) -> int:
    return event.time
