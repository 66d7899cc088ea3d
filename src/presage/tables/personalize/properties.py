"""The `properties` of PutEvents, PutItems, PutUsers, ...: camelCase JSON -> typed columns of the schema."""

import math
from collections.abc import Mapping
from typing import Any, cast

import orjson

from presage.columns import ACTION_INTERACTIONS, INTERACTIONS, bare
from presage.errors import shown

from .. import scalars
from .rules import MOST_CHARACTERS_OF_TEXT, fault_of
from .schema import DatasetSchema, Field

_FORBIDDEN = frozenset("USERID SESSIONID EVENTTYPE TIMESTAMP RECOMMENDATIONID IMPRESSION".split())
"""Members of an event of its own, which its properties may not repeat, in any case."""
_EVENTS = (INTERACTIONS, ACTION_INTERACTIONS)


def columns_from_properties(text: str | Mapping[str, Any], schema: DatasetSchema) -> dict[str, Any]:
    """Column -> value, for every property that the schema has a column for; others are left out.

    Numbers and strings are turned into the column's type. An event's properties may carry `itemId` and
    `eventValue`; a record's own id is taken from the record, not from its properties.

    Raises ValueError with AWS's text if the text is no JSON object, or naming the property, its value and the
    rule; the rules are those for files.
    """
    columns: dict[str, Any] = {}
    fields = {bare(f.name): f for f in schema.fields}
    is_event = schema.dataset_type in _EVENTS
    for key, value in _parse(text).items():
        if is_event and bare(key) in _FORBIDDEN:
            raise ValueError(f"properties must not contain {shown(key)}; it is a member of the event itself")
        field = fields.get(bare(key))
        if field is not None and (is_event or field.name != schema.record_id):
            columns[field.name] = read_value(value, field)
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


def read_value(value: Any, field: Field) -> Any:
    """What is stored of a value; raises ValueError naming column and value, and what would be right."""
    if value in (None, ""):
        if field.nullable:
            return None
        raise ValueError(f"property {field.name} is {value!r}; its type does not allow null")
    read = {"string": _string, "boolean": _boolean, "float": _number, "double": _number}
    found = read.get(field.kind, _whole)(value, field)
    if fault := fault_of(found, field):
        raise ValueError(f"{fault}: {shown(value)}")
    return found


def _string(value: Any, field: Field) -> str:
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str | int | float):
        raise _wrong(value, field, "a string; several categories are joined by |")
    return str(value)[:MOST_CHARACTERS_OF_TEXT]


def _boolean(value: Any, field: Field) -> bool:
    found = scalars.boolean(value) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise _wrong(value, field, "true or false")
    return found


def _number(value: Any, field: Field) -> float:
    found = None
    if isinstance(value, str):
        found = scalars.number(value, field.kind)
    elif _is_number(value):
        found = scalars.fitting_number(value, field.kind)
    if found is None:
        raise _wrong(value, field, f"a finite number of {32 if field.kind == 'float' else 64} bits")
    return found


def _whole(value: Any, field: Field) -> int:
    found = None
    if isinstance(value, str):
        found = scalars.whole(value, field.kind)
    elif _is_number(value) and float(value).is_integer():
        found = scalars.fitting_whole(int(value), field.kind)
    if found is None:
        raise _wrong(value, field, f"a whole number of at most {2 ** (scalars.BITS[field.kind] - 1) - 1}")
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf


def _wrong(value: Any, field: Field, right: str) -> ValueError:
    return ValueError(f"property {field.name} is {shown(value)}; it must be {right}")
