"""The door of presage's own calls: the paths of a service, JSON in and out, described by a document."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
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
from .routes import Route, Service

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

    service: Service
    server: Server
    in_line: InLine
    entrance: Entrance

    async def answer(self, request: http.Request, receive: http.Receive, _: str) -> http.Answer:
        """The answer to a call. Raises Refused, ClientGone, ServiceError, and what its values raise."""
        path, service = request.path.decode("latin-1"), self.service
        if (request.method, path) == ("GET", f"/{service.name}/openapi.json"):
            return http.Answer(200, document(service), JSON)
        route, name = service.find(request.method, path)
        request.trail["operation"] = service.action(route)
        async with self.entrance.let_in(request, receive, service.name) as entered:
            entered.demand(service.action(route))
            asked = read(route, service.action(route), entered.body, request.query)
            more = {"caller": entered.key_id} if route.takes_caller else {}
            found = await run_route(route, partial(route.run, self.server, name, asked, **more), self.in_line)
            return http.Answer(route.status, b"" if found is None else msgspec.json.encode(found), JSON)


async def run_route(route: Route, step: Callable[[], Any], in_line: InLine) -> Any:
    """What a call answers: a coroutine runs at once, what may take long beside others, the rest in line."""
    if inspect.iscoroutinefunction(route.run):
        return await step()
    return await (asyncio.to_thread(step) if route.is_long else in_line(step))


def read(route: Route, action: str, body: bytes, query: bytes = b"") -> Struct | None:
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
            f"the {part} is not what {action} reads: {error}",
        ) from None
    except msgspec.DecodeError as error:
        raise Refused("SerializationException", f"the body is not valid JSON: {error}") from None


def rest_application(
    service: Service, server: Server, *, in_line: InLine, find_key: FindKey | None
) -> http.ASGIApp:
    """The ASGI application that answers a service's paths; see `Door`."""
    entrance = Entrance(find_key, MAX_BYTES, http.BodyBudget(MOST_BYTES))
    door = Door(service=service, server=server, in_line=in_line, entrance=entrance)

    return http.answering(
        door.answer, lambda error, _, request_id: failure(refused(error, request_id), None, request_id)
    )


def refused(error: Exception, request_id: str) -> Exception:
    """What went wrong, with the status that it has here."""
    if isinstance(error, ServiceError):
        return Refused(error.code, error.message, STATUSES.get(error.code, 400))
    return unreadable_request(error, request_id) if isinstance(error, UNREADABLE) else error
