"""The door of presage's own calls: paths below /decisions, JSON in and out, described by a document."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from presage.errors import ServiceError
from presage.wire import http
from presage.wire.calls import UNREADABLE, failure, unreadable_request
from presage.wire.entering import Entrance
from presage.wire.faults import Refused
from presage.wire.signature import FindKey

from ..server import Server
from .openapi import document
from .routes import SERVICE, Route, find_route

MAX_BYTES = 1024 * 1024
MOST_BYTES = 16 * 1024 * 1024
STATUSES = {
    "ResourceNotFoundException": 404,
    "ResourceAlreadyExistsException": 409,
    "ResourceInUseException": 409,
}
JSON = ((b"content-type", b"application/json"),)
InLine = Callable[[Callable[[], Any]], Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Door:
    """Who answers, and who may ask.

    Parameters
    ----------
    in_line : runs what touches records, one after the other
    entrance : lets requests in
    """

    server: Server
    in_line: InLine
    entrance: Entrance

    async def answer(self, request: http.Request, receive: http.Receive, _: str) -> http.Answer:
        """The answer to a call. Raises Refused, ClientGone, ServiceError, and what its values raise."""
        if (request.method, request.path) == ("GET", b"/decisions/openapi.json"):
            return http.Answer(200, document(), JSON)
        route, name = find_route(request.method, request.path.decode("latin-1"))
        async with self.entrance.let_in(request, receive, SERVICE) as (body, demand):
            demand(route.action)
            found = await self._run(route, name, read(route, body, request.query))
            return http.Answer(route.status, b"" if found is None else msgspec.json.encode(found), JSON)

    async def _run(self, route: Route, name: str, asked: Struct | None) -> Struct | None:
        if inspect.iscoroutinefunction(route.run):
            return await route.run(self.server, name, asked)

        def step() -> Any:
            return route.run(self.server, name, asked)

        return await (asyncio.to_thread(step) if route.is_long else self.in_line(step))


def read(route: Route, body: bytes, query: bytes = b"") -> Struct | None:
    """What a body, or the query of a GET, asks. Raises Refused, with the place of what is wrong."""
    part = "query" if route.method == "GET" else "body"
    if route.asks is None:
        return None
    try:
        if route.method == "GET":
            asked = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
            return msgspec.convert(asked, route.asks, strict=False)
        return msgspec.json.decode(body or b"{}", type=route.asks)
    except msgspec.ValidationError as error:
        raise Refused(
            "InvalidInputException",
            f"the {part} is not what {route.action} reads: {error}",
        ) from None
    except msgspec.DecodeError as error:
        raise Refused("SerializationException", f"the body is not valid JSON: {error}") from None


def decisions_application(server: Server, *, in_line: InLine, find_key: FindKey | None) -> http.ASGIApp:
    """The ASGI application that answers below /decisions; see `Door`."""
    entrance = Entrance(find_key, MAX_BYTES, http.BodyBudget(MOST_BYTES))
    door = Door(server=server, in_line=in_line, entrance=entrance)

    return http.answering(
        door.answer, lambda error, _, request_id: failure(refused(error, request_id), None, request_id)
    )


def refused(error: Exception, request_id: str) -> Exception:
    """What went wrong, with the status that it has here."""
    if isinstance(error, ServiceError):
        return Refused(error.code, error.message, STATUSES.get(error.code, 400))
    return unreadable_request(error, request_id) if isinstance(error, UNREADABLE) else error
