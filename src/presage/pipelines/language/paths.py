"""JSONPath as the States Language writes it: of the input, `$$` of the context object, `$name` of a variable.

Reading is python-jsonpath's; a Reference Path, which names one place, is also written to.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import jsonpath
from jsonpath.selectors import IndexSelector, NameSelector

from presage.errors import shown

from .faults import RESULT_PATH, RUNTIME, StateError

_VARIABLE = re.compile(r"\$([^\W\d]\w*)")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What an expression can see.

    Parameters
    ----------
    data : what `$` stands for in JSONPath
    context : what `$$` or `$states.context` stands for
    variables : what was assigned, by name
    states : the other members of `$states`: input, result, errorOutput
    """

    data: Any
    context: Mapping[str, Any] = field(default_factory=dict[str, Any])
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    states: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def of(self, data: Any, **states: Any) -> "Scope":
        """The same with other data, and with more members of `$states`."""
        return replace(self, data=data, states={**self.states, **states})


@lru_cache(maxsize=4096)
def compiled(path: str) -> jsonpath.JSONPath:
    """The query of a path, which begins with `$`. Raises ValueError."""
    try:
        found = jsonpath.compile(path)
    except jsonpath.JSONPathError as error:
        text = str(error).strip().partition("\n")[0]
        raise ValueError(f"{shown(path)} is no JSONPath: {text}") from None
    if not isinstance(found, jsonpath.JSONPath):
        raise ValueError(f"{shown(path)} is no JSONPath: several queries are joined in it")
    return found


def split(path: str) -> tuple[str, str]:
    """What a path looks at (empty: the input, `$`: the context, else a variable's name), and the path in it.

    Raises ValueError if it does not begin with `$`.
    """
    if path.startswith("$$"):
        return "$", "$" + path[2:]
    if found := _VARIABLE.match(path):
        return found[1], "$" + path[found.end() :]
    if not path.startswith("$"):
        raise ValueError(f"{shown(path)} is no path: it must begin with $")
    return "", path


def check_path(path: str) -> None:
    """Raise ValueError if a path cannot be read."""
    compiled(split(path)[1])


def read(path: str, scope: Scope, failure: str = RUNTIME) -> Any:
    """What a path names: the value of a path that names one place, else the list of those that match.

    Raises StateError called `failure` if there is nothing at that place.
    """
    looks_at, rest = split(path)
    if looks_at and looks_at != "$" and looks_at not in scope.variables:
        raise StateError(failure, f"the variable ${looks_at} of the path {shown(path)} has not been assigned")
    data = scope.data if not looks_at else scope.context if looks_at == "$" else scope.variables[looks_at]
    query = compiled(rest)
    is_nested = isinstance(data, dict | list)  # else the library would read a text as JSON
    found: list[Any] = query.findall(data) if is_nested else [data] * (not query.segments)
    if not query.singular_query():
        return found
    if not found:
        raise StateError(failure, f"the path {shown(path)} names nothing in {shown(data)}")
    return found[0]


def is_there(path: str, scope: Scope) -> bool:
    """Whether a path names anything."""
    try:
        found = read(path, scope)
    except StateError:
        return False
    return compiled(split(path)[1]).singular_query() or bool(found)


@lru_cache(maxsize=4096)
def places(path: str) -> tuple[str | int, ...]:
    """The members and indices that a Reference Path goes through. Raises ValueError if it is none."""
    looks_at, rest = split(path)
    query = compiled(rest)
    if looks_at or not query.singular_query():
        raise ValueError(
            f"{shown(path)} is no Reference Path: it must name one place of the input, as $.a.b[0]"
        )
    steps: list[str | int] = []
    for segment in query.segments:
        (selector,) = segment.selectors
        if isinstance(selector, NameSelector):
            steps.append(selector.name)
        elif isinstance(selector, IndexSelector) and selector.index >= 0:
            steps.append(selector.index)
        else:
            raise ValueError(f"{shown(path)} is no Reference Path: {selector} names no single place")
    return tuple(steps)


def written(path: str, data: Any, value: Any) -> Any:
    """The data with a value at the place of a Reference Path; members on the way are made.

    Raises StateError (States.ResultPathMatchFailure) if the place cannot be in this data.
    """
    return _written(places(path), data, value, path)


def _written(steps: tuple[str | int, ...], data: Any, value: Any, path: str) -> Any:
    if not steps:
        return value
    first, rest = steps[0], steps[1:]
    if isinstance(first, str) and (data is None or isinstance(data, dict)):
        members: dict[str, Any] = data or {}
        return {**members, first: _written(rest, members.get(first), value, path)}
    if isinstance(first, int) and isinstance(data, list) and first < len(data):
        items: list[Any] = data
        return [*items[:first], _written(rest, items[first], value, path), *items[first + 1 :]]
    raise StateError(RESULT_PATH, f"the path {shown(path)} has no place in {shown(data)}")
