"""One call: find the operation, check who asks and what, run its handler, say what came of it."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from traceback import format_exception
from typing import Any

import orjson
import structlog

from presage.errors import ServiceError, is_unavailable
from presage.files import is_full

from .faults import Refused, Rejected
from .http import Answer, BodyBudget, Request
from .models import OPERATIONS, ROUTES, TARGETS, Operation
from .signature import UNSIGNED_PAYLOAD, Caller, FindKey, stated_caller


class Exact(dict[str, Any]):
    """An answer that is sent as it is: just members that its shape knows, none of them None or not finite.

    Writing 25 items member by member takes as long as scoring them; an answer of a hot call can be this.
    """


CONTENT_TYPES = {
    kind: ((b"content-type", kind.encode()),) for kind in {o.content_type for o in OPERATIONS.values()}
}
_DISK_FULL = "the disk is full: nothing of this request was stored; free some space, then send it again"
_AWAY = "something that the server is built on does not answer; send the request again in a moment"
UNREADABLE = (ValueError, OverflowError, RecursionError)
"""What a value of a request raises that nobody has bounded."""
Handler = Callable[[dict[str, Any]], Awaitable[dict[str, Any] | None]]
Demand = Callable[[Operation, Mapping[str, Any]], Iterable[str]]

log = structlog.get_logger("presage.wire")


def find_operation(request: Request) -> Operation:
    """The operation that a request names by target, else by method and path.

    Raises Refused (UnknownOperationException): 400 for a target, 404 for a path.
    """
    target = request.headers.get("x-amz-target")
    if target is None:
        operation = ROUTES.get((request.method, request.path.decode("latin-1")))
        if operation is None:
            text = f"no operation answers {request.method} {request.path.decode('latin-1')[:200]}"
            raise Refused("UnknownOperationException", text, 404)
        return operation
    operation = TARGETS.get(target)
    if operation is None or request.method != operation.method:
        text = f"no operation has the X-Amz-Target {target[:200]!r} with method {request.method}"
        raise Refused("UnknownOperationException", text)
    return operation


@dataclass(frozen=True)
class Calls:
    """The operations that are built, and who may call them.

    Parameters
    ----------
    handlers : (service, operation) -> its handler; raises ValueError for a name that no model holds
    find_key : see `signature.verify`
    max_request_bytes : a larger body is refused
    budget : for the bodies of all calls together
    demanded_too : what a key must allow besides the operation itself, by the members of a request
    """

    handlers: Mapping[tuple[str, str], Handler]
    find_key: FindKey | None
    max_request_bytes: int
    budget: BodyBudget
    demanded_too: Demand | None

    def __post_init__(self) -> None:
        unknown = self.handlers.keys() - OPERATIONS.keys()
        if unknown:
            raise ValueError(f"no service model has the operations {sorted(unknown)}")

    def caller(self, operation: Operation, request: Request) -> Caller | None:
        """Who says to call, None if anybody may. Raises Refused if the head alone shows that it is not so."""
        return stated_caller(request, operation.signing_name, self.find_key) if self.find_key else None

    def check(self, operation: Operation, request: Request, body: bytes, caller: Caller) -> None:
        """Raises Refused if the signature is not the caller's or its key does not allow the operation."""
        stated = request.headers.get("x-amz-content-sha256")
        payload_hash = stated if stated == UNSIGNED_PAYLOAD else hashlib.sha256(body).hexdigest()
        caller.prove(request, payload_hash)
        caller.demand(operation.action)

    def check_members(self, operation: Operation, members: Mapping[str, Any], caller: Caller) -> None:
        """Raises Refused if the caller's key does not allow what the members of a request take besides."""
        for action in self.demanded_too(operation, members) if self.demanded_too else ():
            caller.demand(action)

    def handler(self, operation: Operation) -> Handler:
        """What answers an operation. Raises Refused if nothing does yet."""
        handler = self.handlers.get((operation.service, operation.name))
        if handler is None:
            status = 400 if operation.target else 404
            raise Refused("UnknownOperationException", f"{operation.name} is not built yet", status)
        return handler


def written(operation: Operation, found: dict[str, Any] | None) -> Answer:
    """What a handler found, as the operation answers it."""
    headers = CONTENT_TYPES[operation.content_type]
    if operation.write is None:
        return Answer(200, b"", headers)
    content = found if type(found) is Exact else operation.write(found or {})
    return Answer(200, orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY), headers)


def parse(body: bytes) -> Any:
    """The JSON of a body; an empty one counts as `{}`. Raises Refused (SerializationException)."""
    if not body:
        return {}
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused("SerializationException", f"the body is not valid JSON: {error}") from None


def unreadable_request(error: Exception, request_id: str) -> Refused:
    """The refusal of a request that holds a value which nobody has bounded; it is logged with its trace."""
    log.error("a request cannot be read", request_id=request_id, exception="".join(format_exception(error)))
    text = (
        f"a value of the request cannot be read: {type(error).__name__}; send plainer numbers, dates and text"
    )
    return Refused("SerializationException", text)


def refused_for_now(error: Exception, request_id: str, called: str | None) -> Refused | None:
    """The refusal of a request that failed for a full disk or an outage, logged in a line; None for others.

    Parameters
    ----------
    called : what was asked for, as the log names it
    """
    text = _DISK_FULL if is_full(error) else _AWAY if is_unavailable(error) else ""
    if not text:
        return None
    event = "the disk is full" if text is _DISK_FULL else "something is away"
    log.warning(event, request_id=request_id, operation=called, error=str(error).partition("\n")[0])
    return Refused("ServiceUnavailable", text, 503)


def failure(error: Exception, operation: Operation | None, request_id: str) -> Answer:
    """The answer that an error becomes; an unexpected one is logged with its trace, and told without it."""
    if isinstance(error, Rejected):
        error = error.refusal(operation.constraint_code) if operation else error.refusal()
    if isinstance(error, Refused):
        return error_answer(operation, error.status, error.code, error.message)
    if isinstance(error, ServiceError):
        status = operation.statuses.get(error.code, 400) if operation else 400
        return error_answer(operation, status, error.code, error.message)
    name = operation.action if operation else None
    if passing := refused_for_now(error, request_id, name):
        return error_answer(operation, passing.status, passing.code, passing.message)
    # The trace as text, for a log that renders it itself may show local variables, and secrets among them.
    trace = "".join(format_exception(error))
    log.error("call failed", request_id=request_id, operation=name, exception=trace)
    text = f"an internal error occurred; the server's log tells more under request id {request_id}"
    return error_answer(operation, 500, "InternalFailure", text)


def error_answer(operation: Operation | None, status: int, code: str, text: str) -> Answer:
    """An error as every AWS client reads it: code in body and header, text where the model holds it."""
    member = operation.message_member if operation else "message"
    content_type = operation.content_type if operation else "application/x-amz-json-1.1"
    headers = ((b"content-type", content_type.encode()), (b"x-amzn-errortype", code.encode()))
    return Answer(status, orjson.dumps({"__type": code, member: text}), headers)
