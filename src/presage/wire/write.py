"""Writers: a handler's answer to JSON values, compiled from the shapes of a service model into closures.

What the model does not know is left out, and so is None; an instant becomes epoch seconds with milliseconds.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from .shapes import Shape

Write = Callable[[Any], Any]


def writer(shape: Shape) -> Write:
    """A writer of values of `shape`."""
    if shape.type_name == "structure":
        return _structure({name: writer(member) for name, member in shape.members.items()})
    if shape.type_name == "list":
        return _list(writer(shape.member))
    if shape.type_name == "map":
        return _map(writer(shape.value))
    return SCALARS.get(shape.type_name, _as_it_is)


def _structure(members: dict[str, Write]) -> Write:
    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for name, given in value.items():
            if given is None or name not in members:
                continue
            content = members[name](given)
            if content is not None:
                written[name] = content
        return written

    return write


def _list(member: Write) -> Write:
    def write(value: Iterable[Any]) -> list[Any]:
        return [member(given) for given in value]

    return write


def _map(member: Write) -> Write:
    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        written = ((name, member(given)) for name, given in value.items() if given is not None)
        return {name: content for name, content in written if content is not None}

    return write


def _as_it_is(value: Any) -> Any:
    return value


def _number(value: float) -> float | None:
    """JSON has no NaN and no infinity: such a figure is left out."""
    return value if math.isfinite(value) else None


def _timestamp(value: datetime | float) -> float:
    return round(value.timestamp() if isinstance(value, datetime) else value, 3)


SCALARS: dict[str, Write] = {"float": _number, "double": _number, "timestamp": _timestamp}
