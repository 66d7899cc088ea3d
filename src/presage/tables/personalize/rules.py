"""What each column's values must be like: stated once, for imports and for values told one by one.

Source: the Personalize developer guide, "Preparing data", and the texts that AWS's import jobs answer.
"""

from collections.abc import Iterable

import polars as pl

from presage.columns import (
    ACTION_EXPIRATION_TIMESTAMP,
    ACTION_ID,
    CREATION_TIMESTAMP,
    EXPIRATION_TIMESTAMP,
    ITEM_ID,
    TIMESTAMP,
    USER_ID,
)

from ..layout import NUMBERS, Rule
from .schema import Field

IDS = (USER_ID, ITEM_ID, ACTION_ID)
MOST_CHARACTERS_OF_TEXT = 20_000
"""Free text to learn from is cut here; every other string may not be longer than `most_characters`."""
_INSTANTS = (TIMESTAMP, CREATION_TIMESTAMP, ACTION_EXPIRATION_TIMESTAMP, EXPIRATION_TIMESTAMP)
_FIRST_UNLIKELY_SECOND = 100_000_000_000  # the year 5138; as milliseconds, 1973


def rules_of(fields: Iterable[Field]) -> tuple[Rule, ...]:
    """All rules for what is stored of these fields."""
    return tuple(rule for field in fields for rule in _rules_of_field(field))


def may_be_missing(field: Field) -> bool:
    """Whether a cell of a file may be empty: a number may be missing, whatever its type says, as on AWS."""
    return field.nullable or (field.kind in NUMBERS and field.name != TIMESTAMP)


def cut(value: pl.Expr) -> pl.Expr:
    """What is kept of a free text."""
    return value.str.slice(0, MOST_CHARACTERS_OF_TEXT)


def most_characters(field: Field) -> int | None:
    """How long a string may be; None = any length (free text is cut instead)."""
    if field.kind != "string" or field.textual:
        return None
    return 256 if field.name in IDS else 1000


def too_long(field: Field) -> str:
    """AWS's text for a string that is too long."""
    return f"Length cannot be more than {most_characters(field)} characters for {field.name}"


def _rules_of_field(field: Field) -> list[Rule]:
    column = pl.col(field.name)
    broken: list[tuple[pl.Expr, str]] = []
    if not may_be_missing(field):
        broken.append((column.is_null(), f"{field.name} must not be empty, for its type does not allow null"))
    if (most := most_characters(field)) is not None:
        broken.append((column.str.len_chars() > most, too_long(field)))
    if field.kind in ("float", "double"):
        broken.append((~column.is_finite(), f"{field.name} must be a finite number"))
    if field.name in _INSTANTS and field.kind in ("int", "long"):
        broken.append((column < 0, f"{field.name} must be seconds since 1970, not negative"))
        broken.append(
            (
                column >= _FIRST_UNLIKELY_SECOND,
                f"{field.name} must be in seconds, not milliseconds since 1970",
            )
        )
    return [Rule(column=field.name, broken=b.fill_null(value=False), text=text) for b, text in broken]
