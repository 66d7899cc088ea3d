"""Checks of what the fields of a state hold: paths, templates, expressions, numbers, names of errors."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import UNSET
from msgspec.structs import fields

from presage.errors import shown

from . import expressions, templates
from .definition import JSONATA, JSONPATH, AnyState, Catcher, Choice, Retrier, given
from .faults import ALL, RESERVED, UNCATCHABLE
from .paths import check_path, places

Faults = Iterator[str]
_ONLY_JSONPATH = (
    *("input_path", "output_path", "result_path", "result_selector", "parameters", "result", "items_path"),
    *("timeout_seconds_path", "heartbeat_seconds_path", "seconds_path", "timestamp_path", "error_path"),
    *("cause_path", "max_concurrency_path", "tolerated_failure_count_path"),
    *("tolerated_failure_percentage_path", "iterator"),
)
_ONLY_JSONATA = ("arguments", "output", "items")
_REFERENCE_PATHS = ("result_path",)
_PATHS = ("input_path", "output_path", *(name for name in _ONLY_JSONPATH if name.endswith("_path")))
_TEMPLATES = ("parameters", "result_selector", "item_selector", "assign")
_NUMBERS = (
    *("timeout_seconds", "heartbeat_seconds", "seconds", "max_concurrency"),
    *("tolerated_failure_count", "tolerated_failure_percentage"),
)
_PAIRS = (
    ("timeout_seconds", "timeout_seconds_path"),
    ("heartbeat_seconds", "heartbeat_seconds_path"),
    ("error", "error_path"),
    ("cause", "cause_path"),
    ("max_concurrency", "max_concurrency_path"),
    ("tolerated_failure_count", "tolerated_failure_count_path"),
    ("tolerated_failure_percentage", "tolerated_failure_percentage_path"),
    ("item_selector", "parameters"),
    ("item_processor", "iterator"),
)
_VARIABLE = re.compile(r"[^\W\d]\w{0,79}")


def language_faults(state: AnyState, language: str) -> Faults:
    """The fields that belong to the other query language."""
    wrong = _ONLY_JSONPATH if language == JSONATA else _ONLY_JSONATA
    for part in (state, *getattr(state, "catch", ())):
        for field in fields(part):
            value = getattr(part, field.name)
            if field.name in wrong and given(value):
                other = JSONPATH if language == JSONATA else JSONATA
                yield f"{field.encode_name} is a field of {other}; the query language here is {language}"


def field_faults(state: AnyState, language: str) -> Faults:
    """The faults of what single fields hold."""
    for first, second in _PAIRS:
        if given(getattr(state, first, UNSET)) and given(getattr(state, second, UNSET)):
            yield f"it has both {pascal(first)} and {pascal(second)}"
    for part in (state, *getattr(state, "catch", ())):
        for field in fields(part):
            value = getattr(part, field.name)
            if given(value) and value is not None:
                yield from _value_faults(field.encode_name, field.name, value, language)
    for name in _NUMBERS:
        yield from _number_faults(name, getattr(state, name, UNSET), language)
    for name in assigned_by(state):
        if not _VARIABLE.fullmatch(name) or name == "states":
            yield f"Assign names {shown(name)}; a variable has a letter first, then letters, digits or _"


def _value_faults(label: str, name: str, value: Any, language: str) -> Faults:
    """The faults of what a field holds, as its language reads it."""
    if language == JSONATA:
        yield from expression_faults(label, name, value)
    elif name in _REFERENCE_PATHS:
        yield from faults_of(label, places, value)
    elif name in ("error_path", "cause_path"):
        yield from faults_of(label, templates.check_path_or_call, value)
    elif name in _PATHS:
        yield from faults_of(label, check_path, value)
    elif name in _TEMPLATES:
        yield from faults_of(label, templates.check_template, value)


def pascal(name: str) -> str:
    """The name of a field as definitions write it."""
    return "".join(part.capitalize() for part in name.split("_"))


def expression_faults(label: str, name: str, value: Any) -> Faults:
    """The faults of the expressions in a field, however deep they stand in it."""
    if name in ("comment", "next", "default", "resource", "query_language", "retry", "catch", "branches"):
        return
    if expressions.is_expression(value):
        yield from faults_of(label, expressions.check_expression, value)
    elif isinstance(value, dict):
        for one in value.values():
            yield from expression_faults(label, "", one)
    elif isinstance(value, list):
        for one in value:
            yield from expression_faults(label, "", one)


def _number_faults(name: str, value: Any, language: str) -> Faults:
    if not given(value) or (language == JSONATA and expressions.is_expression(value)):
        return
    least = 1 if name in ("timeout_seconds", "heartbeat_seconds") else 0
    if isinstance(value, str) or value < least:
        yield f"{pascal(name)} is {shown(value)}; it must be a number of at least {least}"


def error_faults(state: AnyState, language: str) -> Faults:
    """The faults of retriers and catchers."""
    retriers: list[Retrier] = getattr(state, "retry", [])
    catchers: list[Catcher] = getattr(state, "catch", [])
    for label, parts in (("Retry", retriers), ("Catch", catchers)):
        for number, part in enumerate(parts):
            yield from _name_faults(label, part.error_equals, is_last=number == len(parts) - 1)
    for retrier in retriers:
        if retrier.interval_seconds < 1 or retrier.max_attempts < 0 or retrier.backoff_rate < 1.0:
            yield "Retry: IntervalSeconds must be at least 1, MaxAttempts 0, and BackoffRate 1.0"
        if (
            isinstance(retrier.max_delay_seconds, int)
            and retrier.max_delay_seconds <= retrier.interval_seconds
        ):
            yield "Retry: MaxDelaySeconds must be more than IntervalSeconds"
        if retrier.jitter_strategy not in ("FULL", "NONE"):
            yield f"Retry: JitterStrategy is {shown(retrier.jitter_strategy)}; it must be FULL or NONE"
    if language == JSONPATH:
        for catcher in catchers:
            if isinstance(catcher.result_path, str):
                yield from faults_of("Catch: ResultPath", places, catcher.result_path)


def _name_faults(label: str, names: list[str], *, is_last: bool) -> Faults:
    if not names:
        yield f"{label}: ErrorEquals is empty; it must name at least one error"
    if ALL in names and (len(names) > 1 or not is_last):
        yield f"{label}: {ALL} must stand alone in its ErrorEquals, and in the last one"
    for name in names:
        if name.startswith("States.") and name not in RESERVED:
            yield f"{label}: {shown(name)} is no error that the language knows; its names begin with States."
        if label == "Retry" and name in UNCATCHABLE:
            yield f"{label}: {name} is never tried again"


def assigned_by(state: AnyState) -> Iterator[str]:
    """The names of the variables that a state assigns."""
    places: list[Any] = [state, *getattr(state, "catch", ())]
    for place in places:
        yield from (name.removesuffix(templates.ENDS) for name in getattr(place, "assign", UNSET) or ())
    if isinstance(state, Choice):
        for rule in state.choices:
            assigns = rule.get("Assign")
            if isinstance(assigns, dict):
                yield from (str(name).removesuffix(templates.ENDS) for name in assigns)


def faults_of(label: str, check: Callable[..., object], *values: Any) -> Faults:
    """What is wrong with the value of a field, if a check raises ValueError."""
    try:
        check(*values)
    except ValueError as error:
        yield f"{label}: {error}"
