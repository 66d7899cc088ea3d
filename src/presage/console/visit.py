"""One request for a page: who asks, what they sent, and all that a page may do."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from presage.operations.rest.door import InLine, run_route
from presage.operations.rest.routes import Route
from presage.operations.server import Server
from presage.resources.keys import AccessKey
from presage.wire.calls import Handler
from presage.wire.faults import Refused
from presage.wire.models import OPERATIONS
from presage.wire.signature import FindKey

from .page import Page
from .rendering import render
from .sessions import LASTS_SECONDS, Session, Sessions

Found = TypeVar("Found")
HOME = "/console"
COOKIE = "presage-session"


@dataclass(frozen=True, kw_only=True)
class Console:
    """What all visits share.

    Parameters
    ----------
    handlers : (service, operation) -> what answers it, as for the API
    routes : (service, operation) -> which function answers it, of presage's own calls
    in_line : runs what touches records, one after the other
    find_key : the access key of an id; None = no keys are configured, and anybody may do anything
    navigation : the pages that it names
    write_sample : writes the sample that comes with presage as a CSV file
    """

    server: Server
    handlers: Mapping[tuple[str, str], Handler]
    routes: Mapping[tuple[str, str], Route]
    in_line: InLine
    find_key: FindKey | None
    sessions: Sessions
    navigation: Sequence[Page]
    write_sample: Callable[[Path], None]


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request for a page.

    Parameters
    ----------
    key : who asks; None = nobody has logged in, or no keys are configured
    form : what a form sent; empty for a GET
    """

    console: Console
    request: Request
    session: Session
    key: AccessKey | None
    form: FormData

    @property
    def server(self) -> Server:
        """The server that this is the console of."""
        return self.console.server

    @property
    def is_part(self) -> bool:
        """Whether htmx asks, for a part of a page that stands already."""
        return "hx-request" in self.request.headers

    @property
    def needs_login(self) -> bool:
        """Whether only a key opens the console, and none was shown."""
        return self.key is None and self.console.find_key is not None

    def may(self, action: str) -> bool:
        """Whether an action, such as `personalize:CreateFilter`, is allowed."""
        return self.key.may(action) if self.key is not None else not self.needs_login

    def demand(self, action: str) -> None:
        """Raises Refused with 403 unless an action is allowed."""
        if not self.may(action):
            who = f"the access key {self.key.access_key_id}" if self.key else "who has not logged in"
            text = f"{who} may not {action}; it may {', '.join(self.key.allow) if self.key else 'nothing'}"
            raise Refused("AccessDeniedException", text, 403)

    def is_here(self, page: Page) -> bool:
        """Whether this is a visit to a page of the navigation, or to one below it."""
        here = self.request.url.path.removeprefix(HOME).rstrip("/")
        return here == page.path or (page.path != "" and here.startswith(f"{page.path}/"))

    @property
    def navigation(self) -> dict[str, list[Page]]:
        """Section -> the pages in it that this key may see."""
        found: dict[str, list[Page]] = {}
        for page in self.console.navigation:
            if all(map(self.may, page.demands)):
                found.setdefault(page.section, []).append(page)
        return found

    def given(self, name: str) -> str:
        """A field of the form, or of the query, without spaces around it; empty if there is none."""
        value = self.form.get(name, self.request.query_params.get(name, ""))
        return value.strip() if isinstance(value, str) else ""

    async def call(self, service: str, operation: str, **members: Any) -> dict[str, Any]:
        """What an AWS operation answers, with the rights of who asks.

        Raises Refused, Rejected and ServiceError, as the API does.
        """
        described = OPERATIONS[service, operation]
        self.demand(described.action)
        given = {name: value for name, value in members.items() if value is not None}
        return await self.console.handlers[service, operation](described.read(given)) or {}

    async def ask(self, service: str, operation: str, name: str = "", /, **members: Any) -> Any:
        """What one of presage's own calls answers, with the rights of who asks.

        Parameters
        ----------
        name : what the call is about, as it stands in its path
        members : of its body or query, as the API writes them

        Raises Refused and ServiceError, as the API does.
        """
        route = self.console.routes[service, operation]
        self.demand(f"{service}:{operation}")
        try:
            asked = msgspec.convert(members, route.asks, strict=False) if route.asks else None
        except msgspec.ValidationError as error:
            raise Refused("InvalidInputException", f"{operation} cannot read that: {error}") from None
        caller = {"caller": self.key.access_key_id if self.key else ""} if route.takes_caller else {}
        step = partial(route.run, self.server, name, asked, **caller)
        return await run_route(route, step, self.console.in_line)

    async def every(self, service: str, operation: str, member: str, **members: Any) -> list[dict[str, Any]]:
        """All that a List operation lists, over its pages."""
        found: list[dict[str, Any]] = []
        token = "NextToken" if service == "forecast" else "nextToken"
        while True:
            answer = await self.call(service, operation, **members)
            found += answer[member]
            if token not in answer:
                return found
            members[token] = answer[token]

    async def in_line(self, step: Callable[[], Found]) -> Found:
        """What a step answers that touches records, in the line of the operations."""
        return await self.console.in_line(step)

    async def beside(self, step: Callable[[], Found]) -> Found:
        """What a step answers that may take a while and changes no record."""
        return await asyncio.to_thread(step)

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page, or a part of one, from a template of `templates/`; all text is escaped."""
        return HTMLResponse(render(template, visit=self, **values), status)

    def go(self, path: str) -> Response:
        """Go on at another page, given below `/console`."""
        if self.is_part:
            return Response(headers={"hx-redirect": HOME + path})
        return RedirectResponse(HOME + path, 303)

    def keep(self, session: Session, response: Response) -> Response:
        """The response, which lets the browser bring a session back."""
        response.set_cookie(
            COOKIE,
            self.console.sessions.cookie(session),
            max_age=LASTS_SECONDS,
            path=HOME,
            secure=self.request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return response

    @property
    def form_token(self) -> str:
        """What a form must send along as `token`."""
        return self.console.sessions.form_token(self.session)
