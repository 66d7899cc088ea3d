"""The door of the console: who may come in, which page answers, and what every answer says to the browser."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from traceback import format_exception
from typing import Any
from urllib.parse import quote

import structlog
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message

from presage.ids import new_id
from presage.operations.rest.door import InLine, refused
from presage.operations.rest.routes import Service
from presage.operations.server import Server
from presage.wire.calls import Handler, refused_for_now
from presage.wire.faults import Refused, Rejected
from presage.wire.http import ASGIApp
from presage.wire.signature import FindKey

from .headers import with_headers
from .page import Page
from .pages import PAGES
from .rendering import environment
from .sessions import Sessions
from .static import contents, static_route
from .visit import COOKIE, HOME, Console, Visit

MOST_FIELDS = 300
"""More than a file that somebody brings has columns: each is a field."""
log = structlog.get_logger("presage.console")


def console_application(
    server: Server,
    *,
    handlers: Mapping[tuple[str, str], Handler],
    services: Iterable[Service],
    in_line: InLine,
    find_key: FindKey | None,
    write_sample: Callable[[Path], None],
) -> ASGIApp:
    """The ASGI application that answers below /console; see `Console`.

    Templates, scripts and styles are read here, once.
    """
    environment()
    contents()
    console = Console(
        server=server,
        handlers=handlers,
        routes={(service.name, route.operation): route for service in services for route in service.routes},
        in_line=in_line,
        find_key=find_key,
        sessions=Sessions(server.stores.secret, server.clock),
        write_sample=write_sample,
        navigation=[page for page in PAGES if page.title],
    )
    routes = [
        Route(HOME + page.path, partial(_answer, console, page), methods=[page.method]) for page in PAGES
    ]
    app = Starlette(
        routes=[*routes, static_route()],
        exception_handlers={HTTPException: partial(_not_answered, console)},
    )
    return with_headers(app)


async def _answer(console: Console, page: Page, request: Request) -> Response:
    """What a page answers, or why it does not."""
    visit = _enter(console, request)
    if visit.needs_login and not page.is_open:
        return visit.go(f"/login?next={quote(_here(request))}")
    try:
        for action in page.demands:
            visit.demand(action)
        if page.method == "GET":
            return _kept(visit, await page.answer(visit))
        bounded = Request(request.scope, _bounded(request.receive, page.most_bytes))
        async with bounded.form(max_files=1, max_fields=MOST_FIELDS) as form:
            _check_token(visit, form)
            return _kept(visit, await page.answer(replace(visit, form=form)))
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception as error:
        return _failed(visit, error)


def _enter(console: Console, request: Request) -> Visit:
    session = console.sessions.read(request.cookies.get(COOKIE, "")) or console.sessions.new()
    key = console.find_key(session.key_id) if console.find_key and session.key_id else None
    return Visit(console=console, request=request, session=session, key=key, form=FormData())


def _here(request: Request) -> str:
    """Where to come back to after a login."""
    path = request.url.path if request.method == "GET" else HOME
    return f"{path}?{request.url.query}" if request.url.query and request.method == "GET" else path


def _bounded(receive: Callable[[], Any], most_bytes: int) -> Callable[[], Any]:
    """`receive`, of at most so many bytes; then raises Refused with 413."""
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message: Message = await receive()
        size += len(message.get("body", b""))
        if size > most_bytes:
            text = f"what was sent is larger than {most_bytes:,} bytes"
            raise Refused("RequestEntityTooLarge", text, 413)
        return message

    return bounded


def _check_token(visit: Visit, form: FormData) -> None:
    given = form.get("token")
    if not isinstance(given, str) or not visit.console.sessions.is_form_token(visit.session, given):
        text = "the form is not of this session any more; load its page again, and send it from there"
        raise Refused("AccessDeniedException", text, 403)


def _kept(visit: Visit, response: Response) -> Response:
    """The response, with the cookie of a session that is new to the browser."""
    is_new = visit.console.sessions.read(visit.request.cookies.get(COOKIE, "")) is None
    if is_new and "set-cookie" not in response.headers:
        visit.keep(visit.session, response)
    return response


def _failed(visit: Visit, error: Exception) -> Response:
    """The page that an error becomes; an unexpected one is logged with its trace, and told without it."""
    number = new_id()
    error = refused(error.refusal() if isinstance(error, Rejected) else error, number)
    if isinstance(error, Refused):
        return error_page(visit, error.status, error.message)
    if isinstance(error, HTTPException):
        return error_page(visit, error.status_code, error.detail)
    if passing := refused_for_now(error, number, visit.request.url.path):
        return error_page(visit, passing.status, passing.message)
    trace = "".join(format_exception(error))
    log.error("a page failed", request_id=number, path=visit.request.url.path, exception=trace)
    return error_page(visit, 500, f"something went wrong here; the server's log tells more under {number}")


def error_page(visit: Visit, status: int, text: str) -> Response:
    """An error, as a page or as a part of one."""
    template = "error_part.html" if visit.is_part else "error.html"
    return visit.page(template, status=status, error=text, code=status)


async def _not_answered(console: Console, request: Request, error: Exception) -> Response:
    """What no page answers: an unknown path, or a method that a path does not have."""
    return _failed(_enter(console, request), error)
