"""Which columns of which dataset a model may learn from."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from presage.tables.schema import DatasetSchema

ITEM, USER, TIME, EVENT_TYPE = "ITEM_ID", "USER_ID", "TIMESTAMP", "EVENT_TYPE"
EVENT_VALUE, CREATED_AT = "EVENT_VALUE", "CREATION_TIMESTAMP"
RESERVED = frozenset(
    {
        *(ITEM, USER, TIME, EVENT_TYPE, EVENT_VALUE, CREATED_AT),
        *("IMPRESSION", "RECOMMENDATION_ID", "EVENT_ATTRIBUTION_SOURCE"),
    }
)
"""Columns with a meaning of their own: never plain features."""
NUMERIC = frozenset({"int", "long", "float", "double"})


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The plain features of one dataset, by kind."""

    categorical: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The plain features of each dataset."""

    context: Fields = field(default_factory=Fields)
    item: Fields = field(default_factory=Fields)
    user: Fields = field(default_factory=Fields)


def usable_columns(
    schemas: Iterable[DatasetSchema], training_data: Mapping[str, Mapping[str, Sequence[str]]]
) -> Columns:
    """What the schemas offer, less what the solution leaves out.

    Parameters
    ----------
    schemas : one per dataset; other types than interactions, items, users are passed over
    training_data : AWS's `trainingDataConfig`: excludedDatasetColumns and includedDatasetColumns, each
        dataset type (in any case) -> columns; may be empty
    """
    excluded = _by_type(training_data.get("excludedDatasetColumns", {}))
    included = _by_type(training_data.get("includedDatasetColumns", {}))
    fields = {
        schema.dataset_type: _fields(
            schema, excluded.get(schema.dataset_type, ()), included.get(schema.dataset_type, schema.names)
        )
        for schema in schemas
    }
    return Columns(
        context=fields.get("INTERACTIONS", Fields()),
        item=fields.get("ITEMS", Fields()),
        user=fields.get("USERS", Fields()),
    )


def _fields(schema: DatasetSchema, excluded: Collection[str], included: Collection[str]) -> Fields:
    usable = [
        f for f in schema.fields if f.name not in RESERVED and f.name not in excluded and f.name in included
    ]
    return Fields(
        categorical=tuple(f.name for f in usable if f.categorical),
        numeric=tuple(f.name for f in usable if f.kind in NUMERIC),
    )


def _by_type(columns: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    return {kind.upper(): names for kind, names in columns.items()}
