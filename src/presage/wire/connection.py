"""A client's connection: what it may cost before anybody knows who is there, and how long it may take.

uvicorn reads and writes HTTP; the bounds that it leaves to a proxy in front are here, for there need be none.
"""

import logging
import math
import time
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from .calls import error_answer
from .http import Answer

logging.getLogger("presage.connection").setLevel(logging.ERROR)
"""What strangers send wrongly leaves no line: they could fill the log with them."""


STANDSTILL_SECONDS = 5.0
"""When nobody looked for who is overdue for so long, this process was stopped, and no client is to blame."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What is borne of clients.

    Parameters
    ----------
    connections : open at once; one more closes the one that has been idle longest, or is refused with 503
    headers, head_bytes : of one request; more are refused with 431
    head_seconds : in which a request's head must have come
    body_seconds : of waiting for more of a body
    idle_seconds : between two requests
    stalled_seconds : in which a client takes in nothing of its answer
    ignored_bytes, ignored_seconds : of a body, and for a body, that was answered before it had come
    """

    connections: int = 2_000
    headers: int = 100
    head_bytes: int = 64 * 1024
    head_seconds: float = 20.0
    body_seconds: float = 60.0
    idle_seconds: int = 75
    stalled_seconds: float = 60.0
    ignored_bytes: int = 1024 * 1024
    ignored_seconds: float = 5.0


@dataclass
class Connections:
    """All connections of one listener; called as uvicorn calls the class of its connections.

    Attributes
    ----------
    now : the time as of the last look at who is overdue, which is exact enough and costs nothing to read
    leaving : those that are being closed
    idle : those on which no request is under way, the one that has been so longest first
    """

    bounds: Bounds = field(default_factory=Bounds)
    now: float = field(default_factory=time.monotonic)
    open: set["Connection"] = field(default_factory=set["Connection"])
    leaving: set["Connection"] = field(default_factory=set["Connection"])
    idle: dict["Connection", None] = field(default_factory=dict["Connection", None])

    def __call__(self, **settings: Any) -> "Connection":
        """A new connection."""
        return Connection(self, **settings)

    async def close_overdue(self) -> None:
        """Close the connections that keep us waiting for too long; to be called every second or so."""
        passed = time.monotonic() - self.now
        self.now += passed
        for connection in (*self.open, *self.leaving):
            if passed > STANDSTILL_SECONDS:
                connection.wait_longer(passed)
            connection.close_if_overdue(self.now)

    def make_room(self) -> bool:
        """Whether one more connection may stay; the longest idle one is closed for it."""
        if len(self.open) <= self.bounds.connections:
            return True
        longest = next(iter(self.idle), None)
        if longest is None:
            return False
        longest.close()
        return True


