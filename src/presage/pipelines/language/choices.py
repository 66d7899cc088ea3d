"""The rules of a Choice state in JSONPath: tests of one value, and And, Or, Not of rules."""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from presage.errors import shown

from .paths import Scope, check_path, is_there, read

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def instant(value: Any) -> datetime | None:
    """The time that a text writes as RFC 3339 has it, with capital T and Z; None if it is none."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _string(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _boolean(value: Any) -> Any:
    return value if isinstance(value, bool) else None


_TYPES: Mapping[str, Callable[[Any], Any]] = {"String": _string, "Numeric": _number, "Timestamp": instant}
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
COMPARISONS: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any, Any], bool]]] = {
    f"{kind}{order}": (typed, compare) for kind, typed in _TYPES.items() for order, compare in _ORDERS.items()
} | {"BooleanEquals": (_boolean, operator.eq)}
"""Operator -> what makes both sides of its type, or None; and the comparison."""
IS: Mapping[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: _number(value) is not None,
    "IsString": lambda value: _string(value) is not None,
    "IsBoolean": lambda value: _boolean(value) is not None,
    "IsTimestamp": lambda value: instant(value) is not None,
}
JOINS = ("And", "Or", "Not")
OPERATORS = (
    *COMPARISONS,
    *(f"{name}Path" for name in COMPARISONS),
    *IS,
    "IsPresent",
    "StringMatches",
)


def holds(rule: Mapping[str, Any], scope: Scope) -> bool:
    """Whether a rule holds. Raises StateError (States.Runtime) if a path names nothing."""
    if "And" in rule:
        return all(holds(one, scope) for one in rule["And"])
    if "Or" in rule:
        return any(holds(one, scope) for one in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], scope)
    name = next(name for name in OPERATORS if name in rule)
    if name == "IsPresent":
        return is_there(rule["Variable"], scope) is rule[name]
    return _compares(name, read(rule["Variable"], scope), rule[name], scope)


def _compares(name: str, value: Any, wanted: Any, scope: Scope) -> bool:
    """Whether a comparison of a value holds; between values of two types none does."""
    if name in IS:
        return IS[name](value) is wanted
    if name == "StringMatches":
        return isinstance(value, str) and _pattern(wanted).fullmatch(value) is not None
    if name.endswith("Path"):
        name, wanted = name.removesuffix("Path"), read(wanted, scope)
    typed, compare = COMPARISONS[name]
    left, right = typed(value), typed(wanted)
    return left is not None and right is not None and compare(left, right)


def _pattern(glob: str) -> re.Pattern[str]:
    r"""What a text with * for any characters matches; \* and \\ are meant as they are."""
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", glob)
    return re.compile("".join(".*" if one == "*" else re.escape(_bare(one)) for one in parts), re.DOTALL)


def _bare(part: str) -> str:
    return part[1:] if part in (r"\*", r"\\") else part


def check_rule(rule: Mapping[str, Any], extra: tuple[str, ...] = ()) -> None:
    """Raise ValueError if a rule cannot be read.

    Parameters
    ----------
    extra : the fields that it may have besides
    """
    joins = [name for name in JOINS if name in rule]
    found = joins or [name for name in OPERATORS if name in rule]
    if len(found) != 1:
        text = "it must have exactly one of And, Or, Not, or one comparison such as NumericEquals"
        raise ValueError(f"the rule {shown(dict(rule))}: {text}")
    name = found[0]
    known = {name, "Comment", *extra} | (set() if joins else {"Variable"})
    if unknown := [one for one in rule if one not in known]:
        raise ValueError(f"the rule {shown(dict(rule))} has the unknown field {unknown[0]}")
    if joins:
        _check_join(name, rule[name])
    else:
        _check_comparison(name, rule)


def _check_join(name: str, value: Any) -> None:
    rules = [value] if name == "Not" else value
    if not isinstance(rules, list) or not rules or not all(isinstance(one, dict) for one in rules):
        raise ValueError(f"{name} is {shown(value)}; it must be {'a rule' if name == 'Not' else 'rules'}")
    for one in rules:
        check_rule(one)


def _check_comparison(name: str, rule: Mapping[str, Any]) -> None:
    if not isinstance(rule.get("Variable"), str):
        raise ValueError(f"the rule {shown(dict(rule))} lacks Variable, the path that {name} tests")
    check_path(rule["Variable"])
    value = rule[name]
    if name.endswith("Path"):
        if not isinstance(value, str):
            raise ValueError(f"{name} is {shown(value)}; it must be a path")
        check_path(value)
    elif name in IS or name == "IsPresent":
        if not isinstance(value, bool):
            raise ValueError(f"{name} is {shown(value)}; it must be true or false")
    elif (COMPARISONS[name][0] if name in COMPARISONS else _string)(value) is None:
        kind = name.removesuffix("Equals").removesuffix("LessThan").removesuffix("GreaterThan")
        raise ValueError(f"{name} is {shown(value)}; it must be a value of the kind {kind}")
