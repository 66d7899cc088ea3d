"""What a step of the short form is told, checked against what it reads."""

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from presage.pipelines.language.faults import RUNTIME, StateError

from .clients import Tools

Told = TypeVar("Told", bound=Struct)


class Arguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a step is told."""


def told(kind: type[Told], value: Any) -> Told:
    """What a step is told, as it reads it. Raises StateError, with the place of what is wrong."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise StateError(RUNTIME, f"what the step is told: {error}") from None


def arn_of(tools: Tools, service: str, resource: str, name: str) -> str:
    """The ARN of a resource that is named by its ARN, or by its name."""
    if name.startswith("arn:"):
        return name
    return f"arn:aws:{service}:{tools.config.region}:{tools.config.account}:{resource}/{name}"


def role_of(tools: Tools) -> str:
    """The role that AWS wants to be named; presage reads and writes with the access key."""
    return f"arn:aws:iam::{tools.config.account}:role/presage"
