"""Clients that send too much, too slowly or nothing, over real sockets, within short bounds."""

import asyncio
import contextlib
import socket
import threading
import time

import pytest
import uvicorn

from presage.wire.connection import Bounds, Connections, uvicorn_settings

from ..running import free_port

BOUNDS = Bounds(
    connections=20,
    headers=30,
    head_bytes=4096,
    head_seconds=0.5,
    body_seconds=0.5,
    idle_seconds=1,
    stalled_seconds=0.5,
    ignored_bytes=100_000,
    ignored_seconds=0.5,
)
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
LAST = GET.replace(b"Host: h", b"Connection: close")
MANY = 5_000_000


async def app(scope, receive, send):
    """Answers `/` with what it is sent, `/early` before that, `/many` with much; `/slow` takes a while."""
    if scope["path"] == "/slow":
        await asyncio.sleep(1.5)
    body, more = b"", scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        more = message["more_body"]
    body = b"x" * MANY if scope["path"] == "/many" else body or b"nothing"
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
    )
    await send({"type": "http.response.body", "body": body})


class Quick(Connections):
    """Looks for who is overdue more often than uvicorn calls."""

    async def watch(self):
        while True:
            await self.close_overdue()
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def listening():
    """The port of a listener within `BOUNDS`, and its connections."""
    port, connections = free_port(), Quick(BOUNDS)
    settings = uvicorn_settings(connections) | {"ws": "none", "log_config": None, "lifespan": "off"}
    server = uvicorn.Server(uvicorn.Config(app, port=port, **settings))

    async def run():
        watching = asyncio.create_task(connections.watch())
        await server.serve()
        watching.cancel()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield port, connections
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def port(listening):
    port, connections = listening
    deadline = time.monotonic() + 10
    while connections.open | connections.leaving and time.monotonic() < deadline:  # of the test before
        time.sleep(0.02)
    return port


@contextlib.contextmanager
def connected(port):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        yield sock


