"""The access log: one structured line a request."""

from time import perf_counter
from typing import Any

import structlog

from .http import ASGIApp, Receive, Scope, Send


def with_access_log(app: ASGIApp) -> ASGIApp:
    """`app`, with a line for each request on the logger `presage.access`.

    A line says method, path, status (None if the client hung up first) and ms, and for an AWS call also
    operation, request id and access key id. Queries and headers are left out: they may hold signatures.
    """
    log = structlog.get_logger("presage.access")

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

        trail: dict[str, Any] = scope.setdefault("presage", {})
        started_at = perf_counter()
        try:
            await app(scope, receive, noting)
        finally:
            ms = round((perf_counter() - started_at) * 1000, 2)
            log.info("request", method=scope["method"], path=scope["path"], status=status, ms=ms, **trail)

    return serve
