"""How requests and answers of the account's services travel, by the service models that botocore carries."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
from botocore.loaders import Loader
from botocore.model import ServiceModel

from presage.wire.faults import Refused, Rejected
from presage.wire.http import Answer
from presage.wire.numbers import whole
from presage.wire.read import reader
from presage.wire.shapes import Shape
from presage.wire.xml import element, iso_time

MOST_IN_A_LIST = 1000


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call as its protocol has it.

    Parameters
    ----------
    members : what was sent, not yet held against the model
    is_query : whether it came as a form, and is answered with XML; else both are JSON
    """

    service: str
    operation: str
    members: Mapping[str, Any]
    is_query: bool


@cache
def model_of(service: str) -> Any:
    """The model of a service, by the name that signatures give it."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@cache
def shapes_of(service: str, operation: str) -> tuple[Shape | None, Shape | None]:
    """What an operation is sent and what it answers."""
    found = model_of(service).operation_model(operation)
    return found.input_shape, found.output_shape


def is_known(call: Call) -> bool:
    """Whether a service's model holds the operation of a call."""
    return call.operation in model_of(call.service).operation_names


def speaks_query(headers: Mapping[str, str]) -> bool:
    """Whether a request is a form, which services like IAM are sent and answer with XML."""
    return headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def read_call(service: str, headers: Mapping[str, str], body: bytes) -> Call:
    """The operation that a request names, and its members."""
    if speaks_query(headers):
        sent = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_IN_A_LIST))
        return Call(service=service, operation=sent.get("Action", ""), members=sent, is_query=True)
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    try:
        members = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise Refused("SerializationException", f"the body is not valid JSON: {error}") from None
    return Call(service=service, operation=operation, members=members, is_query=False)


def checked(call: Call) -> dict[str, Any]:
    """The members of a call, held against the model. Raises Refused: ValidationError or -Exception."""
    shape = shapes_of(call.service, call.operation)[0]
    if shape is None:
        return {}
    members = _structure(call.members, "", shape) if call.is_query else call.members
    try:
        return reader(shape, call.service)(members)
    except Rejected as rejected:
        text = rejected.refusal().message
        raise Refused("ValidationError" if call.is_query else "ValidationException", text) from None


def _structure(sent: Mapping[str, str], prefix: str, shape: Shape) -> dict[str, Any]:
    """The members of a structure, from a form's flat names such as `Tags.member.1.Key`."""
    found = {name: _value(sent, prefix + name, member) for name, member in shape.members.items()}
    return {name: value for name, value in found.items() if value is not None}


def _value(sent: Mapping[str, str], name: str, shape: Shape) -> Any:
    if shape.type_name == "structure":
        return _structure(sent, f"{name}.", shape) or None
    if shape.type_name == "list":
        values: list[Any] = []
        while (value := _value(sent, f"{name}.member.{len(values) + 1}", shape.member)) is not None:
            values.append(value)
        return values or None
    text = sent.get(name)
    if text is None or shape.type_name not in ("integer", "long", "boolean"):
        return text
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    number = whole(text, 2**31 - 1)
    return text if number is None else number


def answer(call: Call, found: Mapping[str, Any], request_id: str) -> Answer:
    """What an operation found, as its protocol sends it."""
    shape = shapes_of(call.service, call.operation)[1]
    if not call.is_query:
        return Answer(200, orjson.dumps(found), ((b"content-type", b"application/x-amz-json-1.1"),))
    content: dict[str, Any] = {"ResponseMetadata": {"RequestId": request_id}}
    if shape is not None:
        content = {shape.serialization["resultWrapper"]: _document(found, shape), **content}
    root = f"{call.operation}Response"
    namespace = model_of(call.service).metadata["xmlNamespace"]
    body = element(root, content).replace(f"<{root}>", f'<{root} xmlns="{namespace}">', 1)
    return Answer(200, body.encode(), ((b"content-type", b"text/xml"),))


def _document(value: Any, shape: Shape) -> Any:
    """A value as elements: lists hold `member`s, instants are ISO 8601."""
    if shape.type_name == "structure":
        return {
            name: _document(value[name], member) for name, member in shape.members.items() if name in value
        }
    if shape.type_name == "list":
        return {"member": [_document(one, shape.member) for one in value]}
    return iso_time(value) if shape.type_name == "timestamp" else value


def refusal(error: Refused, request_id: str, *, is_query: bool) -> Answer:
    """An error as the protocol sends it."""
    code, text = error.code, error.message
    if not is_query:
        headers = (
            (b"content-type", b"application/x-amz-json-1.1"),
            (b"x-amzn-errortype", code.encode("ascii", "replace")),
        )
        return Answer(error.status, orjson.dumps({"__type": code, "message": text}), headers)
    content = {"Error": {"Type": "Sender", "Code": code, "Message": text}, "RequestId": request_id}
    return Answer(error.status, element("ErrorResponse", content).encode(), ((b"content-type", b"text/xml"),))
