"""One HTTP request and one answer, as plain values between ASGI and the rest of the room."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from presage.ids import new_id

from .faults import Refused
from .numbers import whole

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
TRAIL = "presage"
"""Under this name a scope holds what is found out of a request."""


def header_of(scope: Scope, name: bytes) -> bytes | None:
    """The first header of that lower-case name in an HTTP scope; None in any other scope, and without one."""
    if scope["type"] != "http":
        return None
    for key, value in scope["headers"]:
        if key == name:
            return value
    return None


class ClientGone(Exception):
    """The client hung up before its request was whole."""


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived, before anything is decoded.

    Parameters
    ----------
    path, query : as sent, still percent-encoded, for that is what was signed
    headers : by lower-case name; one sent twice is joined with a comma, as signatures want it
    trail : what is found out of it, such as its `operation`, for the log and for what counts requests
    """

    method: str
    path: bytes
    query: bytes
    headers: Mapping[str, str]
    trail: dict[str, Any] = field(default_factory=dict[str, Any])

    @classmethod
    def of(cls, scope: Scope) -> "Request":
        """The request that an ASGI scope describes."""
        sent = scope["headers"]
        headers = {str(name, "latin-1"): str(value, "latin-1") for name, value in sent}
        if len(headers) < len(sent):
            headers = _joined(sent)
        path = scope.get("raw_path") or scope["path"].encode()
        return cls(scope["method"], path, scope["query_string"], headers, scope.setdefault(TRAIL, {}))


def _joined(sent: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers of which some were sent more than once."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in sent:
        name, value = str(raw_name, "latin-1"), str(raw_value, "latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())

    async def send(self, send: Send, *more: tuple[bytes, bytes]) -> None:
        """Send it as one whole response, with more headers."""
        headers = [*self.headers, *more, (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(status: int, content: Any) -> Answer:
    """An answer in plain JSON."""
    return Answer(status, orjson.dumps(content), ((b"content-type", b"application/json"),))


class BodyBudget:
    """Memory for the bodies that are held at once, in bytes."""

    def __init__(self, n_bytes: int) -> None:
        self.free = n_bytes

    def take(self, n_bytes: int) -> None:
        """Take some of it. Raises Refused with 503 when it is used up."""
        if n_bytes > self.free:
            text = "too many large requests are under way; try again in a moment"
            raise Refused("ServiceUnavailable", text, 503)
        self.free -= n_bytes

    def give_back(self, n_bytes: int) -> None:
        """Give back what was taken."""
        self.free += n_bytes


async def read_body(request: Request, receive: Receive, max_bytes: int, budget: BodyBudget) -> bytes:
    """The whole body, which takes of the budget what the caller gives back.

    Raises Refused with 413 once more than `max_bytes` have come or are announced, and with 503 when there is
    nothing left of it; ClientGone when the client hangs up or stops sending.
    """
    if (whole(request.headers.get("content-length", ""), max_bytes + 1) or 0) > max_bytes:
        raise _too_large(max_bytes)
    chunks: list[bytes] = []
    size = 0
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunk = message.get("body", b"")
            budget.take(len(chunk))
            chunks.append(chunk)
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(max_bytes)
            if not message.get("more_body", False):
                return b"".join(chunks) if len(chunks) > 1 else chunk
    except BaseException:
        budget.give_back(sum(map(len, chunks)))
        raise


def _too_large(max_bytes: int) -> Refused:
    return Refused("RequestEntityTooLarge", f"the request's body is larger than {max_bytes} bytes", 413)


def answering(
    answer: Callable[[Request, Receive, str], Awaitable[Answer]],
    failed: Callable[[Exception, Request, str], Answer],
) -> ASGIApp:
    """An ASGI application of one door; a client that is gone gets no answer.

    Parameters
    ----------
    answer : what a request, with its id, is answered with
    failed : what it is answered with where that raises
    """

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        request, request_id = Request.of(scope), new_id()
        with suppress(ClientGone):
            try:
                found = await answer(request, receive, request_id)
            except ClientGone:
                raise
            except Exception as error:
                found = failed(error, request, request_id)
            await found.send(send, (b"x-amzn-requestid", request_id.encode()))

    return application
