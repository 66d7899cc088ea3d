"""The text of a pipeline, read as values that JSON has."""

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any

from presage import yaml_text
from presage.errors import shown

from .language.validation import InvalidDefinition

LONGEST_TEXT = 512 * 1024
MOST_VALUES = 300_000
MOST_DEPTH = 100
MOST_FAULTS = 20
LARGEST = 2**63


def loaded(text: str) -> dict[str, Any]:
    """The object that a text in JSON or YAML holds. Raises InvalidDefinition."""
    if len(text) > LONGEST_TEXT:
        raise InvalidDefinition([f"the definition has {len(text)} characters; it may have {LONGEST_TEXT}"])
    is_json = text.lstrip().startswith("{")
    try:
        found = json.loads(text) if is_json else yaml_text.load(text)
    except (ValueError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise InvalidDefinition([f"this is no JSON: {said}" if is_json else said]) from None
    if not isinstance(found, dict):
        raise InvalidDefinition([f"it is {shown(found)}; it must be an object"])
    if faults := [fault for fault, _ in zip(_faults(found), range(MOST_FAULTS), strict=False)]:
        raise InvalidDefinition(faults)
    return found


def _faults(found: dict[str, Any]) -> Iterator[str]:
    """What a value holds that JSON has not, with its place."""
    waiting: list[tuple[str, int, Any]] = [("", 0, found)]
    n_values = 0
    while waiting:
        place, depth, value = waiting.pop()
        n_values += 1
        if n_values > MOST_VALUES:
            yield f"it holds more than {MOST_VALUES} values; aliases count as often as they stand"
            return
        if depth > MOST_DEPTH:
            yield f"{place[:80]}... nests deeper than {MOST_DEPTH}; no alias may stand within what it names"
            return
        if isinstance(value, dict):
            for name, one in value.items():
                if not isinstance(name, str):
                    yield f"{place or 'it'} has the name {shown(name)}, which is no text; put it in quotes"
                else:
                    waiting.append((f"{place}.{name}" if place else name, depth + 1, one))
        elif isinstance(value, list):
            waiting += [(f"{place}[{n}]", depth + 1, one) for n, one in enumerate(value)]
        elif why := _why_not_json(value):
            yield f"{shown(place)[1:-1]} is {shown(value)}; {why}"


def _why_not_json(value: Any) -> str:
    """Why JSON has no such value; empty if it has."""
    if isinstance(value, str):
        return "" if value.isprintable() or _is_unicode(value) else "it must be a text of whole characters"
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return "" if abs(value) < LARGEST else "it must be a number of 64 bits"
    if isinstance(value, float):
        return "" if isfinite(value) else "it must be a finite number"
    return "it must be a text, a number, true, false, null, a list or an object; put a text in quotes"


def _is_unicode(text: str) -> bool:
    """Whether a text can be stored: halves of characters cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
