"""Field types: their defaults, what they accept and cast, and the form in which they are stored."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .errors import MissingFieldError
from .records import List, Map, Record, Set


@dataclass(frozen=True)
class FieldType:
    """What a field may hold.

    Parameters
    ----------
    kind : values of this class are taken as they are
    default : makes the value before any event
    cast : makes a value of anything else; raises if it cannot
    """

    kind: type
    default: Callable[[], Any]
    cast: Callable[[Any], Any]

    def restored(self, value: Any) -> Any:
        """A stored value as a field holds it again: cast, so that a container is another one."""
        return value if value is None or self.kind is datetime else self.cast(value)


def _no_time(value: object) -> datetime:
    raise TypeError(f"{type(value).__name__} is no datetime; text is not parsed")


TYPES = {
    "integer": FieldType(int, int, int),
    "float": FieldType(float, float, float),
    "string": FieldType(str, str, str),
    "boolean": FieldType(bool, bool, bool),
    "datetime": FieldType(datetime, lambda: None, _no_time),
    "map": FieldType(Map, Map, Map),
    "list": FieldType(List, List, List),
    "set": FieldType(Set, Set, Set),
}


def in_utc(value: datetime) -> datetime:
    """The time itself; one without an offset is taken as UTC."""
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


Types = dict[str, FieldType]
"""The fields of an aggregate, in order, and what they may hold."""


def restored_record(record: Record, types: Types) -> Record:
    """A record as an aggregate holds it again."""
    return Record((name, type_.restored(record[name])) for name, type_ in types.items())


class Columns(dict[str, list[Any]]):
    """What `source` is in a window: for each field its values over the selected blocks, oldest first."""

    def __init__(self, name: str, blocks: list[Record], types: Types) -> None:
        super().__init__()
        self._name, self._blocks, self._types = name, blocks, types

    def __missing__(self, key: str) -> list[Any]:
        if key not in self._types:
            raise MissingFieldError(self._name, key, list(self._types))
        restored = self._types[key].restored
        self[key] = [restored(block[key]) for block in self._blocks]
        return self[key]


def stored(value: Any) -> Any:
    """A field's value as JSON has it: times as ISO 8601 text, sets as lists."""
    kind = type(value)
    if kind is datetime:
        return value.isoformat()
    return _sorted(value) if kind is Set else value


def _sorted(values: Set) -> list[Any]:
    """The elements in one order on every run: by value, or by text where values cannot be compared."""
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=repr)


def loaded(value: Any, type_: FieldType) -> Any:
    """The value of a field that `stored` gave; raises ValueError or TypeError if it is none."""
    if type_.kind is datetime:
        return None if value is None else in_utc(datetime.fromisoformat(value))
    return type_.cast(value) if not isinstance(value, type_.kind) else value
