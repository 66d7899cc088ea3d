"""The listener: one ASGI callable that hands every request to whoever answers it.

AWS calls come by X-Amz-Target or by method and path; S3 and other services of the account are known by their
signature's scope; `/healthz` and `/readyz` are for probes; people's pages and presage's own calls by their
first path segment.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import unquote

from presage.ids import new_id

from .calls import (
    UNREADABLE,
    Calls,
    Demand,
    Handler,
    failure,
    find_operation,
    parse,
    unreadable_request,
    written,
)
from .cors import with_origins
from .hosts import with_hosts
from .http import (
    Answer,
    ASGIApp,
    BodyBudget,
    ClientGone,
    Receive,
    Request,
    Scope,
    Send,
    json_answer,
    read_body,
)
from .models import ROUTES, SIGNING_NAMES
from .signature import FindKey

MAX_REQUEST_BYTES = 6 * 1024 * 1024
MOST_BODY_BYTES = 64 * 1024 * 1024
"""So many bytes of bodies are held at once, over all calls."""


def application(
    handlers: Mapping[tuple[str, str], Handler],
    *,
    find_key: FindKey | None,
    why_not_ready: Callable[[], str] = lambda: "",
    s3: ASGIApp | None = None,
    account: ASGIApp | None = None,
    other: Mapping[str, ASGIApp] = MappingProxyType({}),
    cors_origins: Sequence[str] = (),
    hosts: Sequence[str] = (),
    max_request_bytes: int = MAX_REQUEST_BYTES,
    demanded_too: Demand | None = None,
) -> ASGIApp:
    """The whole listener as an ASGI callable.

    Parameters
    ----------
    handlers : (service, operation), such as `("personalize-runtime", "GetRecommendations")`, -> its handler,
        which takes and answers members under AWS's names
    find_key : the access key of an id; None = no keys are configured, and any signature or none will do
    why_not_ready : why `/readyz` is to say that the server is not; empty when it is
    s3 : gets what is signed for S3, and unsigned requests for anything that nobody else here knows
    account : gets what is signed for any other service, such as STS
    other : first path segment (`""` is `/`) -> who answers what is signed for a service of this name, and
        unsigned requests below it
    cors_origins : origins that browsers may call from; `*` for any
    hosts : names that the server answers to beside loopback ones while no keys are configured
    max_request_bytes : a larger body is refused, but for those that `s3` and `other` read themselves
    demanded_too : what a key must allow besides the operation itself, by the members of a request

    Raises ValueError for a handler whose operation no service model holds.
    """
    budget = BodyBudget(max(MOST_BODY_BYTES, max_request_bytes))
    calls = Calls(handlers, find_key, max_request_bytes, budget, demanded_too)
    probes = {b"/healthz": _health, b"/readyz": lambda: _readiness(why_not_ready())}

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _other_protocol(scope, receive, send)
            return
        request = Request.of(scope)
        app = _elsewhere(request, s3, account, other)
        if app is not None:
            await app(scope, receive, send)
        elif request.path in probes and request.method in ("GET", "HEAD"):
            await probes[request.path]().send(send)
        else:
            await _call(calls, request, receive, send)

    app = with_origins(serve, cors_origins)
    return app if find_key else with_hosts(app, hosts)


def _elsewhere(
    request: Request, s3: ASGIApp | None, account: ASGIApp | None, other: Mapping[str, ASGIApp]
) -> ASGIApp | None:
    """The application that this request is for; None if it is an AWS call or a probe."""
    headers = request.headers
    service = _signed_for(headers.get("authorization", ""))
    if service and service in other:
        return other[service]
    if account is not None and service not in ("", "s3", *SIGNING_NAMES):
        return account
    if "x-amz-target" in headers:
        return None
    if service == "s3" or _presigned_for_s3(request.query):
        return s3
    path = request.path.decode("latin-1")
    if (request.method, path) in ROUTES or path in ("/healthz", "/readyz") or service:
        return None
    return other.get(path.split("/", 2)[1] if path.startswith("/") else "", s3)


def _signed_for(authorization: str) -> str:
    """The service that a signature's scope names; empty without one."""
    scope, found, _ = authorization.partition("/aws4_request")
    return scope.rpartition("/")[2] if found else ""


def _presigned_for_s3(query: bytes) -> bool:
    return b"X-Amz-Credential=" in query and "/s3/aws4_request" in unquote(query.decode("latin-1"))


async def _call(calls: Calls, request: Request, receive: Receive, send: Send) -> None:
    """Answer one AWS call; whatever goes wrong is answered too."""
    request_id = new_id()
    trail = request.trail
    trail["request_id"] = request_id
    operation = None
    held = 0
    try:
        try:
            operation = find_operation(request)
            trail["operation"] = operation.action
            caller = calls.caller(operation, request)
            body = await read_body(request, receive, calls.max_request_bytes, calls.budget)
            held = trail["bytes"] = len(body)
            if caller is not None:
                calls.check(operation, request, body, caller)
                trail["access_key_id"] = caller.key.access_key_id
            handler = calls.handler(operation)
            members = operation.read(parse(body))
            if caller is not None:
                calls.check_members(operation, members, caller)
        except UNREADABLE as error:
            raise unreadable_request(error, request_id) from None
        answer = written(operation, await handler(members))
    except ClientGone:
        return
    except Exception as error:
        answer = failure(error, operation, request_id)
    finally:
        calls.budget.give_back(held)
    await answer.send(send, (b"x-amzn-requestid", request_id.encode()))


def _health() -> Answer:
    return json_answer(200, {"status": "ok"})


def _readiness(why_not: str) -> Answer:
    return json_answer(503, {"status": why_not}) if why_not else json_answer(200, {"status": "ready"})


async def _other_protocol(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the server's start and stop; refuse web sockets."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})
