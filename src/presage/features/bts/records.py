"""What an expression sees: events, and the values of aggregates."""

from collections.abc import Iterator
from typing import Any

from .errors import MissingFieldError

_NESTS = frozenset({dict, list})


class Event(dict[str, Any]):
    """An event; a key that it lacks is None, and nested objects are wrapped when they are reached."""

    def __missing__(self, key: object) -> None:
        return None


class NestedEvent(Event):
    """An event with objects or lists within: they are events too, as far as they are reached by key."""

    def __getitem__(self, key: str) -> Any:
        return _reached(self.get(key))


class EventList(list[Any]):
    """A list within an event: an element is wrapped when it is reached by index, not in a loop."""

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return EventList(found) if isinstance(index, slice) else _reached(found)


def event_of(raw: dict[str, Any]) -> Event:
    """The event that a decoded JSON object is."""
    return Event(raw) if _NESTS.isdisjoint(map(type, raw.values())) else NestedEvent(raw)


def _reached(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        return event_of(value)
    return EventList(value) if kind is list and value else value


class Record(dict[str, Any]):
    """The values of an aggregate, in the order of its fields; an unknown field stops the run."""

    def __missing__(self, key: str) -> Any:
        raise MissingFieldError("the aggregate", key, list(self))


class Map(dict[Any, Any]):
    """The value of a field of type map. What may change it is told by `operations`."""

    def set(self, key: Any, value: Any) -> None:
        """Set a value, unless the key is None."""
        if key is not None:
            self[key] = value

    def increment(self, key: Any, by: Any = 1) -> None:
        """Add to a value that counts as 0 while it is missing, unless the key is None."""
        if key is not None:
            self[key] = self.get(key, 0) + by


class List(list[Any]):
    """The value of a field of type list; None is not taken in."""

    def append(self, value: Any, /) -> None:
        """Take in a value at the end, unless it is None."""
        if value is not None:
            super().append(value)

    def insert(self, index: Any, value: Any, /) -> None:
        """Take in a value before an index, unless it is None."""
        if value is not None:
            super().insert(index, value)


class Set(set[Any]):
    """The value of a field of type set; None is not taken in."""

    def add(self, value: Any, /) -> None:
        """Take in a value, unless it is None."""
        if value is not None:
            super().add(value)


CONTAINERS: dict[type, type] = {dict: Map, list: List, set: Set}
"""A plain container -> what fields hold of its kind."""
_HELD = frozenset(CONTAINERS.values())


def containers(record: Record) -> Iterator[tuple[str, Any]]:
    """(field, value) for each field that holds a container."""
    return ((name, value) for name, value in record.items() if type(value) in _HELD)
