"""JSONata as the States Language uses it: `{% ... %}`, with $states and the variables, without any input."""

import random
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from uuid import uuid4

import jsonata
import orjson
from jsonata.utils import Utils

from presage.errors import shown

from .faults import QUERY, StateError
from .intrinsics import hashed, partition, spread
from .paths import Scope

MOST_MILLISECONDS = 5_000
"""So long may an expression be reckoned."""
MOST_DEPTH = 100
OPENS, CLOSES = "{%", "%}"


def _seeded(seed: Any = None) -> float:
    return random.Random(seed).random()  # noqa: S311


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "partition": partition,
    "range": spread,
    "hash": hashed,
    "random": _seeded,
    "uuid": lambda: str(uuid4()),
    "parse": orjson.loads,
}
"""What the States Language adds to JSONata's own functions; `$eval` it takes away."""


def is_expression(value: object) -> bool:
    """Whether a value is an expression, and not plain JSON."""
    return isinstance(value, str) and value.startswith(OPENS) and value.endswith(CLOSES) and len(value) >= 4


@lru_cache(maxsize=1024)
def _compiled(text: str) -> jsonata.Jsonata:
    expression = jsonata.Jsonata(text)
    expression.set_output_convert_nulls(False)  # what has no value is not null
    return expression


def check_expression(text: str) -> None:
    """Raise ValueError if an expression cannot be read."""
    try:
        _compiled(text[2:-2].strip())
    except Exception as error:
        raise ValueError(f"{shown(text)} is no JSONata: {error}") from None


def evaluate(text: str, scope: Scope) -> Any:
    """The value of an expression. Raises StateError (States.QueryEvaluationError), also if it has none."""
    try:
        expression = _compiled(text[2:-2].strip())
        frame = expression.create_frame(expression.environment)
        frame.set_runtime_bounds(MOST_MILLISECONDS, MOST_DEPTH)
        for name, function in FUNCTIONS.items():
            frame.bind(name, jsonata.Jsonata.JLambda(function))
        seen = {**scope.variables, "states": {**scope.states, "context": scope.context}, "eval": None}
        for name, value in seen.items():
            frame.bind(name, Utils.NULL_VALUE if value is None and name != "eval" else value)
        found = expression.evaluate(None, frame)
    except Exception as error:
        raise StateError(QUERY, f"{shown(text)}: {error}") from None
    if found is None:
        raise StateError(QUERY, f"{shown(text)} has no value: what it names is not there")
    return _plain(found, text)


def _plain(value: Any, text: str) -> Any:
    """A value as plain JSON. Raises StateError if it holds what JSON does not, such as a function."""
    try:
        return orjson.loads(orjson.dumps(value, default=_null))
    except (TypeError, ValueError):
        raise StateError(QUERY, f"{shown(text)} gives a {type(value).__name__}, which is no JSON") from None


def _null(value: Any) -> None:
    if value is not Utils.NULL_VALUE:
        raise TypeError(type(value).__name__)


def filled(template: Any, scope: Scope) -> Any:
    """A template with its expressions evaluated, however deep they stand in it."""
    if is_expression(template):
        return evaluate(template, scope)
    if isinstance(template, dict):
        return {name: filled(value, scope) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(value, scope) for value in template]
    return template
