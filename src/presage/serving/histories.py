"""What users did last, by event type, for filters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cachetools import LRUCache

from presage.columns import EVENT_TYPE

from .memory import Event, GroupMemory

MOST_EVENTS = 200_000
"""So many events are kept, of the users asked about last; one takes about 150 bytes."""


class Used(NamedTuple):
    """That a user did something with an item; an event told live has a place in the event log."""

    time: int
    place: int
    item_id: str


@dataclass(kw_only=True)
class UsedLately:
    """What a user did.

    Parameters
    ----------
    by_type : event type in upper case, empty for none -> the latest events, oldest first
    most : so many of each type
    arrival, epoch : how much of the group's memory is in it, see `GroupMemory`
    """

    most: int
    arrival: int
    epoch: int
    by_type: dict[str, list[Used]] = field(default_factory=dict[str, list[Used]])

    def add(self, events: Iterable[Event]) -> None:
        """Take in events, oldest first, which may be known already."""
        by_type: dict[str, list[Event]] = {}
        for event in events:
            by_type.setdefault((event.row.get(EVENT_TYPE) or "").upper(), []).append(event)
        for type_, some in by_type.items():
            latest = {Used(event.time, event.place, event.item_id) for event in some[-self.most :]}
            latest.update(self.by_type.get(type_, ()))
            self.by_type[type_] = sorted(latest)[-self.most :]

    @property
    def size(self) -> int:
        """How many events it has, and one more."""
        return 1 + sum(map(len, self.by_type.values()))


class Histories:
    """The histories of one group's users. It belongs to one thread."""

    def __init__(self, memory: GroupMemory) -> None:
        self._memory = memory
        self._kept: LRUCache[str, UsedLately] = LRUCache(MOST_EVENTS, getsizeof=lambda history: history.size)

    def of(self, user: str) -> Mapping[str, list[Used]]:
        """Event type in upper case -> what a user did, all that was told until now included."""
        memory, kept = self._memory, self._kept.get(user)
        arrival, epoch = memory.arrivals, memory.epoch
        if kept is None or kept.epoch != epoch or memory.is_rearranged(user, kept.arrival, record=False):
            kept = UsedLately(most=memory.source.n_of_a_type, arrival=arrival, epoch=epoch)
            kept.add(memory.events(user))
            self._keep(user, kept)
        elif kept.arrival != arrival:
            if news := memory.news(user, kept.arrival):
                kept.add(news)
                self._keep(user, kept)
            kept.arrival = arrival
        return kept.by_type

    def _keep(self, user: str, history: UsedLately) -> None:
        self._kept.pop(user, None)
        if history.size <= MOST_EVENTS:
            self._kept[user] = history
