"""Which web pages may call: those of the origins that are configured, and presage's own."""

from collections.abc import Sequence

from .calls import error_answer
from .http import Answer, ASGIApp, Receive, Scope, Send, header_of

METHODS = b"GET, HEAD, POST, PUT, DELETE"
EXPOSED = b"x-amzn-requestid, x-amzn-errortype, etag, date"
MAX_AGE_SECONDS = b"86400"


def with_origins(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """`app`, open to browsers from `origins` (`*` = any), and closed to other web pages.

    A browser names the page's origin with each call that could harm; other clients name none. Refusing the
    origins that nobody configured keeps a page on the web from writing to a server on this machine.
    """
    allowed = frozenset(origins)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        origin = header_of(scope, b"origin")
        if origin is None or _is_own(origin, scope):
            await app(scope, receive, send)
        elif not allowed & {"*", origin.decode("latin-1")}:
            text = f"pages of {origin.decode('latin-1')[:200]} may not call; --cors-origins says who may"
            await error_answer(None, 403, "AccessDeniedException", text).send(send)
        elif scope["method"] == "OPTIONS" and header_of(scope, b"access-control-request-method"):
            await _preflight(origin, scope).send(send)
        else:
            await app(scope, receive, _adding(send, _granted(origin)))

    return serve


def _is_own(origin: bytes, scope: Scope) -> bool:
    """Whether the page came from this server: the same host and port as the call names."""
    return origin.partition(b"://")[2] == header_of(scope, b"host")


def _granted(origin: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", EXPOSED),
        (b"vary", b"Origin"),
    ]


def _preflight(origin: bytes, scope: Scope) -> Answer:
    wanted = header_of(scope, b"access-control-request-headers") or b"*"
    return Answer(
        204,
        b"",
        (
            *_granted(origin),
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", wanted),
            (b"access-control-max-age", MAX_AGE_SECONDS),
        ),
    )


def _adding(send: Send, headers: list[tuple[bytes, bytes]]) -> Send:
    """`send`, adding headers to the response."""

    async def adding(message: Scope) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *headers]
        await send(message)

    return adding
