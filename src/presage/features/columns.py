"""Which columns of which dataset a model may learn from."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from presage.columns import (
    CREATION_TIMESTAMP,
    EVENT_ATTRIBUTION_SOURCE,
    EVENT_TYPE,
    EVENT_VALUE,
    IMPRESSION,
    INTERACTIONS,
    ITEM_ID,
    ITEMS,
    RECOMMENDATION_ID,
    TIMESTAMP,
    USER_ID,
    USERS,
    caseless,
)

RESERVED = frozenset(
    {
        *(ITEM_ID, USER_ID, TIMESTAMP, EVENT_TYPE, EVENT_VALUE, CREATION_TIMESTAMP),
        *(IMPRESSION, RECOMMENDATION_ID, EVENT_ATTRIBUTION_SOURCE),
    }
)
"""Columns with a meaning of their own: never plain features."""
NUMERIC = frozenset({"int", "long", "float", "double"})


class DeclaredField(Protocol):
    """A column as its dataset's schema declares it."""

    @property
    def name(self) -> str:
        """The column."""
        ...

    @property
    def kind(self) -> str:
        """What a cell is: `string`, `int`, ..."""
        ...

    @property
    def categorical(self) -> bool:
        """Whether a string's `|`-separated values are categories."""
        ...

    @property
    def textual(self) -> bool:
        """Whether a string is free text."""
        ...

    @property
    def item_name(self) -> bool:
        """Whether a string is what people call the item."""
        ...


class DeclaredDataset(Protocol):
    """A dataset as its schema declares it."""

    @property
    def dataset_type(self) -> str:
        """INTERACTIONS, ITEMS, USERS, ..."""
        ...

    @property
    def fields(self) -> Sequence[DeclaredField]:
        """The columns."""
        ...


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The plain features of one dataset, by kind."""

    categorical: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    textual: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The plain features of each dataset."""

    context: Fields = field(default_factory=Fields)
    item: Fields = field(default_factory=Fields)
    user: Fields = field(default_factory=Fields)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which columns a solution lets its model learn from.

    Parameters
    ----------
    excluded : dataset type -> the columns that are left out, in any case
    included : dataset type -> the columns that are not left out, in any case; of a type not named, all
    """

    excluded: Mapping[str, Collection[str]] = field(default_factory=dict[str, Collection[str]])
    included: Mapping[str, Collection[str]] = field(default_factory=dict[str, Collection[str]])


def usable_columns(
    schemas: Iterable[DeclaredDataset], selection: Selection, *, texts: bool = False
) -> Columns:
    """What the schemas offer, less what the solution leaves out.

    Parameters
    ----------
    texts : whether items' names and texts are among it
    schemas : one per dataset; other types than interactions, items, users are passed over
    """
    fields = {
        schema.dataset_type: _fields(
            schema,
            selection.excluded.get(schema.dataset_type, ()),
            selection.included.get(schema.dataset_type, [f.name for f in schema.fields]),
            texts=texts,
        )
        for schema in schemas
    }
    return Columns(
        context=fields.get(INTERACTIONS, Fields()),
        item=fields.get(ITEMS, Fields()),
        user=fields.get(USERS, Fields()),
    )


def _fields(
    schema: DeclaredDataset, excluded: Collection[str], included: Collection[str], *, texts: bool
) -> Fields:
    left_out, let_in = set(map(caseless, excluded)), set(map(caseless, included))
    usable = [
        f
        for f in schema.fields
        if f.name not in RESERVED and caseless(f.name) not in left_out and caseless(f.name) in let_in
    ]
    return Fields(
        categorical=tuple(f.name for f in usable if f.categorical),
        numeric=tuple(f.name for f in usable if f.kind in NUMERIC),
        textual=tuple(f.name for f in usable if texts and (f.textual or f.item_name)),
    )
