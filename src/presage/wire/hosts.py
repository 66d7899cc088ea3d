"""By which names a server that anybody may call answers: a web page must not reach it by one of its own.

A page can have its own name lead to this machine (DNS rebinding), and the browser then takes the two for one.
What a page cannot do is to have the browser send another name than its own.
"""

from collections.abc import Iterable

from .calls import error_answer
from .http import ASGIApp, Receive, Scope, Send, header_of

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def with_hosts(app: ASGIApp, names: Iterable[str]) -> ASGIApp:
    """`app`, for requests whose Host is a loopback name, below `localhost`, one of `names`, or missing."""
    allowed = frozenset([*LOOPBACK, *(name.lower() for name in names)])

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        host = header_of(scope, b"host")
        name = _without_port(host.decode("latin-1")) if host else "localhost"
        if name in allowed or name.endswith(".localhost"):
            await app(scope, receive, send)
            return
        text = (
            f"this server does not answer to the name {name[:200]!r}: until it has access keys, only to"
            " localhost and to the names that --hosts gives"
        )
        await error_answer(None, 403, "AccessDeniedException", text).send(send)

    return serve


def _without_port(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return (name if colon and port.isdigit() else host.lower()).rstrip(".")
