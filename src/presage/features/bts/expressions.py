"""Expressions to be evaluated: checked, rewritten and compiled, without builtins, over a set of names."""

import ast
from collections.abc import Callable, Collection
from types import FunctionType
from typing import Any

from .functions import FUNCTION_NAMES, Functions
from .operations import Operations
from .rewriting import MERGED, Names, rewritten
from .syntax import checked, free_names

_OPERATIONS = (
    *("add", "multiply", "power", "shift_left", "remainder", "attribute", "invoke", "weighed", "within"),
    *("each", "hashed", "paid", "sliced", "text", "tick"),
)


class Scope:
    """The names that expressions see, and what they stand for now.

    Parameters
    ----------
    imports, records, nests, has_event : as of `Names`
    """

    def __init__(
        self,
        operations: Operations,
        functions: Functions,
        *,
        imports: dict[str, Any],
        records: frozenset[str] = frozenset(),
        nests: frozenset[str] = frozenset(),
        has_event: bool = False,
    ) -> None:
        given = records | nests | {"source", "time", "identity", "anchor"}
        imports = {name: value for name, value in imports.items() if name not in given}
        self.values: dict[str, Any] = {"__builtins__": {}, **functions.by_name, **imports}
        self.values |= {f"+{name}": getattr(operations, name) for name in _OPERATIONS}
        self.values |= {f"+{sign}": _merging(operations, sign) for sign in MERGED.values()}
        self._names = Names(operations, self.values, imports, records, nests, has_event)

    def compile(self, text: str, when: str = "") -> Callable[[], Any]:
        """What evaluates the expression over the names as they stand; raises ExpressionError.

        Parameters
        ----------
        when : a condition; while it does not hold, the value is None
        """
        body = self._rewritten(text)
        if when:
            body = ast.IfExp(self._rewritten(when), body, ast.Constant(None))
        tree = ast.fix_missing_locations(ast.Expression(body))
        return FunctionType(compile(tree, "<expression>", "eval", dont_inherit=True), self.values)

    def _rewritten(self, text: str) -> ast.expr:
        names = self._names
        return rewritten(checked(text, known={*self.values, *names.records, *names.nests}), names)

    def looks_only_at(self, text: str, names: Collection[str]) -> bool:
        """Whether an expression depends, beside functions and imports, on these names alone."""
        fixed = {*names, *self._names.imports, *FUNCTION_NAMES}
        return free_names(checked(text, known=self.values)) <= fixed


def _merging(operations: Operations, sign: str) -> Callable[[Any, Any], Any]:
    operator = {"-": _minus, "|": _or, "&": _and, "^": _xor}[sign]
    return lambda left, right: operations.merge(operator, left, right)


def _minus(left: Any, right: Any) -> Any:
    return left - right


def _or(left: Any, right: Any) -> Any:
    return left | right


def _and(left: Any, right: Any) -> Any:
    return left & right


def _xor(left: Any, right: Any) -> Any:
    return left ^ right
