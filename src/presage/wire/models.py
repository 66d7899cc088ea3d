"""The table of operations, read from the service models that botocore carries.

Nothing that a model says is written again by hand: names, protocols, targets, paths, shapes and the status
of each error come from it, so new members and operations appear with an upgrade of botocore.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from .read import reader
from .shapes import Shape
from .write import writer

SERVICES = ("personalize", "personalize-runtime", "personalize-events", "forecast", "forecastquery")
JSON_1_1 = "json"


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    """One operation of the AWS contract.

    Parameters
    ----------
    service : the client's name, such as `personalize-runtime`
    name : such as `GetRecommendations`
    protocol : `json` (X-Amz-Target) or `rest-json` (method and path)
    signing_name : what the signature's scope names, and the prefix of actions: `personalize` or `forecast`
    target : the X-Amz-Target header, empty for `rest-json`
    path : the URL path, always `/` for `json`
    message_member : the member of an error's body that holds its text: `message` or `Message`
    statuses : the HTTP status of each modelled error of the service; 400 where the model names none
    errors : the codes of the errors that the model lets this operation raise
    """

    service: str
    name: str
    protocol: str
    signing_name: str
    target: str
    method: str
    path: str
    message_member: str
    statuses: Mapping[str, int]
    errors: frozenset[str]
    input_shape: Shape = field(repr=False)
    output_shape: Shape | None = field(repr=False)

    @property
    def action(self) -> str:
        """What a key must allow, such as `personalize:GetRecommendations`."""
        return f"{self.signing_name}:{self.name}"

    @property
    def constraint_code(self) -> str:
        """The error code of a request whose members break the model's constraints."""
        return "ValidationException" if self.signing_name == "forecast" else "InvalidInputException"

    @property
    def content_type(self) -> str:
        """The content type of requests and answers."""
        return "application/x-amz-json-1.1" if self.protocol == JSON_1_1 else "application/json"

    @cached_property
    def read(self) -> Callable[[Any], dict[str, Any]]:
        """Parsed JSON to checked members; raises `Rejected` with every fault. Compiled on first use."""
        return reader(self.input_shape, self.service)

    @cached_property
    def write(self) -> Callable[[Mapping[str, Any]], dict[str, Any]] | None:
        """A handler's answer to JSON; None for an operation that answers with an empty body."""
        shape = self.output_shape
        if shape is None or (self.protocol != JSON_1_1 and not shape.members):
            return None
        return writer(shape)


def load_operations() -> Iterator[Operation]:
    """Every operation of the five services."""
    loader = Loader()
    for service in SERVICES:
        yield from _operations(
            service, ServiceModel(loader.load_service_model(service, "service-2"), service)
        )


def _operations(service: str, model: Any) -> Iterator[Operation]:
    errors = {shape.error_code: shape for shape in model.error_shapes}
    statuses = {
        code: shape.metadata.get("error", {}).get("httpStatusCode", 400) for code, shape in errors.items()
    }
    protocol = model.metadata["protocol"]
    for name in model.operation_names:
        operation = model.operation_model(name)
        yield Operation(
            service=service,
            name=name,
            protocol=protocol,
            signing_name=model.signing_name,
            target=f"{model.metadata['targetPrefix']}.{name}" if protocol == JSON_1_1 else "",
            method=operation.http["method"],
            path=operation.http["requestUri"],
            message_member=next(iter(errors["InvalidInputException"].members)),
            statuses=MappingProxyType(statuses),
            errors=frozenset(shape.error_code for shape in operation.error_shapes),
            input_shape=operation.input_shape,
            output_shape=operation.output_shape,
        )


OPERATIONS: Mapping[tuple[str, str], Operation] = MappingProxyType(
    {(operation.service, operation.name): operation for operation in load_operations()}
)
TARGETS: Mapping[str, Operation] = MappingProxyType({o.target: o for o in OPERATIONS.values() if o.target})
ROUTES: Mapping[tuple[str, str], Operation] = MappingProxyType(
    {(o.method, o.path): o for o in OPERATIONS.values() if not o.target}
)
SIGNING_NAMES: frozenset[str] = frozenset(o.signing_name for o in OPERATIONS.values())
