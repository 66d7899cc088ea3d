"""The `properties` of PutEvents, PutItems, PutUsers, ...: camelCase JSON -> typed columns of the schema."""

import math
import re
from collections.abc import Mapping
from typing import Any, cast

import orjson

from presage.columns import ACTION_INTERACTIONS, INTERACTIONS
from presage.errors import shown

from .rules import MOST_CHARACTERS_OF_TEXT, fault_of
from .schema import DatasetSchema, Field

_FORBIDDEN = frozenset("USERID SESSIONID EVENTTYPE TIMESTAMP RECOMMENDATIONID IMPRESSION".split())
"""Members of an event of its own, which its properties may not repeat, in any case."""
_EVENTS = (INTERACTIONS, ACTION_INTERACTIONS)
_BITS = {"int": 31, "long": 63}


def columns_from_properties(text: str | Mapping[str, Any], schema: DatasetSchema) -> dict[str, Any]:
    """Column -> value, for every property that the schema has a column for; others are left out.

    Numbers and strings are turned into the column's type. An event's properties may carry `itemId` and
    `eventValue`; a record's own id is taken from the record, not from its properties.

    Raises ValueError with AWS's text if the text is no JSON object, or naming the property, its value and the
    rule; the rules are those for files.
    """
    columns: dict[str, Any] = {}
    fields = {_bare(f.name): f for f in schema.fields}
    is_event = schema.dataset_type in _EVENTS
    for key, value in _parse(text).items():
        if is_event and _bare(key) in _FORBIDDEN:
            raise ValueError(f"properties must not contain {shown(key)}; it is a member of the event itself")
        field = fields.get(_bare(key))
        if field is not None and (is_event or field.name != schema.record_id):
            columns[field.name] = _coerce(value, field)
    return columns


def _parse(text: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(text, Mapping):
        return text
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise ValueError("Error parsing properties json")
    return cast("dict[str, Any]", found)


def _bare(name: str) -> str:
    """`numberOfRatings` and NUMBER_OF_RATINGS alike."""
    return re.sub(r"[^A-Za-z0-9]", "", name).upper()


def _coerce(value: Any, field: Field) -> Any:
    if value in (None, "") and field.nullable:
        return None
    if value is None:
        raise ValueError(f"property {field.name} is {value!r}; its type does not allow null")
    coerce = {"string": _as_string, "boolean": _as_boolean, "float": _as_float, "double": _as_float}
    found = coerce.get(field.kind, _as_integer)(value, field)
    if fault := fault_of(found, field):
        raise ValueError(f"{fault}: {shown(value)}")
    return found


def _as_string(value: Any, field: Field) -> str:
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str | int | float):
        raise _wrong(value, field, "a string; several categories are joined by |")
    return str(value)[:MOST_CHARACTERS_OF_TEXT]


def _as_boolean(value: Any, field: Field) -> bool:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in ("true", "false"):
        raise _wrong(value, field, "true or false")
    return value.lower() == "true"


def _as_float(value: Any, field: Field) -> float:
    try:
        number = float(_plain(value))
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _wrong(value, field, "a finite number")
    return number


def _as_integer(value: Any, field: Field) -> int:
    most = 2 ** _BITS[field.kind] - 1
    try:
        number = int(_plain(value))
    except (TypeError, ValueError, OverflowError):
        number = most + 1
    if not -most - 1 <= number <= most or (isinstance(value, float) and value != number):
        raise _wrong(value, field, f"a whole number of at most {most}")
    return number


def _plain(value: Any) -> Any:
    """The value, but for what Python takes for a number and JSON and CSV do not: True, "1_000"."""
    return None if isinstance(value, bool) or (isinstance(value, str) and "_" in value) else value


def _wrong(value: Any, field: Field, right: str) -> ValueError:
    return ValueError(f"property {field.name} is {shown(value)}; it must be {right}")
