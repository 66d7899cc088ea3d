"""What msgspec finds wrong with a value, said for people: the place, the value, and what would be right."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from presage.errors import shown

TYPES: Mapping[str, str] = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_EXPECTED = re.compile(r"Expected `(?P<types>[^`]+)`(?P<bound> .+?)?(?:, got `(?P<got>[^`]+)`)?")
_AT = re.compile(r" - at (?:(?:the )?(?P<what>key|value|[\w ]+) in )?`\$\.?(?P<place>.*)`$")
_STEP = re.compile(r"\[(\d+)\]|\.?([^.\[\]]+)")


def in_words(error: str, value: Any = None) -> str:
    """What is wrong, with its place as people write it.

    Parameters
    ----------
    value : what was read, for the value at the place
    """
    at = _AT.search(error)
    place, said = (at["place"], error[: at.start()]) if at else ("", error)
    expected = _EXPECTED.fullmatch(said)
    if expected is None:
        return f"{said} (at {place or 'the top'})" if at else said
    wanted = either([TYPES.get(one.strip(), one.strip()) for one in expected["types"].split("|")])
    found = _found(value, place)
    got = TYPES.get(expected["got"] or "", "something else")
    has = shown(found) if found is not None else got
    return f"{place or 'it'} is {has}; it must be {wanted}{expected['bound'] or ''}"


def either(words: Sequence[str]) -> str:
    """What may be chosen from, as a sentence has it."""
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _found(value: Any, place: str) -> Any:
    """The value at a place; None if it is not there, or null."""
    try:
        for number, name in _STEP.findall(place):
            value = value[int(number)] if number else value[name]
    except (KeyError, IndexError, TypeError):
        return None
    return value
