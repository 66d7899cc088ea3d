"""Logging in with an access key, and out."""

import hmac
import re

from starlette.responses import RedirectResponse, Response

from ..page import Page
from ..visit import COOKIE, HOME, Visit

OWN_PATH = re.compile(r"/console(/[\w./:?=&%~+-]*)?")
WRONG = "No access key has this id and this secret. `presage keys create` on the server's machine makes one."


async def show(visit: Visit) -> Response:
    """Ask for an access key."""
    if not visit.needs_login:
        return visit.go("")
    return visit.page("login.html", next=_own(visit.given("next")), wrong="")


async def log_in(visit: Visit) -> Response:
    """Begin a session of the key that was given; both answers take as long whether the id exists or not."""
    find_key = visit.console.find_key
    key = find_key(visit.given("id")) if find_key else None
    secret = key.secret if key else "-" * 40
    is_right = hmac.compare_digest(secret.encode(), visit.given("secret").encode())
    if not key or not is_right:
        return visit.page("login.html", status=403, next=_own(visit.given("next")), wrong=WRONG)
    session = visit.console.sessions.new(key.access_key_id)
    return visit.keep(session, RedirectResponse(_own(visit.given("next")), 303))


async def log_out(visit: Visit) -> Response:
    """Let the browser forget the session."""
    response = visit.go("/login")
    response.delete_cookie(COOKIE, path=HOME)
    return response


def _own(path: str) -> str:
    """Where to go on: a path of the console, whatever was asked."""
    return path if OWN_PATH.fullmatch(path) else HOME


PAGES = (
    Page(path="/login", answer=show, is_open=True),
    Page(path="/login", answer=log_in, method="POST", is_open=True),
    Page(path="/logout", answer=log_out, method="POST", is_open=True),
)
