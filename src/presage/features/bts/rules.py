"""What each kind of part needs, as data: attributes, expressions, numbers, and the parts within it."""

from dataclasses import dataclass

VERSION = "2018-03-01"
STREAMING, WINDOW = "blurr:transform:streaming", "blurr:transform:window"
IDENTITY, BLOCK = "blurr:aggregate:identity", "blurr:aggregate:block"
ACTIVITY, VARIABLE = "blurr:aggregate:activity", "blurr:aggregate:variable"
WINDOW_AGGREGATE, LABEL = "blurr:aggregate:window", "blurr:aggregate:label"
MEMORY, DYNAMO = "blurr:store:memory", "blurr:store:dynamo"
FIELD_TYPES = ("integer", "float", "string", "boolean", "datetime", "map", "list", "set")
DIMENSION_TYPES = ("integer", "string")
WINDOW_TYPES = ("day", "hour", "count")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a part of a type needs.

    Parameters
    ----------
    required : attributes beside Name and Type
    expressions : attributes that hold an expression
    numbers : attribute -> the least whole number it may be; None: any
    parts : attributes that list parts
    has_store : whether its Store, if it names one, must be one that the document declares
    """

    required: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    numbers: tuple[tuple[str, int | None], ...] = ()
    parts: tuple[str, ...] = ()
    has_store: bool = False


_FIELDS = ("Fields",)
_WITH_DIMENSIONS = ("Fields", "Dimensions")
RULES = {
    STREAMING: Rule(
        required=("Version", "Identity", "Time", "Stores", "Aggregates"),
        expressions=("Identity", "Time", "When"),
        parts=("Aggregates",),
    ),
    WINDOW: Rule(required=("Version", "Anchor", "Aggregates"), expressions=("When",), parts=("Aggregates",)),
    IDENTITY: Rule(
        required=("Store", "Fields"), expressions=("When",), parts=_WITH_DIMENSIONS, has_store=True
    ),
    BLOCK: Rule(
        required=("Store", "Dimensions", "Fields"),
        expressions=("When",),
        parts=_WITH_DIMENSIONS,
        has_store=True,
    ),
    ACTIVITY: Rule(
        required=("SeparateByInactiveSeconds", "Fields"),
        expressions=("When",),
        numbers=(("SeparateByInactiveSeconds", 1),),
        parts=_FIELDS,
    ),
    VARIABLE: Rule(required=_FIELDS, expressions=("When",), parts=_FIELDS, has_store=True),
    WINDOW_AGGREGATE: Rule(
        required=("WindowType", "WindowValue", "Source", "Fields"),
        expressions=("When",),
        numbers=(("WindowValue", None),),
        parts=_FIELDS,
    ),
    MEMORY: Rule(),
    DYNAMO: Rule(required=("Table",)),
    **dict.fromkeys(FIELD_TYPES, Rule(required=("Value",), expressions=("Value", "When"))),
}
"""A part's type, in lower case -> what such a part needs. A Label has a name and no rule: it is not built."""
STORES = (MEMORY, DYNAMO)
