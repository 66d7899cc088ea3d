"""A dataset's schema: parsed from the Avro text, then checked against what a dataset type demands.

Source: the Personalize developer guide, "Datasets and schemas". Every refusal is a ValueError that names the
field, its value and the rule.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import orjson

from presage.columns import (
    ACTION_ID,
    ACTION_INTERACTIONS,
    ACTIONS,
    ASIDE,
    INTERACTIONS,
    ITEM_ID,
    ITEMS,
    USER_ID,
    USERS,
    bare,
    by_caseless,
    caseless,
)
from presage.errors import few

from ..layout import KINDS, PLACE, Kind
from .reserved import RESERVED, Reserved, rules_for

NAMESPACE = "com.amazonaws.personalize.schema"
OWN_COLUMNS = frozenset({PLACE, *ASIDE})
"""Columns that presage itself adds to rows told one by one."""
RECORD_NAMES = {
    "Interactions": INTERACTIONS,
    "Items": ITEMS,
    "Users": USERS,
    "Actions": ACTIONS,
    "ActionInteractions": ACTION_INTERACTIONS,
}
"""The record name that a schema carries, in any case -> the dataset type it is for."""
_RECORD_NAME = by_caseless(RECORD_NAMES)
_VERSIONS = ("1.0", "1")
_MOST_WRITTEN_CHARACTERS = 100


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column.

    Parameters
    ----------
    nullable : whether a cell may be empty
    categorical : a string whose `|`-separated values are categories
    textual : free text to learn from (Items only)
    item_name : the string that people know the item by (Items only)
    within, one_of : what a reserved field may hold, see `Reserved`
    """

    name: str
    kind: Kind
    nullable: bool = False
    categorical: bool = False
    textual: bool = False
    item_name: bool = False
    within: range | None = None
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DatasetSchema:
    """The columns of a dataset, in the schema's order, and the dataset type they are for."""

    dataset_type: str
    fields: tuple[Field, ...]

    def __contains__(self, name: str) -> bool:
        return name in self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.names)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the schema's order."""
        return tuple(f.name for f in self.fields)

    @property
    def record_id(self) -> str | None:
        """The column whose later record replaces an earlier one; None for interactions, which add up."""
        return {ITEMS: ITEM_ID, USERS: USER_ID, ACTIONS: ACTION_ID}.get(self.dataset_type)

    @property
    def metadata(self) -> tuple[Field, ...]:
        """The fields that the caller made up: neither required nor reserved in any dataset of this type."""
        reserved = {r.name for r in RESERVED[self.dataset_type]}
        return tuple(f for f in self.fields if f.name not in reserved)


def parse_schema(text: str) -> DatasetSchema:
    """The schema that an Avro text declares.

    Raises ValueError where the text breaks a rule that holds for every schema.
    """
    try:
        record = orjson.loads(text.removeprefix("\ufeff"))
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the schema is not JSON: {error}") from None
    if not isinstance(record, dict):
        raise ValueError(
            f"the schema is a JSON {_json_kind(record)}; it must be an Avro record, a JSON object"
        )
    record = cast("dict[str, Any]", record)
    dataset_type = _parse_head(record)
    declared = record.get("fields")
    if not isinstance(declared, list) or not declared:
        raise ValueError("the schema has no 'fields'; it must list at least one field")
    schema = DatasetSchema(
        dataset_type=dataset_type,
        fields=tuple(_parse_field(f, dataset_type) for f in cast("list[Any]", declared)),
    )
    _check_unique(schema)
    if sum(f.textual for f in schema.fields) > 1:
        raise ValueError("more than one field is 'textual'; a schema may have one")
    return schema


def check_reserved(schema: DatasetSchema, domain: str | None) -> None:
    """Whether the reserved fields are what AWS says, in dataset groups of this domain (None = custom).

    Raises ValueError naming the field and the rule.
    """
    rules = {rule.name: rule for rule in rules_for(schema.dataset_type, domain or None).fields}
    for field in schema.fields:
        if field.name in rules:
            _check_reserved(field, rules[field.name])


def check_fits(schema: DatasetSchema, dataset_type: str, domain: str | None) -> None:
    """Whether a dataset of this type in a group of this domain (None = custom) may use the schema.

    Raises ValueError naming the field and the rule.
    """
    wanted = dataset_type.upper()
    if wanted not in RESERVED:
        raise ValueError(f"dataset type {dataset_type!r} is unknown; it must be one of {', '.join(RESERVED)}")
    if schema.dataset_type != wanted:
        raise ValueError(f"the schema is for {schema.dataset_type} datasets, the dataset's type is {wanted}")
    rules = rules_for(wanted, domain or None)
    missing = [r.name for r in rules.fields if r.required and r.name not in schema]
    if missing:
        where = f" in domain {domain}" if domain else ""
        raise ValueError(f"{wanted} schemas{where} must have the fields: {', '.join(missing)}")
    check_reserved(schema, domain)
    known = {r.name for r in rules.fields}
    own = [f.name for f in schema.fields if f.name not in known]
    if len(own) > rules.most_metadata:
        raise ValueError(
            f"{wanted} schemas may have at most {rules.most_metadata} metadata fields;"
            f" this one has {len(own)}: {few(own)}"
        )
    if rules.needs_metadata and len(schema.fields) == 1:
        raise ValueError(f"{wanted} schemas must have at least one metadata field")


