"""The fields that AWS requires or reserves, per dataset type and domain.

Source: the Personalize developer guide, "Datasets and schemas" (custom and domain requirements).
"""

from dataclasses import dataclass, replace

from presage.columns import (
    ACTION_EVENT_TYPES,
    ACTION_EXPIRATION_TIMESTAMP,
    ACTION_ID,
    ACTION_INTERACTIONS,
    ACTIONS,
    CREATION_TIMESTAMP,
    EVENT_ATTRIBUTION_SOURCE,
    EVENT_TYPE,
    EVENT_VALUE,
    EXPIRATION_TIMESTAMP,
    IMPRESSION,
    INTERACTIONS,
    ITEM_ID,
    ITEMS,
    RECOMMENDATION_ID,
    REPEAT_FREQUENCY,
    TIMESTAMP,
    USER_ID,
    USERS,
    VALUE,
)


@dataclass(frozen=True, kw_only=True)
class Reserved:
    """What a schema must say of a field whose name AWS has taken.

    Parameters
    ----------
    categorical : whether the string must (True) or must not (False) be categorical; None = either
    may_be_null : whether the type may be a union with null
    within : the whole numbers that a cell may hold; None = any
    one_of : the strings that a cell may hold, however they are spelled; empty = any
    """

    name: str
    kind: str = "string"
    required: bool = False
    may_be_null: bool = True
    categorical: bool | None = False
    textual: bool = False
    within: range | None = None
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TypeRules:
    """What one dataset type in one domain demands of a schema.

    Parameters
    ----------
    most_metadata : how many fields of the caller's own making are allowed
    needs_metadata : whether a schema with the id alone is too little
    """

    fields: tuple[Reserved, ...]
    most_metadata: int
    needs_metadata: bool


def _id(name: str) -> Reserved:
    return Reserved(name=name, required=True, may_be_null=False)


def _category(name: str) -> Reserved:
    return Reserved(name=name, categorical=True)


def _number(name: str, kind: str) -> Reserved:
    return Reserved(name=name, kind=kind)


def _required(*fields: Reserved) -> tuple[Reserved, ...]:
    return tuple(replace(f, required=True) for f in fields)


_TIME = Reserved(name=TIMESTAMP, kind="long", required=True, may_be_null=False)
_EVENT_TYPE = Reserved(name=EVENT_TYPE)
_DESCRIPTION = Reserved(name="PRODUCT_DESCRIPTION", categorical=None, textual=True)
_CREATED = _number(CREATION_TIMESTAMP, "long")

RESERVED: dict[str, tuple[Reserved, ...]] = {
    INTERACTIONS: (
        _id(USER_ID),
        _id(ITEM_ID),
        _TIME,
        _EVENT_TYPE,
        _number(EVENT_VALUE, "float"),
        Reserved(name=IMPRESSION),
        Reserved(name=RECOMMENDATION_ID),
        Reserved(name=EVENT_ATTRIBUTION_SOURCE),
    ),
    ITEMS: (_id(ITEM_ID), _CREATED),
    USERS: (_id(USER_ID),),
    ACTIONS: (
        _id(ACTION_ID),
        _CREATED,
        Reserved(name=VALUE, kind="long", within=range(1, 11)),
        Reserved(name="TYPE", categorical=None),
        _number(ACTION_EXPIRATION_TIMESTAMP, "long"),
        _number(EXPIRATION_TIMESTAMP, "long"),
        Reserved(name=REPEAT_FREQUENCY, kind="long", within=range(31)),
    ),
    ACTION_INTERACTIONS: (
        _id(USER_ID),
        _id(ACTION_ID),
        Reserved(name=EVENT_TYPE, required=True, one_of=ACTION_EVENT_TYPES),
        _TIME,
        Reserved(name=RECOMMENDATION_ID),
        Reserved(name=IMPRESSION),
    ),
}
"""Dataset type -> its required and reserved fields in custom groups."""

_DOMAINS: dict[str, dict[str, tuple[Reserved, ...]]] = {
    "VIDEO_ON_DEMAND": {
        INTERACTIONS: _required(_EVENT_TYPE),
        USERS: (_category("SUBSCRIPTION_MODEL"),),
        ITEMS: (
            *_required(_category("GENRES"), _CREATED),
            _number("PRICE", "float"),
            _number("DURATION", "float"),
            _category("GENRE_L2"),
            _category("GENRE_L3"),
            _number("AVERAGE_RATING", "float"),
            _DESCRIPTION,
            _category("CONTENT_OWNER"),
            _category("CONTENT_CLASSIFICATION"),
        ),
    },
    "ECOMMERCE": {
        INTERACTIONS: _required(_EVENT_TYPE),
        USERS: (),
        ITEMS: (
            *_required(_number("PRICE", "float"), _category("CATEGORY_L1")),
            _category("CATEGORY_L2"),
            _category("CATEGORY_L3"),
            _DESCRIPTION,
            _category("AGE_GROUP"),
            _category("ADULT"),
            _category("GENDER"),
        ),
    },
}
_MOST_METADATA = {INTERACTIONS: 5, ITEMS: 100, USERS: 25, ACTIONS: 10, ACTION_INTERACTIONS: 5}
_NEED_METADATA = (ITEMS, USERS, ACTIONS)


def rules_for(dataset_type: str, domain: str | None) -> TypeRules:
    """What a dataset type demands; `domain` None is a custom group.

    Raises ValueError for a domain that does not exist or has no datasets of this type.
    """
    fields = {f.name: f for f in RESERVED[dataset_type]}
    if domain is not None:
        if domain not in _DOMAINS:
            raise ValueError(f"domain {domain!r} is unknown; it must be one of {', '.join(_DOMAINS)}")
        if dataset_type not in _DOMAINS[domain]:
            raise ValueError(
                f"a {domain} dataset group has no {dataset_type} datasets;"
                f" it may have {', '.join(_DOMAINS[domain])}"
            )
        fields |= {f.name: f for f in _DOMAINS[domain][dataset_type]}
    return TypeRules(
        fields=tuple(fields.values()),
        most_metadata=_MOST_METADATA[dataset_type],
        needs_metadata=dataset_type in _NEED_METADATA,
    )
