"""What a task is told is held against what it reads, as far as that can be known before it runs.

An expression, or a path of JSONPath, may become anything: what depends on one is let be.
"""

import re
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from botocore.validate import ParamValidator
from msgspec.structs import fields

from presage.errors import few, shown
from presage.pipelines.language.expressions import is_expression
from presage.pipelines.language.faults import StateError
from presage.pipelines.language.templates import ENDS
from presage.wording import TYPES, either

from . import operations
from .arguments import Arguments

_JSON_NAMES = {"dict": "object", "list": "array", "tuple": "array", "NoneType": "null", "Decimal": "float"}
"""What Python calls a type -> what JSON does."""
_INVALID_TYPE = re.compile(
    r"Invalid type for parameter (?P<at>.*?), value: (?P<value>.*), type: .*?, valid types: (?P<wanted>.*)"
)
_CLASS = re.compile(r"<class '(?:\w+\.)*(\w+)'>")


def is_open(value: Any) -> bool:
    """Whether a value depends on an expression or a path, however deep it stands there."""
    if isinstance(value, Mapping):
        return any(str(name).endswith(ENDS) or is_open(one) for name, one in value.items())
    if isinstance(value, list):
        return any(map(is_open, value))
    return is_expression(value)


def check_arguments(kind: type[Arguments], arguments: Any) -> None:
    """Raise ValueError unless a step can be told this."""
    declared = fields(kind)
    known = [field.encode_name for field in declared]
    members = checked_members(arguments, known, [field.encode_name for field in declared if field.required])
    for field in declared:
        if field.encode_name in members:
            _check_type(field.encode_name, members[field.encode_name], field.type)


def check_operation(operation: Any, arguments: Any) -> None:
    """Raise ValueError unless an AWS operation takes these members, in Pascal case."""
    known, needed = operations.members_of(operation)
    shape = operation.input_shape
    for name, value in checked_members(arguments, known, needed).items():
        if is_open(value):
            continue
        try:
            ((own, given),) = operations.own_members(operation, {name: value}).items()
        except StateError as error:
            raise ValueError(error.cause) from None
        report = ParamValidator().validate(given, shape.members[own])
        if report.has_errors():
            raise ValueError(_in_plain_words(name, report.generate_report().splitlines()[0]))


def _in_plain_words(name: str, said: str) -> str:
    """What botocore finds wrong with a member."""
    found = _INVALID_TYPE.fullmatch(said)
    if not found:
        return f"{name}: {said}"
    place = name if found["at"] == "input" else f"{name}.{found['at']}"
    names: list[str] = _CLASS.findall(found["wanted"])
    wanted = [TYPES.get(_JSON_NAMES.get(one, one), one) for one in names]
    return f"{place} is {shown(found['value'])}; it must be {either(list(dict.fromkeys(wanted)))}"


def checked_members(arguments: Any, known: Sequence[str], needed: Sequence[str]) -> dict[str, Any]:
    """The members of arguments whose values stand there; empty if all of them come from an expression.

    Raises ValueError for unknown ones, and for those that are missing.
    """
    if is_expression(arguments):
        return {}
    if not isinstance(arguments, dict):
        has = few(known) or "no members"
        raise ValueError(f"it is told {shown(arguments)}; it must be told an object with some of: {has}")
    given = [str(name).removesuffix(ENDS) for name in arguments]
    if unknown := [name for name in given if name not in known]:
        raise ValueError(f"it has no member {shown(unknown[0])}; it has {few(known)}")
    if missing := [name for name in needed if name not in given]:
        raise ValueError(f"it lacks {', '.join(missing)}")
    return {name: value for name, value in arguments.items() if not str(name).endswith(ENDS)}


def _check_type(name: str, value: Any, wanted: Any) -> None:
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        if not is_open(value):
            raise ValueError(f"{name} is {_shown(value)}; it must be {in_plain(wanted)}") from None


def _shown(value: Any) -> str:
    return "empty" if value is None else shown(value)


def in_plain(wanted: Any) -> str:
    """A type in plain words."""
    origin, args = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        return in_plain(args[0])
    if origin is Literal:
        return either(list(map(str, args)))
    if origin in (Union, UnionType):
        return either(list(map(in_plain, args)))
    if origin is list and args[0] is not Any:
        return f"a list, each {in_plain(args[0])}"
    name = (origin or wanted).__name__
    return TYPES.get(_JSON_NAMES.get(name, name), "an object")