def check_successor(old: DatasetSchema, new: DatasetSchema) -> None:
    """Whether a dataset may change from one schema to another: Items and Users only, nothing taken away.

    Raises ValueError naming the field and the rule.
    """
    if old.dataset_type not in (ITEMS, USERS):
        raise ValueError(f"the schema of {old.dataset_type} datasets cannot change; only of ITEMS and USERS")
    if new.dataset_type != old.dataset_type:
        raise ValueError(
            f"the new schema is for {new.dataset_type} datasets, the dataset is {old.dataset_type}"
        )
    after = {f.name: f for f in new.fields}
    for field in old.fields:
        if field.name not in after:
            raise ValueError(f"field {field.name!r} is missing; a new schema must keep every field")
        if after[field.name] != field:
            raise ValueError(
                f"field {field.name!r} differs; a new schema must keep each field's type and attributes"
            )
    for name in after.keys() - set(old.names):
        if not after[name].nullable:
            raise ValueError(
                f"field {name!r} is new; it must allow null, for instance ['null', '{after[name].kind}']"
            )


def _parse_head(record: Mapping[str, Any]) -> str:
    """The dataset type that a record is for."""
    if record.get("type") != "record":
        raise _wrong(record, "type", "record")
    dataset_type = _RECORD_NAME.get(caseless(str(record.get("name"))))
    if dataset_type is None:
        raise _wrong(record, "name", *RECORD_NAMES)
    if record.get("namespace", NAMESPACE) != NAMESPACE:
        raise _wrong(record, "namespace", NAMESPACE)
    if str(record.get("version", "1.0")) not in _VERSIONS:
        raise _wrong(record, "version", "1.0")
    return RECORD_NAMES[dataset_type]


def _wrong(record: Mapping[str, Any], key: str, *accepted: str) -> ValueError:
    said = f"is {_written(record[key])}" if key in record else "is missing"
    return ValueError(f"the schema's {key!r} {said}; it must be {' or '.join(map(repr, accepted))}")


def _written(value: Any) -> str:
    """A value of the text, cut if it is long."""
    text = repr(value)
    return text if len(text) <= _MOST_WRITTEN_CHARACTERS else f"{text[:_MOST_WRITTEN_CHARACTERS]}..."


def _parse_field(declared: Any, dataset_type: str) -> Field:
    if not isinstance(declared, dict):
        raise ValueError(
            f"field {_written(declared)} is a JSON {_json_kind(declared)};"
            " it must be an object with name, type"
        )
    declared = cast("dict[str, Any]", declared)
    name = declared.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,149}", name):
        raise ValueError(
            f"field name {_written(name)} is not allowed;"
            " it must be 1 to 150 letters, digits and _, no digit first"
        )
    if name in OWN_COLUMNS:
        raise ValueError(f"field name {name!r} is taken by presage; choose another")
    kind, nullable = _parse_type(name, declared.get("type"))
    marks = {mark: _parse_mark(name, mark, declared) for mark in ("categorical", "textual", "itemName")}
    for mark, is_set in marks.items():
        if is_set and kind != "string":
            raise ValueError(f"field {name!r} is {mark!r} but of type {kind!r}; only strings may be {mark!r}")
        if is_set and mark != "categorical" and dataset_type != ITEMS:
            raise ValueError(f"field {name!r} is {mark!r}; only fields of an Items schema may be")
    reserved = next((rule for rule in RESERVED[dataset_type] if rule.name == name), None)
    return Field(
        name=name,
        kind=kind,
        nullable=nullable,
        categorical=marks["categorical"],
        textual=marks["textual"],
        item_name=marks["itemName"],
        within=reserved.within if reserved else None,
        one_of=reserved.one_of if reserved else (),
    )


def _parse_type(name: str, declared: Any) -> tuple[Kind, bool]:
    options = cast("list[Any]", declared) if isinstance(declared, list) else [declared]
    kinds = [option for option in options if option != "null"]
    if len(kinds) != 1 or kinds[0] not in KINDS or len(options) > 2:
        raise ValueError(
            f"field {name!r} has type {_written(declared)}; it must be {', '.join(KINDS)},"
            " or one of them in a union with null such as ['null', 'string']"
        )
    return kinds[0], "null" in options


def _parse_mark(name: str, mark: str, declared: Mapping[str, Any]) -> bool:
    value = declared.get(mark, False)
    if not isinstance(value, bool):
        raise ValueError(f"field {name!r} has {mark!r}: {_written(value)}; it must be true or false")
    return value


def _check_unique(schema: DatasetSchema) -> None:
    seen: dict[str, str] = {}
    for name in schema.names:
        if (plain := bare(name)) in seen:
            raise ValueError(
                f"fields {seen[plain]!r} and {name!r} collide;"
                " names must differ in more than case and signs that are neither letter nor digit"
            )
        seen[plain] = name


def _check_reserved(field: Field, rule: Reserved) -> None:
    if field.kind != rule.kind:
        raise ValueError(
            f"field {field.name!r} has type {field.kind!r}; it is reserved and must be {rule.kind!r}"
        )
    if field.nullable and not rule.may_be_null:
        raise ValueError(f"field {field.name!r} allows null; it is required and must be {rule.kind!r} alone")
    if rule.kind != "string":
        return
    if rule.categorical is not None and field.categorical != rule.categorical:
        verb = "must" if rule.categorical else "must not"
        raise ValueError(f"field {field.name!r} is reserved and {verb} be 'categorical'")
    if rule.textual and not field.textual:
        raise ValueError(f"field {field.name!r} is reserved and must be 'textual'")


def _json_kind(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
