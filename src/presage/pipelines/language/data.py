"""How data goes through a state: input, arguments, result, output, variables; in JSONPath or in JSONata."""

import math
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from presage.errors import shown

from . import expressions, templates
from .definition import JSONATA, Catcher, given
from .faults import QUERY, RUNTIME, StateError
from .paths import Scope, read, written


class PathData:
    """The data of a state in JSONPath."""

    def effective(self, state: Any, scope: Scope) -> Any:
        """The input, as InputPath leaves it."""
        return _through(state.input_path, scope)

    def arguments(self, state: Any, scope: Scope, field: str = "parameters") -> Any:
        """What the work is given, out of the effective input."""
        template = getattr(state, field)
        return templates.filled(template, scope) if given(template) else scope.data

    def selected(self, state: Any, result: Any, scope: Scope) -> Any:
        """The result, as ResultSelector leaves it."""
        selector = getattr(state, "result_selector", None)
        return (
            templates.filled(selector, scope.of(result))
            if given(selector) and selector is not None
            else result
        )

    def output(self, state: Any, raw: Any, result: Any, scope: Scope) -> Any:
        """The output of a state: the result in the raw input, where ResultPath says; then OutputPath."""
        joined = placed(getattr(state, "result_path", "$"), raw, result)
        return _through(state.output_path, scope.of(joined))

    def assigned(self, template: Any, scope: Scope, **_: Any) -> dict[str, Any]:
        """The variables that Assign gives values, out of the result, or else of the input."""
        return templates.filled(template, scope) if given(template) else {}

    def caught(self, catcher: Catcher, raw: Any, error: Mapping[str, str], _scope: Scope) -> Any:
        """The output of a state whose error is caught."""
        return placed(catcher.result_path, raw, error)

    def number(self, state: Any, field: str, scope: Scope) -> float | None:
        """A number that a field gives, or the place that its Path names; None if neither is there."""
        path = getattr(state, f"{field}_path", None)
        if given(path) and path is not None:
            return _number(read(path, scope), f"what {path} names")
        value = getattr(state, field)
        return value if given(value) else None

    def text(self, state: Any, field: str, scope: Scope) -> str | None:
        """The same of a text, where the Path may be an intrinsic function call."""
        path = getattr(state, f"{field}_path")
        if given(path):
            value = templates.path_or_call(path, scope, RUNTIME)
            if not isinstance(value, str):
                raise StateError(RUNTIME, f"what {path} names is {shown(value)}; it must be a string")
            return value
        value = getattr(state, field)
        return value if given(value) else None

    def items(self, state: Any, scope: Scope) -> Any:
        """What a Map goes over."""
        return read(state.items_path, scope) if given(state.items_path) else scope.data

    def filled(self, template: Any, scope: Scope) -> Any:
        """A template with its paths read."""
        return templates.filled(template, scope)


class ExpressionData:
    """The data of a state in JSONata."""

    def effective(self, _state: Any, scope: Scope) -> Any:
        """The input."""
        return scope.data

    def arguments(self, state: Any, scope: Scope, field: str = "arguments") -> Any:
        """What the work is given."""
        template = getattr(state, "arguments" if field == "parameters" else field, UNSET)
        return expressions.filled(template, scope) if given(template) else scope.data

    def selected(self, _state: Any, result: Any, _scope: Scope) -> Any:
        """The result."""
        return result

    def output(self, state: Any, _raw: Any, result: Any, scope: Scope) -> Any:
        """The output of a state: as Output says, or else the result."""
        return expressions.filled(state.output, scope) if given(state.output) else result

    def assigned(self, template: Any, scope: Scope, **_: Any) -> dict[str, Any]:
        """The variables that Assign gives values."""
        return expressions.filled(template, scope) if given(template) else {}

    def caught(self, catcher: Catcher, _raw: Any, error: Mapping[str, str], scope: Scope) -> Any:
        """The output of a state whose error is caught."""
        return expressions.filled(catcher.output, scope) if given(catcher.output) else error

    def number(self, state: Any, field: str, scope: Scope) -> float | None:
        """A number that a field gives; None if it is not there."""
        value = getattr(state, field)
        return _number(expressions.filled(value, scope), field, QUERY) if given(value) else None

    def text(self, state: Any, field: str, scope: Scope) -> str | None:
        """The same of a text."""
        value = getattr(state, field)
        if not given(value):
            return None
        found = expressions.filled(value, scope)
        if not isinstance(found, str):
            raise StateError(QUERY, f"{shown(value)} gives {shown(found)}; it must be a string")
        return found

    def items(self, state: Any, scope: Scope) -> Any:
        """What a Map goes over."""
        return expressions.filled(state.items, scope) if given(state.items) else scope.data

    def filled(self, template: Any, scope: Scope) -> Any:
        """A template with its expressions evaluated."""
        return expressions.filled(template, scope)


Data = PathData | ExpressionData
_PATH, _EXPRESSION = PathData(), ExpressionData()


def language_of(state: Any, inherited: str) -> str:
    """The query language of a state, or of a machine: its own, or the one around it."""
    return state.query_language if given(state.query_language) else inherited


def data_of(language: str) -> Data:
    """How data goes in a language."""
    return _EXPRESSION if language == JSONATA else _PATH


def placed(path: Any, raw: Any, result: Any) -> Any:
    """A result in the raw input: at a Reference Path, in its stead (no path), or nowhere (null)."""
    if path is None:
        return raw
    return written(path, raw, result) if given(path) else result


def _through(path: Any, scope: Scope) -> Any:
    if path is None:
        return {}
    return read(path, scope) if given(path) else scope.data


def _number(value: Any, what: str, failure: str = RUNTIME) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise StateError(failure, f"{what} is {shown(value)}; it must be a number that is not negative")
    return value
