"""Payload templates of JSONPath: a member whose name ends in `.$` is a path or an intrinsic function call."""

from collections.abc import Callable
from typing import Any

from . import intrinsics
from .faults import PARAMETER_PATH
from .paths import Scope, check_path, read

ENDS = ".$"


def filled(template: Any, scope: Scope, failure: str = PARAMETER_PATH) -> Any:
    """A template with its paths read and functions called, however deep they stand in it.

    Raises StateError, called `failure` if a path names nothing.
    """

    def value_of(text: str) -> Any:
        return path_or_call(text, scope, failure)

    return _replaced(template, value_of)


def path_or_call(text: str, scope: Scope, failure: str) -> Any:
    """The value of a path or an intrinsic function call."""
    return read(text, scope, failure) if text.startswith("$") else intrinsics.evaluate(text, scope)


def check_path_or_call(text: Any) -> None:
    """Raise ValueError if a text is neither a path nor an intrinsic function call."""
    if not isinstance(text, str):
        raise ValueError(f"it is {text!r}; it must be a path or an intrinsic function call")
    if text.startswith("$"):
        check_path(text)
    else:
        intrinsics.parse(text)


def check_template(template: Any) -> None:
    """Raise ValueError if something in a template cannot be read."""
    _replaced(template, check_path_or_call)


def _replaced(template: Any, value_of: Callable[[str], Any]) -> Any:
    if isinstance(template, list):
        return [_replaced(value, value_of) for value in template]
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(ENDS) if name.endswith(ENDS) else name: (
            value_of(value) if name.endswith(ENDS) else _replaced(value, value_of)
        )
        for name, value in template.items()
    }
