"""What became of each request, told to whoever wants to know: the access log, and what counts requests."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import structlog

from .http import TRAIL, ASGIApp, Receive, Scope, Send

Observer = Callable[[Scope, int | None, float], None]
"""(scope, status, seconds): called when a request is over; the status is None if the client hung up first."""


def observed(app: ASGIApp, observers: Sequence[Observer]) -> ASGIApp:
    """`app`, whose requests are told to each of the observers."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        status = None

        async def noting(message: Scope) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        scope.setdefault(TRAIL, {})
        started_at = perf_counter()
        try:
            await app(scope, receive, noting)
        finally:
            seconds = perf_counter() - started_at
            for observe in observers:
                observe(scope, status, seconds)

    return serve


def access_log() -> Observer:
    """A structured line for each request on the logger `presage.access`.

    A line says method, path, status (None if the client hung up first) and ms, and for a call that is known
    also operation, request id and access key id. Queries and headers are left out: they may hold signatures.
    """
    log = structlog.get_logger("presage.access")

    def observe(scope: Scope, status: int | None, seconds: float) -> None:
        trail: dict[str, Any] = scope[TRAIL]
        ms = round(seconds * 1000, 2)
        log.info("request", method=scope["method"], path=scope["path"], status=status, ms=ms, **trail)

    return observe