class Connection(HttpToolsProtocol):
    """One connection, within bounds."""

    def __init__(self, all_connections: Connections, **settings: Any) -> None:
        super().__init__(**settings)
        self.logger = logging.getLogger("presage.connection")
        self._all, self._bounds = all_connections, all_connections.bounds
        self._reads_head = False
        self._is_whole = True
        self._n_headers = self._head_bytes = self._ignored_bytes = 0
        self._due = self._writes_due = math.inf

    def connection_made(self, transport: Any) -> None:
        """A client has come: it stays if there is room."""
        super().connection_made(transport)
        self._all.open.add(self)
        if self._all.make_room():
            self._all.idle[self] = None
            self._due = self._all.now + self._bounds.head_seconds
        else:
            text = f"{self._bounds.connections} connections are open, and all of them in use; try again"
            self._refuse(503, "ServiceUnavailable", text)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or was sent away."""
        super().connection_lost(exc)
        self._leave()
        self._all.leaving.discard(self)

    def data_received(self, data: bytes) -> None:
        """Read what has come; a head that does not end is refused."""
        if self.transport.is_closing():
            return
        goes_on = self._reads_head
        super().data_received(data)
        if goes_on and self._reads_head:
            self._head_bytes += len(data)
            if self._is_too_large():
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._reads_head, self._is_whole = True, False
        self._n_headers = self._head_bytes = self._ignored_bytes = 0
        self._due = self._all.now + self._bounds.head_seconds

    def on_url(self, url: bytes) -> None:
        """A piece of the path and query."""
        self._head_bytes += len(url)
        if self._is_too_large():
            raise ValueError("the path is too long")
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer after the body."""
        self._n_headers += 1
        self._head_bytes += len(name) + len(value)
        if self._n_headers > self._bounds.headers or self._head_bytes > self._bounds.head_bytes:
            raise ValueError("the head is too large")  # the parser stops, and has it refused
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there, and is answered from now on."""
        self._reads_head = False
        self._all.idle.pop(self, None)
        self._due = self._all.now + self._bounds.body_seconds
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        super().on_body(body)
        if not self.cycle.response_complete:
            self._due = self._all.now + self._bounds.body_seconds
            return
        self._ignored_bytes += len(body)
        if self._ignored_bytes > self._bounds.ignored_bytes:
            self.close()

    def on_message_complete(self) -> None:
        """The request is there as a whole: from now on the client waits."""
        super().on_message_complete()
        self._is_whole, self._due = True, math.inf
        if self.cycle.response_complete:
            self._rest()

    def on_response_complete(self) -> None:
        """The answer is given, perhaps before the request had come."""
        super().on_response_complete()
        if not self.cycle.response_complete:
            return  # of another request, which came early, the answer is still to be given
        if self._is_whole:
            self._rest()
        elif self.expect_100_continue:  # the body may never come: the next request would be taken for it
            self.close()
        else:
            self._due = self._all.now + self._bounds.ignored_seconds

    def pause_writing(self) -> None:
        """The client takes in less than it is sent."""
        super().pause_writing()
        self._writes_due = self._all.now + self._bounds.stalled_seconds

    def resume_writing(self) -> None:
        """The client has taken in most of it."""
        super().resume_writing()
        self._writes_due = math.inf

    def close_if_overdue(self, now: float) -> None:
        """Send the client away if it has kept us waiting for too long."""
        if self.transport.is_closing() and self._due == math.inf:
            self.close()
        elif now > self._writes_due:
            self.transport.abort()
        elif now > self._due and not self.flow.read_paused:
            self._give_up()

    def wait_longer(self, seconds: float) -> None:
        """Wait for the client so much longer: it was this process that stood still."""
        self._due += seconds
        self._writes_due += seconds

    def close(self) -> None:
        """Close once what was written is sent, which must not take long."""
        self._leave()
        self._all.leaving.add(self)
        self._due = self._writes_due = self._all.now + self._bounds.ignored_seconds
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read."""
        if not self._is_too_large():
            self._refuse(400, "BadRequest", msg)
            return
        text = (
            f"the request's head is too large; it may have {self._bounds.headers} headers"
            f" and {self._bounds.head_bytes} bytes"
        )
        self._refuse(431, "RequestHeaderFieldsTooLarge", text)

    def _rest(self) -> None:
        """No request is under way; if one came early, it is next."""
        if not self.pipeline and self.cycle.response_complete:
            self._all.idle[self] = None
            self._due = self._all.now + self._bounds.idle_seconds

    def _leave(self) -> None:
        self._all.open.discard(self)
        self._all.idle.pop(self, None)

    def _is_too_large(self) -> bool:
        return self._head_bytes > self._bounds.head_bytes or self._n_headers > self._bounds.headers

    def _give_up(self) -> None:
        """Stop waiting for the client."""
        if self.transport.is_closing():
            self.transport.abort()
        elif self._is_whole or (cycle := self._latest()) is None or cycle.response_started:
            self.close()
        else:
            text = f"no more of the request came for {self._bounds.body_seconds:g} s"
            self._refuse(408, "RequestTimeout", text)

    def _refuse(self, status: int, code: str, text: str) -> None:
        """Say why, unless an answer is under way, and close."""
        cycle = self._latest()
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(_raw(error_answer(None, status, code, text)))
        if cycle is not None:
            cycle.disconnected = True
            cycle.message_event.set()
        self.close()

    def _latest(self) -> RequestResponseCycle | None:
        """The latest request whose head has come, and its answer; None before the first."""
        return self.cycle


def _raw(answer: Answer) -> bytes:
    """An answer as it goes over the wire, the last on its connection."""
    headers = (
        *answer.headers,
        (b"content-length", b"%d" % len(answer.body)),
        (b"connection", b"close"),
    )
    return b"".join(
        [STATUS_LINE[answer.status], *(b"%b: %b\r\n" % header for header in headers), b"\r\n", answer.body]
    )


def uvicorn_settings(connections: Connections) -> dict[str, Any]:
    """What uvicorn must be told so that connections are these."""
    return {
        "http": connections,
        "timeout_keep_alive": connections.bounds.idle_seconds,
        "timeout_notify": 1,
        "callback_notify": connections.close_overdue,
    }
