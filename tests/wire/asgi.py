"""Calls an ASGI application in process, as a server would, and gathers its answer."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson

from .generate import Raw


@dataclass(frozen=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        """The error's code, which body and header must agree on."""
        assert self.headers["x-amzn-errortype"] == self.json["__type"]
        return self.json["__type"]

    @property
    def message(self) -> str:
        return self.json.get("message") or self.json["Message"]


def scope_of(raw: Raw) -> dict[str, Any]:
    path, _, query = raw.path.partition("?")
    return {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": raw.method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in raw.headers.items()],
    }


def call(app: Any, raw: Raw, chunk_bytes: int = 1 << 16) -> Response:
    """The answer to one request, whose body arrives in chunks."""
    chunks = [raw.body[at : at + chunk_bytes] for at in range(0, len(raw.body), chunk_bytes)] or [b""]
    messages = [
        {"type": "http.request", "body": chunk, "more_body": n < len(chunks)}
        for n, chunk in enumerate(chunks, 1)
    ]
    return exchange(app, scope_of(raw), messages)


def exchange(app: Any, scope: dict[str, Any], messages: list[dict[str, Any]]) -> Response:
    """What the application sends, given these messages and then silence."""
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0) if messages else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        async with asyncio.timeout(20):
            await app(scope, receive, send)

    asyncio.run(run())
    if not sent:
        return Response(0, {}, b"")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent[0]["headers"]}
    assert all(name == name.lower() for name in headers)
    return Response(sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:]))
