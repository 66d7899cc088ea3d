"""The constraints that a shape of a service model states, as pairs of AWS's wording and a check."""

from collections.abc import Callable, Iterator, Mapping, Sized
from functools import lru_cache
from typing import Any, NamedTuple

import regex

from .shapes import Shape

MOST_REMEMBERED, LONGEST_REMEMBERED = 256, 256
"""So many values of each pattern, of so many characters, are known to match or not: ARNs come again."""
# Constraints that the published models state and that real use contradicts: (service, where) -> why.
# `where` is a shape's name, or `Structure.member` (`Map.value`) where only that use of the shape is at odds.
UNENFORCED_PATTERNS = {
    ("forecast", "S3Config.RoleArn"): "typed as a Forecast ARN, but holds an IAM role's ARN",
    ("forecast", "EncryptionConfig.RoleArn"): "typed as a Forecast ARN, but holds an IAM role's ARN",
    ("forecast", "Filter.Value"): "typed as a Forecast ARN, but also holds statuses such as ACTIVE",
    ("forecast", "Frequency"): "lists single units only; multiples such as 2D are accepted since August 2022",
    ("forecast", "Transformations.value"): "leaves no room for a decimal point in a fill value such as 2.5",
}

# Patterns that a value can make slow, and what matches the same in one pass.
QUICKER_PATTERNS = {r"^[\x20-\x7E]*[\x21-\x7E]+[\x20-\x7E]*$": r"\x20*[\x21-\x7E][\x20-\x7E]*"}


class Constraint(NamedTuple):
    """What a value must satisfy, in AWS's words and as a check."""

    text: str
    holds: Callable[[Any], bool]


def constraints(shape: Shape, service: str, where: str = "") -> tuple[Constraint, ...]:
    """The constraints on a value of `shape`; `where` names its use as `Structure.member` or `Map.value`."""
    traits = shape.metadata
    sized = shape.type_name in ("string", "list", "map")
    found = list(_lengths(traits) if sized else _range(traits))
    exempt = {(service, shape.name), (service, where)} & UNENFORCED_PATTERNS.keys()
    if "pattern" in traits and not exempt:
        found.append(_pattern(traits["pattern"], traits.get("max")))
    if "enum" in traits:
        found.append(_enum(traits["enum"]))
    return tuple(found)


def _lengths(traits: Mapping[str, Any]) -> Iterator[Constraint]:
    if (high := traits.get("max")) is not None:

        def short_enough(value: Sized) -> bool:
            return len(value) <= high

        yield Constraint(f"Member must have length less than or equal to {high}", short_enough)
    if low := traits.get("min"):

        def long_enough(value: Sized) -> bool:
            return len(value) >= low

        yield Constraint(f"Member must have length greater than or equal to {low}", long_enough)


def _range(traits: Mapping[str, Any]) -> Iterator[Constraint]:
    if (high := traits.get("max")) is not None:

        def small_enough(value: float) -> bool:
            return value <= high

        yield Constraint(f"Member must have value less than or equal to {high}", small_enough)
    if (low := traits.get("min")) is not None:

        def large_enough(value: float) -> bool:
            return value >= low

        yield Constraint(f"Member must have value greater than or equal to {low}", large_enough)


def _pattern(pattern: str, high: int | None) -> Constraint:
    """The whole value must match, as in Java. A value that is too long is refused for that, not matched."""
    fullmatch = regex.compile(QUICKER_PATTERNS.get(pattern, pattern)).fullmatch

    @lru_cache(MOST_REMEMBERED)
    def is_match(value: str) -> bool:
        return fullmatch(value) is not None

    def matches(value: str) -> bool:
        if high is not None and len(value) > high:
            return True
        return is_match(value) if len(value) <= LONGEST_REMEMBERED else fullmatch(value) is not None

    return Constraint(f"Member must satisfy regular expression pattern: {pattern}", matches)


def _enum(values: list[str]) -> Constraint:
    return Constraint(
        f"Member must satisfy enum value set: [{', '.join(values)}]", frozenset(values).__contains__
    )
