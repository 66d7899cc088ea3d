"""The door of Rank and Reward: paths below a campaign's endpoint, JSON in and out, errors as the service's.

POST ENDPOINT/personalizer/v1.0/rank
POST ENDPOINT/personalizer/v1.0/events/EVENT/reward
POST ENDPOINT/personalizer/v1.0/events/EVENT/activate

ENDPOINT is `/loops/NAME` for the campaign of a name, and the server's root for the one named `default`.
"""

import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec
import orjson
from msgspec import Struct

from presage.wire import http
from presage.wire.calls import failure
from presage.wire.faults import Refused
from presage.wire.signature import FindKey

from ..rest.door import MAX_BYTES, MOST_BYTES, refused
from ..server import Server
from .events import PutReward, Rank, activate, rank, reward

FIRST_SEGMENTS = ("personalizer", "loops")
DEFAULT_LOOP = "default"
_KEY_HEADER = "ocp-apim-subscription-key"
_PATH = re.compile(
    r"(?:/loops/(?P<loop>[^/]+))?/personalizer/v1\.[01](?:-preview\.\d+)?"
    r"/(?:(?P<rank>rank)|events/(?P<event>[^/]+)/(?P<call>reward|activate))"
)
_CODES = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "ResourceNotFound", 409: "Conflict"}
_ACCESS_DENIED = (
    f"{_KEY_HEADER} must hold an access key's id and secret, as ID:SECRET; `presage keys create` makes one"
)


@dataclass(frozen=True, kw_only=True)
class _Call:
    """A call: its right, what answers it, what its body holds (None = nothing is read), and its status."""

    action: str
    run: Callable[..., Awaitable[Struct | None]]
    asks: type[Struct] | None
    status: int


_CALLS = {
    "rank": _Call(action="decisions:Rank", run=rank, asks=Rank, status=201),
    "reward": _Call(action="decisions:Reward", run=reward, asks=PutReward, status=204),
    "activate": _Call(action="decisions:Activate", run=activate, asks=None, status=204),
}


@dataclass(frozen=True)
class _Door:
    server: Server
    find_key: FindKey | None
    budget: http.BodyBudget

    async def answer(self, request: http.Request, receive: http.Receive, _: str) -> http.Answer:
        """The answer to a call. Raises Refused, ClientGone, ServiceError."""
        call, loop, event = _route(request)
        request.trail["operation"] = call.action
        self._admit(request, call.action)
        body = await http.read_body(request, receive, MAX_BYTES, self.budget)
        try:
            found = await call.run(self.server, loop, event, _read(call, body))
        finally:
            self.budget.give_back(len(body))
        return (
            http.json_answer(call.status, msgspec.to_builtins(found)) if found else http.Answer(call.status)
        )

    def _admit(self, request: http.Request, action: str) -> None:
        """Raises Refused unless the key in the header is one that may do this."""
        if self.find_key is None:
            return
        identity, _, secret = request.headers.get(_KEY_HEADER, "").partition(":")
        key = self.find_key(identity)
        if key is None or not hmac.compare_digest(key.secret.encode(), secret.encode()):
            raise Refused("Unauthorized", _ACCESS_DENIED, 401)
        if not key.may(action):
            raise Refused("Forbidden", f"the key {identity} may not do {action}", 403)


def personalizer_application(server: Server, *, find_key: FindKey | None) -> http.ASGIApp:
    """The ASGI application for what is below `FIRST_SEGMENTS`.

    Parameters
    ----------
    find_key : the access key of an id; None = anybody may call
    """
    door = _Door(server, find_key, http.BodyBudget(MOST_BYTES))
    return http.answering(door.answer, _failed)


def _route(request: http.Request) -> tuple[_Call, str, str]:
    """(call, campaign, event); raises Refused with 404 or 405."""
    path = request.path.decode("latin-1")
    found = _PATH.fullmatch(path)
    if found is None:
        text = f"{path[:200]} is no call; there are rank, events/EVENT/reward, events/EVENT/activate"
        raise Refused("ResourceNotFound", text, 404)
    if request.method != "POST":
        raise Refused("MethodNotAllowed", f"{path[:200]} is for POST, not for {request.method}", 405)
    call = _CALLS[found["rank"] or found["call"]]
    return call, unquote(found["loop"] or DEFAULT_LOOP), unquote(found["event"] or "")


def _read(call: _Call, body: bytes) -> Struct | None:
    """What a body asks. Raises Refused, with the place of what is wrong."""
    try:
        return None if call.asks is None else msgspec.json.decode(body, type=call.asks)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("BadRequest", f"the body cannot be read: {error}") from None


def _failed(error: Exception, _request: http.Request, request_id: str) -> http.Answer:
    """An error as the service's clients read it."""
    answer = failure(refused(error, request_id), None, request_id)
    told: dict[str, Any] = orjson.loads(answer.body)
    code = "InternalServerError" if answer.status == 500 else _CODES.get(answer.status, told["__type"])
    return http.json_answer(answer.status, {"error": {"code": code, "message": told["message"]}})
