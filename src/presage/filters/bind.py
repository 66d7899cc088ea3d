"""A request's values take the places of a filter's parameters."""

import re
from collections.abc import Mapping
from dataclasses import replace

from presage.errors import few, shown

from .errors import FilterError
from .parse import EXACT, number_of
from .tree import All, Condition, Expression, Filter, Operand, Operator, Parameter

_STRINGS = re.compile(r'\s*"[^"]*"\s*(?:,\s*"[^"]*"\s*)*')
_STRING = re.compile(r'"([^"]*)"')


def bind(filter_: Filter, values: Mapping[str, str]) -> Filter:
    """The filter without parameters.

    Without a value for it, what an EXCLUDE asks with a parameter is met by nothing.

    Parameters
    ----------
    values : parameter -> AWS's text for its values: a number, or quoted strings with commas between

    Raises FilterError for a value that an INCLUDE lacks, for one that cannot be read, and for one of a
    parameter that the filter does not have.
    """
    known = filter_.parameters
    for name in values:
        if name not in known:
            has = few(sorted(known)) or "none"
            raise FilterError(f"filterValues has {shown(name)}; the filter has these parameters: {has}")
    if not known:
        return filter_
    return replace(filter_, expressions=tuple(_expression(one, values) for one in filter_.expressions))


def _expression(expression: Expression, values: Mapping[str, str]) -> Expression:
    missing = [
        condition.operand.name
        for condition in expression.conditions()
        if isinstance(condition.operand, Parameter) and condition.operand.name not in values
    ]
    if missing and expression.includes:
        raise FilterError(
            f"filterValues lacks {shown(missing[0])}; every parameter of an INCLUDE needs a value"
        )
    return replace(
        expression,
        alternatives=tuple(_all(alternative, values) for alternative in expression.alternatives),
        only_if=_all(expression.only_if, values),
    )


def _all(conditions: All, values: Mapping[str, str]) -> All:
    return tuple(_condition(condition, values) for condition in conditions)


def _condition(condition: Condition, values: Mapping[str, str]) -> Condition:
    parameter = condition.operand
    if not isinstance(parameter, Parameter):
        return condition
    text = values.get(parameter.name)
    return replace(condition, operand=() if text is None else _read(parameter.name, text, condition.operator))


def _read(name: str, text: str, operator: Operator) -> Operand:
    """What a value says, as what it is compared by needs it."""
    strings = tuple(_STRING.findall(text)) if _STRINGS.fullmatch(text) else None
    if operator == "IN":
        if strings is None:
            raise _wrong(name, text, 'strings in double quotes with commas between, such as "a","b"')
        return strings
    if operator in EXACT and strings and len(strings) == 1:
        return strings
    try:
        return number_of(strings[0] if strings and len(strings) == 1 else text.strip())
    except ValueError:
        right = "a number" + (", or one string in double quotes" if operator in EXACT else "")
        raise _wrong(name, text, right) from None


def _wrong(name: str, text: str, right: str) -> FilterError:
    return FilterError(f"filterValues has {shown(text)} for {shown(name)}; it must be {right}")
