"""presage's own calls as any program makes them: JSON over HTTP, connections kept open, some at once."""

import http.client
import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .service import DemoError, Record

AT_ONCE = 8


T = TypeVar("T")


class Calls:
    """Calls of a server that answers anybody; a few run at once."""

    def __init__(self, endpoint: str) -> None:
        self._host = urlsplit(endpoint).netloc
        self._mine = threading.local()
        self._threads = ThreadPoolExecutor(AT_ONCE)
        self._opened: list[http.client.HTTPConnection] = []

    def __call__(self, method: str, path: str, body: bytes | Record | None = None) -> Any:
        """What is answered. Raises DemoError with the server's words."""
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        try:
            connection = self._connection()
            connection.request(method, path, sent, {"content-type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._mine.connection = None
            raise DemoError(f"{method} {path}: {error or type(error).__name__}") from error
        told = json.loads(text) if text else None
        if answer.status >= http.client.BAD_REQUEST:
            raise DemoError(f"{method} {path}: {told['message'] if told else answer.status}")
        return told

    def each(self, call: Callable[[int], T], numbers: Iterable[int]) -> list[T]:
        """What something that makes calls answers to each of the numbers, in their order."""
        return list(self._threads.map(call, numbers))

    def close(self) -> None:
        """End the threads, and all connections."""
        self._threads.shutdown()
        for connection in self._opened:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        """This thread's own."""
        if getattr(self._mine, "connection", None) is None:
            self._mine.connection = http.client.HTTPConnection(self._host, timeout=60)
            self._opened.append(self._mine.connection)
        return self._mine.connection
