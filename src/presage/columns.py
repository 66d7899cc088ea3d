"""The names of Personalize's dataset types and reserved columns: words that every room may use."""

import re
from collections.abc import Iterable
from typing import Final

INTERACTIONS: Final = "INTERACTIONS"
ITEMS: Final = "ITEMS"
USERS: Final = "USERS"
ACTIONS: Final = "ACTIONS"
ACTION_INTERACTIONS: Final = "ACTION_INTERACTIONS"
DATASET_TYPES: Final = (INTERACTIONS, ITEMS, USERS, ACTIONS, ACTION_INTERACTIONS)

USER_ID: Final = "USER_ID"
ITEM_ID: Final = "ITEM_ID"
ACTION_ID: Final = "ACTION_ID"
TIMESTAMP: Final = "TIMESTAMP"
EVENT_TYPE: Final = "EVENT_TYPE"
EVENT_VALUE: Final = "EVENT_VALUE"
IMPRESSION: Final = "IMPRESSION"
RECOMMENDATION_ID: Final = "RECOMMENDATION_ID"
EVENT_ATTRIBUTION_SOURCE: Final = "EVENT_ATTRIBUTION_SOURCE"
CREATION_TIMESTAMP: Final = "CREATION_TIMESTAMP"
ACTION_EXPIRATION_TIMESTAMP: Final = "ACTION_EXPIRATION_TIMESTAMP"
EXPIRATION_TIMESTAMP: Final = "EXPIRATION_TIMESTAMP"
VALUE: Final = "VALUE"
REPEAT_FREQUENCY: Final = "REPEAT_FREQUENCY"

TAKEN: Final = "TAKEN"
NOT_TAKEN: Final = "NOT_TAKEN"
ACTION_EVENT_TYPES: Final = (TAKEN, NOT_TAKEN, "VIEWED")
"""What a user can do with an action, as it is stored; callers spell it in many ways."""

EVENT_WEIGHT: Final = "_EVENT_WEIGHT"
"""What an event counts in a training: no column of a schema, but one that a solution's settings make."""

EVENT_ID: Final = "EVENT_ID"
SESSION_ID: Final = "SESSION_ID"
"""With EVENT_ID: what an event that was told has beside the columns of its schema."""
ASIDE = {
    f"_{key}": key for key in (EVENT_ID, SESSION_ID, IMPRESSION, RECOMMENDATION_ID, EVENT_ATTRIBUTION_SOURCE)
}
"""Column of a stored row that was told -> the key under which the logged record carries it.

What a schema has as columns too is stored in both: attribution works whatever the schema has.
"""


def caseless(name: str) -> str:
    """What a column's name is compared by: names that differ in case alone are one column."""
    return name.upper()


def bare(name: str) -> str:
    """Letters and digits alone, in upper case: `numberOfRatings` and NUMBER_OF_RATINGS alike."""
    return re.sub(r"[^A-Za-z0-9]", "", name).upper()


def by_caseless(names: Iterable[str]) -> dict[str, str]:
    """Caseless name -> the column."""
    return {caseless(name): name for name in names}
