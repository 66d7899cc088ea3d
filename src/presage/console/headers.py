"""What every answer of the console tells the browser: run nothing but our own files, and keep no page."""

from collections.abc import MutableMapping
from typing import Any

from presage.wire.http import Answer, ASGIApp, Receive, Scope, Send, header_of

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # With no-referrer a browser names no origin with a form, and `wire.cors` would take it for a stranger's.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
HOME = b"/console"
NOT_KEPT = (b"cache-control", b"no-store")


def with_headers(app: ASGIApp) -> ASGIApp:
    """`app`, whose answers carry `HEADERS`, and are not kept unless they say so."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def adding(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                there = message["headers"]
                kept = any(name == b"cache-control" for name, _ in there)
                message["headers"] = [*there, *HEADERS, *(() if kept else (NOT_KEPT,))]
            await send(message)

        await app(scope, receive, adding)

    return serve


def leading_browsers(app: ASGIApp) -> ASGIApp:
    """`app`, but a browser that opens the server's bare address is led to the console."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        accepted = header_of(scope, b"accept") or b""
        if scope["method"] == "GET" and b"text/html" in accepted:
            await Answer(303, b"", ((b"location", HOME),)).send(send)
        else:
            await app(scope, receive, send)

    return serve
