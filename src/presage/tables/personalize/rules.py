"""What each column's values must be like: stated once, for imports and for values told one by one.

Source: the Personalize developer guide, "Preparing data", and the texts that AWS's import jobs answer.
"""

import math
from collections.abc import Iterable, Sequence

import polars as pl

from presage.columns import (
    ACTION_EXPIRATION_TIMESTAMP,
    ACTION_ID,
    CREATION_TIMESTAMP,
    EXPIRATION_TIMESTAMP,
    ITEM_ID,
    TIMESTAMP,
    USER_ID,
    bare,
)

from ..layout import NUMBERS, Rule
from .instants import IN_MILLISECONDS
from .schema import Field

IDS = (USER_ID, ITEM_ID, ACTION_ID)
MOST_CHARACTERS_OF_TEXT = 20_000
"""Free text to learn from is cut here; every other string may not be longer than `most_characters`."""
_SINCE_1970 = range(IN_MILLISECONDS)
_INSTANTS = {
    TIMESTAMP: _SINCE_1970,
    CREATION_TIMESTAMP: range(1 - IN_MILLISECONDS, IN_MILLISECONDS),  # films are older than 1970
    ACTION_EXPIRATION_TIMESTAMP: _SINCE_1970,
    EXPIRATION_TIMESTAMP: _SINCE_1970,
}
"""Column -> the seconds since 1970 that it may hold."""
_LEAST_INFINITE = {"float": (2 - 2**-24) * 2.0**127, "double": math.inf}
"""Kind -> from here on a number is stored as infinity."""


def fault_of(value: str | float, field: Field) -> str | None:
    """What is wrong with one value of the field's kind, as the rules for files say it; None = nothing."""
    if isinstance(value, str):
        if field.one_of:
            return None if value in field.one_of else not_one_of(field.name, field.one_of)
        most = most_characters(field)
        return too_long(field) if most is not None and len(value) > most else None
    if field.within is not None and value not in field.within:
        return _not_within(field.name, field.within)
    if field.kind in _LEAST_INFINITE:
        return None if abs(value) < _LEAST_INFINITE[field.kind] else _not_finite(field)
    seconds = _seconds(field)
    if seconds is None or value in seconds:
        return None
    return _too_early(field) if value < seconds.start else _not_seconds(field)


def rules_of(fields: Iterable[Field]) -> tuple[Rule, ...]:
    """All rules for what is stored of these fields."""
    return tuple(rule for field in fields for rule in _rules_of_field(field))


def may_be_missing(field: Field) -> bool:
    """Whether a cell of a file may be empty: a number may be missing, whatever its type says, as on AWS."""
    return field.nullable or (field.kind in NUMBERS and field.name != TIMESTAMP)


def cut(value: pl.Expr) -> pl.Expr:
    """What is kept of a free text."""
    return value.str.slice(0, MOST_CHARACTERS_OF_TEXT)


def chosen(text: str, choices: Sequence[str]) -> str:
    """The choice that a text spells in whatever way; else its letters and digits."""
    return _by_bare(choices).get(bare(text), bare(text))


def column_chosen(value: pl.Expr, choices: Sequence[str]) -> pl.Expr:
    """The same of a column."""
    return value.str.replace_all(r"[^A-Za-z0-9]", "").str.to_uppercase().replace(_by_bare(choices))


def _by_bare(choices: Sequence[str]) -> dict[str, str]:
    return {bare(choice): choice for choice in choices}


def not_one_of(name: str, choices: Sequence[str]) -> str:
    """What is wrong with a text that is none of the choices."""
    return f"{name} must be one of {', '.join(choices)}"


def _not_within(name: str, numbers: range) -> str:
    return f"{name} must be a whole number from {numbers[0]} to {numbers[-1]}"


def most_characters(field: Field) -> int | None:
    """How long a string may be; None = any length (free text is cut instead)."""
    if field.kind != "string" or field.textual:
        return None
    return 256 if field.name in IDS else 1000


def too_long(field: Field) -> str:
    """AWS's text for a string that is too long."""
    return f"Length cannot be more than {most_characters(field)} characters for {field.name}"


def _not_finite(field: Field) -> str:
    return f"{field.name} must be a finite number"


def _seconds(field: Field) -> range | None:
    """The seconds since 1970 that a time may be; None = the field is none."""
    return _INSTANTS.get(field.name) if field.kind in ("int", "long") else None


def _too_early(field: Field) -> str:
    if _INSTANTS[field.name].start < 0:
        return _not_seconds(field)
    return negative(field.name)


def _not_seconds(field: Field) -> str:
    return f"{field.name} must be in seconds, not milliseconds since 1970"


def negative(name: str) -> str:
    """What is wrong with an instant before 1970."""
    return f"{name} must be seconds since 1970, not negative"


def _rules_of_field(field: Field) -> list[Rule]:
    column = pl.col(field.name)
    broken: list[tuple[pl.Expr, str]] = []
    if not may_be_missing(field):
        broken.append((column.is_null(), f"{field.name} must not be empty, for its type does not allow null"))
    if (most := most_characters(field)) is not None:
        broken.append((column.str.len_chars() > most, too_long(field)))
    if field.one_of:
        broken.append((~column.is_in(field.one_of), not_one_of(field.name, field.one_of)))
    if (within := field.within) is not None:
        outside = ~column.is_between(within[0], within[-1])
        broken.append((outside, _not_within(field.name, within)))
    if field.kind in _LEAST_INFINITE:
        broken.append((~column.is_finite(), _not_finite(field)))
    if (seconds := _seconds(field)) is not None:
        broken.append((column < seconds.start, _too_early(field)))
        broken.append((column >= seconds.stop, _not_seconds(field)))
    return [Rule(column=field.name, broken=b.fill_null(value=False), text=text) for b, text in broken]
