"""What AWS's service models say of a kind: its members, its operations, how its members are written."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

from botocore import xform_name
from botocore.model import ServiceModel
from botocore.session import get_session

from .kinds import Kind

Shape: TypeAlias = Any
"""A shape of botocore's, which has no complete types."""


@cache
def service_model(service: str) -> ServiceModel:
    """The model of one of AWS's services."""
    return get_session().get_service_model(service)


def section(kind: Kind) -> str:
    """What a kind's part of the file is called, for instance `dataset_groups`."""
    return xform_name(f"{kind.name}s" if kind.plural and kind.told_by else kind.listed)


@cache
def _shapes(service: str, name: str) -> tuple[Shape, Shape, str]:
    """What Create takes, what Describe tells, and the member that holds the ARN."""
    model = service_model(service)
    describe: Any = model.operation_model(f"Describe{name}")
    told, wrapper = describe.output_shape, _lower(name)
    nested = told.members.get(wrapper)
    told = nested if nested is not None and nested.type_name == "structure" else told
    return model.operation_model(f"Create{name}").input_shape, told, next(iter(describe.input_shape.members))


def created(kind: Kind) -> Shape | None:
    """The structure that Create takes; None for presage's own."""
    return None if kind.is_own else _shapes(*kind.id)[0]


def told_members(kind: Kind) -> set[str]:
    """The members that Describe tells and Create takes: those that can be compared."""
    made, told, _ = _shapes(*kind.id)
    return set(told.members) & set(made.members)


def key_member(kind: Kind) -> str:
    """The member that holds the ARN."""
    return _shapes(*kind.id)[2]


def name_member(kind: Kind) -> str:
    """The member of Create that holds the name."""
    if kind.is_own:
        return "name"
    members = _shapes(*kind.id)[0].members
    return next(one for one in ("name", "jobName", f"{kind.name}Name", "PredictorName") if one in members)


def wrapper(kind: Kind) -> str:
    """The member in which Personalize's Describe nests what it tells."""
    return _lower(kind.name)


def tags_member(kind: Kind) -> str:
    """The member of Create that takes tags; empty = it has none."""
    if kind.is_own:
        return "tags"
    members = _shapes(*kind.id)[0].members
    return next((one for one in ("tags", "Tags") if one in members), "")


def member_names(shape: Shape) -> Mapping[str, str]:
    """How a member of a structure may be written in the file -> its name.

    As AWS writes it, or in small letters with underscores; an ending Arn may be left out.
    """
    names: dict[str, str] = {}
    for member in shape.members:
        names[member] = names[str(xform_name(member))] = member
    for member in shape.members:
        short = next((member.removesuffix(end) + s for end, s in _ENDINGS if member.endswith(end)), "")
        if short:
            for spelled in (short, xform_name(short)):
                names.setdefault(spelled, member)
    return names


_ENDINGS = (("Arn", ""), ("Arns", "s"))


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
