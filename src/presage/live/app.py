"""The door for live features: declare a feature set, tell it events, ask for the features of an identity.

PUT    /features/NAME            declare a set: {"streaming": text, "window": text, ...}
GET    /features                 the names of all sets
GET    /features/NAME            a set, and how its events fared
DELETE /features/NAME            forget it, with all that it was told
POST   /features/NAME/events     events, one or a line each: they are on disk when this is answered
GET    /features/NAME/IDENTITY   what is known of an identity now
DELETE /features/NAME/IDENTITY   forget it, with all that was told of it
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec

from presage.errors import InvalidInputException
from presage.features.bts import DocumentError
from presage.online import OnlineError
from presage.wire import http
from presage.wire.calls import failure
from presage.wire.entering import Entrance
from presage.wire.faults import Refused
from presage.wire.signature import FindKey

from .live import FeatureSet, Live
from .lookups import unreachable
from .sets import forget, register

SERVICE = "features"
"""The first segment of every path, and what signatures are scoped to once there are access keys."""
MAX_BYTES = 6 * 1024 * 1024
MOST_BYTES = 32 * 1024 * 1024
_JSON = ((b"content-type", b"application/json"),)
_decode = msgspec.json.Decoder().decode


def features_application(live: Live, *, find_key: FindKey | None) -> http.ASGIApp:
    """The ASGI application for what is below /features.

    Parameters
    ----------
    find_key : the access key of an id; None = anybody may call
    """
    door = _Door(live, Entrance(find_key, MAX_BYTES, http.BodyBudget(MOST_BYTES)))

    return http.answering(door.answer, lambda error, _, request_id: failure(error, None, request_id))


@dataclass(frozen=True)
class _Door:
    live: Live
    entrance: Entrance

    async def answer(self, request: http.Request, receive: http.Receive, _: str) -> http.Answer:
        """The answer to a call. Raises Refused, ServiceError, ClientGone."""
        action, name, rest = _route(request)
        request.trail["operation"] = f"{SERVICE}:{action}"
        async with self.entrance.let_in(request, receive, SERVICE) as entered:
            entered.demand(f"{SERVICE}:{action}")
            try:
                return await _ACTIONS[action](self.live, name, rest, entered.body)
            except OnlineError:
                raise unreachable() from None


def _route(request: http.Request) -> tuple[str, str, str]:
    """(action, name, what follows the name); raises Refused with 404 or 405."""
    path = request.path.decode("latin-1")
    first, name, rest = map(unquote, [*path.removeprefix("/").split("/", 2), "", ""][:3])
    if first != SERVICE:
        raise Refused("ResourceNotFoundException", f"{path[:200]} is not below /{SERVICE}", 404)
    methods = _ROUTES[bool(name), bool(rest)]
    action = methods.get(request.method, "")
    if not action or (action == "PutFeatureEvents" and rest != "events"):
        text = f"{path[:200]} is not for {request.method}; docs/features.md lists what is"
        raise Refused("MethodNotAllowed", text, 405)
    return action, name, rest


_ROUTES: dict[tuple[bool, bool], dict[str, str]] = {
    (False, False): {"GET": "ListFeatureSets"},
    (False, True): {},
    (True, False): {"PUT": "CreateFeatureSet", "GET": "DescribeFeatureSet", "DELETE": "DeleteFeatureSet"},
    (True, True): {"GET": "GetFeatures", "POST": "PutFeatureEvents", "DELETE": "DeleteFeatures"},
}
"""(whether a name is given, whether more is) -> method -> action, as the globs of access keys name it."""


def _found(live: Live, name: str) -> FeatureSet:
    found = live.find(name)
    if found is None:
        text = f"there is no feature set named {name[:100]!r}; GET /features names those that there are"
        raise Refused("ResourceNotFoundException", text, 404)
    return found


async def _list(live: Live, _name: str, _rest: str, _body: bytes) -> http.Answer:
    sets = await asyncio.to_thread(live.sets)
    return http.json_answer(200, {"featureSets": sorted(sets)})


async def _create(live: Live, name: str, _rest: str, body: bytes) -> http.Answer:
    try:
        is_new = await asyncio.to_thread(register, live.stores, name, _decoded(body, "the body"))
    except DocumentError as error:
        raise InvalidInputException(str(error)) from None
    found = await asyncio.to_thread(live.describe, _found(live, name), is_new=is_new)
    return http.json_answer(201 if is_new else 200, found)


async def _describe(live: Live, name: str, _rest: str, _body: bytes) -> http.Answer:
    return http.json_answer(200, await asyncio.to_thread(live.describe, _found(live, name)))


async def _delete(live: Live, name: str, _rest: str, _body: bytes) -> http.Answer:
    await asyncio.to_thread(forget, live.stores, _found(live, name).record)
    await asyncio.to_thread(live.sets)
    return http.Answer(204)


async def _tell(live: Live, name: str, _rest: str, body: bytes) -> http.Answer:
    events = _events(body)
    await live.tell(_found(live, name), events)
    return http.json_answer(200, {"events": len(events)})


async def _get(live: Live, name: str, identity: str, _body: bytes) -> http.Answer:
    answer = await live.lookups.find(_found(live, name).folding.name, identity)
    if answer is None:
        text = f"{name} has folded no event of {identity[:100]!r}"
        raise Refused("ResourceNotFoundException", text, 404)
    return http.Answer(200, answer, _JSON)


async def _forget(live: Live, name: str, identity: str, _body: bytes) -> http.Answer:
    await asyncio.to_thread(live.forget, _found(live, name), identity)
    live.wake()
    return http.Answer(204)


_ACTIONS: dict[str, Callable[[Live, str, str, bytes], Awaitable[http.Answer]]] = {
    "ListFeatureSets": _list,
    "CreateFeatureSet": _create,
    "DescribeFeatureSet": _describe,
    "DeleteFeatureSet": _delete,
    "PutFeatureEvents": _tell,
    "GetFeatures": _get,
    "DeleteFeatures": _forget,
}


def _events(body: bytes) -> list[dict[str, Any]]:
    """The events of a body: one JSON object, or one a line. Raises InvalidInputException."""
    with suppress(InvalidInputException):
        whole = _decoded(body, "the body")
        if isinstance(whole, dict):
            return [whole]
    events: list[dict[str, Any]] = []
    for number, line in enumerate(body.splitlines(), 1):
        if line.strip():
            event = _decoded(line, f"line {number}")
            if not isinstance(event, dict):
                raise InvalidInputException(f"line {number} is no JSON object")
            events.append(event)
    if not events:
        raise InvalidInputException("the body holds no event; send a JSON object, or one a line")
    return events


def _decoded(text: bytes, what: str) -> Any:
    try:
        return _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidInputException(f"{what} is not valid JSON: {error}") from None
