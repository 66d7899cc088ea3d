"""Access keys: who may do what; one is made and shown once, or revoked."""

from typing import Any

from starlette.responses import Response

from presage.errors import InvalidInputException

from ..page import Page
from ..visit import Visit

ANYTHING = "*"


async def show(visit: Visit) -> Response:
    """All keys, without their secrets."""
    return visit.page("keys.html", **await _keys(visit), made=None, error="")


async def make(visit: Visit) -> Response:
    """Make a key, and show its secret this once."""
    allow = visit.given("allow").split() or [ANYTHING]
    try:
        _check_given(visit, allow)
        key = await visit.in_line(lambda: visit.server.stores.keys.create(allow))
    except (ValueError, InvalidInputException) as error:
        return visit.page("keys.html", status=400, **await _keys(visit), made=None, error=str(error))
    return visit.page("keys.html", **await _keys(visit), made=key, error="")


def _check_given(visit: Visit, allow: list[str]) -> None:
    """Raise InvalidInputException if a key would give away more than the own one has."""
    own = visit.key.allow if visit.key else (ANYTHING,)
    beyond = [glob for glob in allow if glob not in own and ANYTHING not in own]
    if beyond:
        raise InvalidInputException(
            f"your key may not give {', '.join(beyond)}; it may give {', '.join(own)}, as it has them itself"
        )


async def revoke(visit: Visit) -> Response:
    """Forget a key, but not the one that is in use here."""
    key_id = visit.request.path_params["id"]
    if visit.key and visit.key.access_key_id == key_id:
        text = "That is the key that you have logged in with; log in with another one to revoke it."
        return visit.page("keys.html", status=400, **await _keys(visit), made=None, error=text)
    await visit.in_line(lambda: visit.server.stores.keys.revoke(key_id))
    return visit.go("/keys")


async def _keys(visit: Visit) -> dict[str, Any]:
    keys = await visit.beside(visit.server.stores.keys.list)
    return {
        "keys": keys,
        "may_make": visit.may("presage:CreateKey"),
        "may_revoke": visit.may("presage:DeleteKey"),
    }


PAGES = (
    Page(path="/keys", answer=show, demands=("presage:ListKeys",), title="Access keys", section="Server"),
    Page(path="/keys", answer=make, demands=("presage:ListKeys", "presage:CreateKey"), method="POST"),
    Page(
        path="/keys/{id}/revoke",
        answer=revoke,
        demands=("presage:ListKeys", "presage:DeleteKey"),
        method="POST",
    ),
)