def answered(sock):
    """All that comes until the server closes."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while data := sock.recv(1 << 16):
            found += data
    return found


def read_nothing(sock):
    """The answer to `GET`, on a connection that stays."""
    found = b""
    while not found.endswith(b"nothing"):
        data = sock.recv(1000)
        assert data, found
        found += data


def status(answer):
    return int(answer.split(b" ", 2)[1])


def exchange(port, sent):
    with connected(port) as sock:
        with contextlib.suppress(ConnectionError):
            sock.sendall(sent)
        return answered(sock)


def test_what_is_within_the_bounds_is_answered_again_and_again(port):
    head = b"POST / HTTP/1.1\r\nHost: h\r\n" + b"x-a: b\r\n" * 27 + b"Content-Length: 3\r\n\r\nabc"
    answer = exchange(port, 3 * head)
    assert (answer.count(b"HTTP/1.1 200"), answer.count(b"abc")) == (3, 3)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n" + b"x-a: b\r\n" * 31,
        b"GET / HTTP/1.1\r\nx-a: " + b"b" * 5000 + b"\r\n",
        b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\n" + b"x-a: b\r\n" * 200_000,
        b"GET / HTTP/1.1\r\nx-a: " + b"b" * 3_000_000,  # of a header that never ends the parser tells nothing
    ],
    ids=["many headers", "a long header", "a long path", "very many headers", "a header without end"],
)
def test_a_head_that_is_too_large_is_refused(port, head):
    answer = exchange(port, head + b"\r\n")
    assert status(answer) == 431 or answer == b""  # a reset may come before the answer is read
    assert exchange(port, LAST).endswith(b"nothing")


def test_the_refusal_of_a_head_says_what_may_be_sent(port):
    answer = exchange(port, b"GET / HTTP/1.1\r\n" + b"x-a: b\r\n" * 31 + b"\r\n")
    assert b'"__type":"RequestHeaderFieldsTooLarge"' in answer
    assert b"it may have 30 headers and 4096 bytes" in answer
    assert b"connection: close" in answer


def test_trailers_count_as_headers(port):
    chunked = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
    assert status(exchange(port, chunked + b"x-a: b\r\n" * 2 + b"\r\n")) == 200
    assert status(exchange(port, chunked + b"x-a: b\r\n" * 40 + b"\r\n")) == 431


def test_what_is_no_http_is_refused_in_json(port):
    answer = exchange(port, b"\x16\x03\x01 hello\r\n\r\n")
    assert status(answer) == 400
    assert b'"__type":"BadRequest"' in answer


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET / HT", GET[:-2], GET + b"GET"])
def test_a_head_that_does_not_come_is_not_waited_for(port, sent):
    with connected(port) as sock:
        sock.sendall(sent)
        begun = time.monotonic()
        answered(sock)
        assert time.monotonic() - begun < 9


def test_a_head_that_drips_is_not_waited_for(port):
    with connected(port) as sock, contextlib.suppress(ConnectionError):
        for byte in b"GET / HTTP/1.1\r\nHost: " + b"h" * 300:
            sock.sendall(bytes([byte]))
            time.sleep(0.02)
        pytest.fail("six seconds of dripping were borne")


def test_a_body_that_stops_coming_is_answered_with_408(port):
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc"
    answer = exchange(port, head)
    assert status(answer) == 408
    assert b'"__type":"RequestTimeout"' in answer


def test_an_answer_that_takes_long_is_waited_for(port):
    assert status(exchange(port, b"GET /slow HTTP/1.1\r\nConnection: close\r\n\r\n")) == 200


def test_an_answer_that_nobody_reads_is_given_up(port, listening):
    with connected(port) as sock:
        sock.sendall(b"GET /many HTTP/1.1\r\nHost: h\r\n\r\n")
        deadline = time.monotonic() + 10
        while listening[1].open and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not listening[1].open


def test_an_answer_that_is_read_slowly_comes_as_a_whole(port):
    with connected(port) as sock:
        sock.sendall(b"GET /many HTTP/1.1\r\nConnection: close\r\n\r\n")
        n_bytes = 0
        while data := sock.recv(1 << 16):
            n_bytes += len(data)
            time.sleep(0.01)
        assert n_bytes > MANY


def test_a_body_that_was_answered_already_is_listened_to_for_a_while(port):
    early = b"POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n"
    answer = exchange(port, early % 50_000 + b"b" * 50_000 + GET)
    assert answer.count(b"HTTP/1.1 200") == 2
    begun = time.monotonic()
    with connected(port) as sock, contextlib.suppress(ConnectionError):
        sock.sendall(early % 10**9)
        while time.monotonic() - begun < 10:
            sock.sendall(b"b" * 100_000)
            time.sleep(0.01)
        pytest.fail("a gigabyte that nobody wants was listened to")


def test_a_body_that_waits_to_be_asked_for_is_not_waited_for(port):
    head = b"POST /early HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 27\r\n\r\n"
    assert exchange(port, head + GET).count(b"HTTP/1.1 200") == 1


def test_one_more_connection_closes_the_longest_idle_one(port):
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(connected(port)) for _ in range(BOUNDS.connections)]
        for sock in idle:
            sock.sendall(GET)
            read_nothing(sock)
        assert status(exchange(port, LAST)) == 200
        assert answered(idle[0]) == b""
        idle[-1].sendall(GET)
        read_nothing(idle[-1])


def test_with_all_connections_in_use_one_more_is_refused(port):
    with contextlib.ExitStack() as stack:
        busy = [stack.enter_context(connected(port)) for _ in range(BOUNDS.connections)]
        for sock in busy:
            sock.sendall(b"GET /slow HTTP/1.1\r\nConnection: close\r\n\r\n")
        time.sleep(0.3)
        answer = exchange(port, b"")
        assert status(answer) == 503
        assert b"20 connections are open" in answer
        assert [status(answered(sock)) for sock in busy] == [200] * BOUNDS.connections


def test_hundreds_that_do_nothing_keep_nobody_out(port, listening):
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connected(port))
        assert status(exchange(port, LAST)) == 200
        assert len(listening[1].open) <= BOUNDS.connections + 1


def test_a_client_is_not_to_blame_for_what_its_server_stood_still(port, listening):
    connections = listening[1]
    with connected(port) as sock:
        sock.sendall(GET)
        read_nothing(sock)
        (connection,) = connections.open
        connections.now -= 60  # as if a minute had passed since the answer, and nobody had looked
        connection._due -= 60
        time.sleep(0.3)
        sock.sendall(GET)
        read_nothing(sock)
