"""AWS operations as tasks, as Step Functions' AWS SDK integrations have them: members in Pascal case."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.exceptions import ParamValidationError
from botocore.loaders import Loader
from botocore.model import ServiceModel

from presage.errors import few, shown
from presage.pipelines.language.faults import RUNTIME, StateError
from presage.pipelines.tasks import Call

from .clients import SERVICES, Clients
from .waiting import version_of

PREFIX = "arn:aws:states:::aws-sdk:"
_ARN = re.compile(r"arn:aws:[^\s'\"]+[^\s'\".]")


@cache
def model_of(service: str) -> ServiceModel:
    """The model of a service, as resources name it."""
    name = SERVICES[service][0]
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def operation_names(service: str) -> list[str]:
    """The operations of a service, as its model names them."""
    names: Any = model_of(service).operation_names
    return list(names)


@cache
def operation_of(resource: str) -> tuple[str, Any]:
    """The service and the model of the operation that a resource names. Raises ValueError."""
    service, _, action = resource.removeprefix(PREFIX).partition(":")
    if service not in SERVICES:
        raise ValueError(
            f"{shown(resource)} names the service {shown(service)}; there are: {', '.join(SERVICES)}"
        )
    if "." in action:
        text = "only calls that are answered at once are supported; wait in a loop of Wait, Task and Choice"
        raise ValueError(f"{shown(resource)} ends in .{action.partition('.')[2]}; {text}")
    names = {_lower(name): name for name in operation_names(service)}
    if action not in names:
        raise ValueError(
            f"{shown(resource)}: {service} has no action {shown(action)}; it has {few(sorted(names))}"
        )
    return service, model_of(service).operation_model(names[action])


def members_of(operation: Any) -> tuple[list[str], list[str]]:
    """The members of an operation's input in Pascal case, and of these the required ones."""
    shape = operation.input_shape
    if shape is None:
        return [], []
    return [_upper(name) for name in shape.members], [_upper(name) for name in shape.required_members]


async def call_operation(clients: Clients, call: Call) -> Any:
    """The result of an AWS operation. Raises StateError.

    What is created by a task that may have been done before, and is there already, is the result.
    """
    service, operation = operation_of(call.resource)
    arguments = own_members(operation, call.arguments)
    if operation.name == "CreateSolutionVersion":
        name = arguments.setdefault("name", call.name)
        made = await version_of(clients, arguments["solutionArn"])(name) if call.again else None
        if made:
            return {"SolutionVersionArn": made}
    try:
        answer = await clients.call(service, xform_name(operation.name), **arguments)
    except ParamValidationError as error:
        raise StateError(RUNTIME, f"{operation.name}: {error}") from None
    except StateError as error:
        found = _ARN.search(error.cause) if error.error.endswith(".ResourceAlreadyExistsException") else None
        if not call.again or not found:
            raise
        return {_upper(next(iter(operation.output_shape.members))): found[0]}
    answer.pop("ResponseMetadata", None)
    return _members(operation.output_shape, answer, _pascal_name, operation.name) or {}


def own_members(operation: Any, arguments: Any) -> dict[str, Any]:
    """Members in Pascal case, as the operation itself names them. Raises StateError for unknown ones."""
    return _members(operation.input_shape, arguments, _own_name, operation.name) or {}


Rename = Callable[[Any, str, str], str]


def _members(shape: Any, value: Any, rename: Rename, where: str) -> Any:
    """A value of a shape with its members renamed, and as JSON has it."""
    if shape is None or value is None:
        return value
    if shape.type_name == "structure" and isinstance(value, Mapping):
        found: dict[str, Any] = {}
        for member, one in value.items():
            renamed = rename(shape, member, where)
            inner = shape.members.get(member) or shape.members.get(renamed)
            found[renamed] = _members(inner, one, rename, f"{where}.{member}")
        return found
    if shape.type_name == "list" and isinstance(value, list):
        return [_members(shape.member, one, rename, where) for one in value]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {key: _members(shape.value, one, rename, where) for key, one in value.items()}
    return _as_json(value)


def _as_json(value: Any) -> Any:
    """A single value as JSON has it: times as texts, bytes as UTF-8."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if hasattr(value, "read"):
        value = value.read()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _own_name(shape: Any, member: str, where: str) -> str:
    """A member's own name, given in Pascal case. Raises StateError if the shape has none of that name."""
    for own in (member, _lower(member)):
        if own in shape.members:
            return own
    known = few([_upper(name) for name in shape.members])
    raise StateError(RUNTIME, f"{where} has no member {shown(member)}; it has {known}")


def _pascal_name(_shape: Any, member: str, _where: str) -> str:
    return _upper(member)


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
