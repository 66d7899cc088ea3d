"""Whether what a filter refers to is there, and can be compared so."""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from presage.columns import (
    ACTION_EXPIRATION_TIMESTAMP,
    ACTIONS,
    EXPIRATION_TIMESTAMP,
    ITEMS,
    by_caseless,
)
from presage.errors import few, shown

from .errors import FilterError
from .parse import EVENTS, EXACT
from .tree import ANY, Condition, CurrentItem, Filter, Parameter, spelled

FieldKind: TypeAlias = Literal["string", "number", "textual", "boolean"]
Columns: TypeAlias = Mapping[str, Mapping[str, FieldKind]]
"""Dataset type -> field, as the schema spells it -> its kind."""
MOST_FIELDS = 10
APPLIED_ALREADY = ("REPEAT_FREQUENCY", ACTION_EXPIRATION_TIMESTAMP, EXPIRATION_TIMESTAMP)
"""Fields of actions that every answer minds by itself."""


def check(filter_: Filter, columns: Columns) -> None:
    """Raise FilterError for a field that is not there, or that cannot be compared so."""
    fields = fields_of(filter_)
    if len(fields) > MOST_FIELDS:
        raise FilterError(f"The expression uses {len(fields)} fields; it may use {MOST_FIELDS}")
    for condition in filter_.conditions():
        _check(condition, columns)


def fields_of(filter_: Filter) -> set[tuple[str, str]]:
    """(dataset type, field) for every field that a filter uses."""
    return {found for condition in filter_.conditions() for found in _fields(condition)}


def _fields(condition: Condition) -> Iterator[tuple[str, str]]:
    yield condition.dataset, condition.field
    if isinstance(condition.operand, CurrentItem):
        yield ITEMS, condition.operand.field


def _check(condition: Condition, columns: Columns) -> None:
    found = {_kind(condition, *field, columns) for field in _fields(condition)}
    if len(found) > 1:
        raise _wrong(condition, "it must be compared with a field of its own kind")
    kind, operand, is_list = found.pop(), condition.operand, condition.operator in ("IN", "NOT IN")
    if kind == "string":
        is_number = isinstance(operand, int | float)
        if is_number or (not is_list and condition.operator not in EXACT):
            raise _wrong(condition, 'it holds strings; compare it with IN, such as IN ("a", "b")')
    elif is_list or not isinstance(operand, int | float | Parameter | CurrentItem):
        raise _wrong(condition, "it holds numbers; compare it by = != < <= > or >= with a number")


def _kind(condition: Condition, dataset: str, field: str, columns: Columns) -> FieldKind:
    """What a field holds; raises FilterError if it is not there or cannot be filtered by."""
    known = columns.get(dataset)
    if known is None:
        raise _wrong(condition, f"the dataset group has no {spelled(dataset)} dataset")
    if dataset in EVENTS and condition.operand == (ANY,):
        return "string"
    name = by_caseless(known).get(field)
    if name is None:
        raise _wrong(
            condition,
            f"{spelled(dataset)} has no field {shown(field)}; it has: {few(sorted(known)) or 'none'}",
        )
    kind = known[name]
    if kind in ("textual", "boolean"):
        raise _wrong(condition, f"{field} is {kind}; only strings and numbers can be filtered by")
    if dataset == ACTIONS and field in APPLIED_ALREADY:
        raise _wrong(condition, f"{field} is minded by every answer already; leave it out")
    return kind


def _wrong(condition: Condition, text: str) -> FilterError:
    return FilterError(
        f"At character {condition.position}, {spelled(condition.dataset)}.{condition.field}: {text}"
    )
