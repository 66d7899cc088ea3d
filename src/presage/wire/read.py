"""Readers: JSON values to checked members, compiled from the shapes of a service model into closures.

A reader answers the value or raises `Rejected`; faults collect on the way out, so that a good request pays
nothing for them. Unknown members are dropped (newer clients send them) and JSON null means absent, as on AWS.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import orjson

from .constraints import Constraint, constraints
from .faults import NOT_NULL, Fault, Rejected, show, unreadable
from .shapes import Shape

Read = Callable[[Any], Any]

MOST_FAULTS = 100  # one list reports no more: an answer should be shorter than the request
FIRST_SECOND = datetime.min.replace(tzinfo=UTC).timestamp()
LAST_SECOND = datetime.max.replace(tzinfo=UTC).timestamp()
LAST_MILLISECOND = LAST_SECOND * 1000


def reader(shape: Shape, service: str, where: str = "") -> Read:
    """A reader of values of `shape`; `where` names its use as `Structure.member` or `Map.value`."""
    rules = constraints(shape, service, where)
    if shape.type_name == "structure":
        return _structure(shape, service)
    if shape.type_name == "list":
        return _list(rules, reader(shape.member, service))
    if shape.type_name == "map":
        return _map(rules, reader(shape.key, service), reader(shape.value, service, f"{shape.name}.value"))
    sensitive = "sensitive" in shape.metadata
    convert = _json_text if shape.serialization.get("jsonvalue") else SCALARS[shape.type_name]
    return _scalar(convert, rules, sensitive)


def _scalar(convert: Read, rules: tuple[Constraint, ...], sensitive: bool) -> Read:
    def read(value: Any) -> Any:
        try:
            value = convert(value)
        except WrongType as wrong:
            raise unreadable(value, str(wrong), sensitive=sensitive) from None
        for rule in rules:
            if not rule.holds(value):
                raise Rejected(_broken(rules, value, sensitive))
        return value

    return read


def _broken(rules: Iterable[Constraint], value: Any, sensitive: bool = False) -> list[Fault]:
    return [Fault(show(value, sensitive=sensitive), rule.text) for rule in rules if not rule.holds(value)]


def _structure(shape: Shape, service: str) -> Read:
    members = {
        name: (reader(member, service, f"{shape.name}.{name}"), name[0].lower() + name[1:])
        for name, member in shape.members.items()
    }
    required = tuple((name, members[name][1]) for name in shape.required_members)

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise unreadable(value, "an object")
        found: dict[str, Any] = {}
        faults: list[Fault] = []
        for name, given in value.items():
            if given is None or name not in members:
                continue
            member, printed = members[name]
            try:
                found[name] = member(given)
            except Rejected as rejected:
                faults.extend(rejected.under(printed))
        for name, printed in required:
            if value.get(name) is None:
                faults.append(Fault(show(None), NOT_NULL, printed))
        if faults:
            raise Rejected(faults)
        return found

    return read


def _list(rules: tuple[Constraint, ...], member: Read) -> Read:
    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise unreadable(value, "an array")
        if broken := _broken(rules, value):
            raise Rejected(broken)
        found: list[Any] = []
        faults: list[Fault] = []
        for index, given in enumerate(value, 1):
            try:
                found.append(_present(given, member))
            except Rejected as rejected:
                faults.extend(rejected.under(f"{index}.member"))
                if len(faults) >= MOST_FAULTS:
                    break
        if faults:
            raise Rejected(faults)
        return found

    return read


def _present(given: Any, member: Read) -> Any:
    if given is None:
        raise Rejected([Fault(show(None), NOT_NULL)])
    return member(given)


def _map(rules: tuple[Constraint, ...], key: Read, member: Read) -> Read:
    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise unreadable(value, "an object")
        if broken := _broken(rules, value):
            raise Rejected(broken)
        found: dict[str, Any] = {}
        faults: list[Fault] = []
        for name, given in value.items():
            if given is None:
                continue
            try:
                key(name)
            except Rejected as rejected:
                faults.extend(rejected.under("key"))
                continue
            try:
                found[name] = member(given)
            except Rejected as rejected:
                faults.extend(rejected.under(f"{name}.member"))
            if len(faults) >= MOST_FAULTS:
                break
        if faults:
            raise Rejected(faults)
        return found

    return read


class WrongType(Exception):
    """A JSON value of the wrong type; the text says what it must be."""


def _string(value: Any) -> str:
    if type(value) is not str:
        raise WrongType("a string")
    return value


def _json_text(value: Any) -> str:
    """A member that holds JSON as text. Some clients send the JSON itself: take its text."""
    if type(value) in (dict, list):
        try:
            return orjson.dumps(value).decode()
        except orjson.JSONEncodeError:
            raise WrongType("a string of JSON, nested less deeply") from None
    return _string(value)


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise WrongType("true or false")
    return value


def _whole(bits: int) -> Callable[[Any], int]:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    def convert(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise WrongType(f"a whole number from {low} to {high}")
        return value

    return convert


def _number(value: Any) -> float:
    if type(value) is not float and type(value) is not int:
        raise WrongType("a number")
    return value


def _timestamp(value: Any) -> float:
    """Seconds since 1970, from a number or from an ISO 8601 date (UTC where it names no zone).

    A number may be milliseconds as JavaScript's `Date.now()` gives them; the operation tells which it is.
    """
    if type(value) is str:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise WrongType("seconds since 1970, or a date such as 2026-01-31T12:00:00Z") from None
        value = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if type(value) not in (int, float) or not FIRST_SECOND <= value <= LAST_MILLISECOND:
        raise WrongType("seconds since 1970, within the years 1 to 9999")
    return value


SCALARS: dict[str, Read] = {
    "string": _string,
    "boolean": _boolean,
    "integer": _whole(32),
    "long": _whole(64),
    "float": _number,
    "double": _number,
    "timestamp": _timestamp,
}
