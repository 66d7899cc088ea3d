"""What the filters of a dataset group may ask about."""

from collections.abc import Mapping

from presage.filters import Columns, FieldKind
from presage.stores import Stores
from presage.tables.layout import NUMBERS
from presage.tables.personalize.schema import Field


def columns_of_group(stores: Stores, group: str) -> Columns:
    """What the datasets of a group (its ARN) hold."""
    found = stores.records.of_kind("personalize", "Dataset", parent=group)
    return {record["datasetType"]: _kinds(stores.schema(record).fields) for record in found}


def _kinds(fields: tuple[Field, ...]) -> Mapping[str, FieldKind]:
    return {field.name: _kind(field) for field in fields}


def _kind(field: Field) -> FieldKind:
    if field.textual:
        return "textual"
    if field.kind in NUMBERS:
        return "number"
    return "boolean" if field.kind == "boolean" else "string"
