"""A small load generator: requests that are ready as bytes, over many connections, on one event loop."""

import asyncio
import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import uvloop
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SETTLING_SECONDS = 1.0  # connections are made, modules are loaded; no user is warmed up


@dataclass
class Tally:
    """What came back: seconds per answer, and how many answers were no 200."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0

    def __str__(self):
        ms = np.percentile(self.seconds, [50, 99]) * 1000 if self.seconds else (0, 0)
        rate = len(self.seconds) / self.wall_seconds
        times = f"p50 {ms[0]:6.1f} ms  p99 {ms[1]:6.1f} ms  server CPU {self.cpu_us:5.0f} us each"
        return f"{rate:8,.0f}/s  {times}  refused {self.refused}"

    def add(self, other):
        """Take in what came back in another stretch of time."""
        self.seconds += other.seconds
        self.refused += other.refused
        self.wall_seconds += other.wall_seconds
        self.cpu_seconds += other.cpu_seconds

    @property
    def cpu_us(self):
        return self.cpu_seconds / max(1, len(self.seconds)) * 1e6

    @property
    def rate(self):
        return len(self.seconds) / self.wall_seconds


def cpu_seconds(pid):
    """The CPU time that a process and those it started have used, where the system tells it."""
    if pid is None:
        return 0.0
    ticks = 0
    for task in [Path(f"/proc/{pid}"), *_children(pid)]:
        with contextlib.suppress(OSError):
            user, system = (task / "stat").read_text().rpartition(")")[2].split()[11:13]
            ticks += int(user) + int(system)
    return ticks / os.sysconf("SC_CLK_TCK")


def _children(pid):
    """Every process below one."""
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield Path(f"/proc/{child}")
                yield from _children(child)


def signed(url, path, service, body, keys, target=""):
    """One signed POST as the bytes that go over the wire; `target` names an operation of a JSON 1.1 service."""
    json_1_1 = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target}
    kind = json_1_1 if target else {"content-type": "application/json"}
    request = AWSRequest("POST", url + path, data=body, headers=kind)
    SigV4Auth(Credentials(*keys), service, "us-east-1").add_auth(request)
    headers = {"host": url.removeprefix("http://"), "content-length": str(len(body)), **dict(request.headers)}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items())
    return head.encode() + b"\r\n" + body


class _Connection(asyncio.Protocol):
    """Sends the next request whenever an answer is complete, or whenever it is told to."""

    def __init__(self, load):
        self.load = load
        self.buffer = b""
        self.begun = 0.0
        self.busy = False

    def connection_made(self, transport):
        self.transport = transport
        self.load.ready(self)

    def send(self, request, begun=None):
        self.busy = True
        self.begun = begun if begun is not None else time.perf_counter()
        self.transport.write(request)

    def data_received(self, data):
        self.buffer += data
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        at = head.lower().index(b"content-length:") + 15
        length = int(head[at:].split(b"\r\n", 1)[0])
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        self.busy = False
        self.load.tally.seconds.append(time.perf_counter() - self.begun)
        self.load.tally.refused += not head.startswith(b"HTTP/1.1 200")
        self.load.ready(self)


class _Saturating:
    """Every connection always has a request under way."""

    def __init__(self, requests):
        self.requests, self.n_sent, self.tally, self.stopped = requests, 0, Tally(), False

    def ready(self, connection):
        if not self.stopped:
            self.n_sent += 1
            connection.send(self.requests[self.n_sent % len(self.requests)])


class _Offering:
    """Requests come at a fixed rate, whatever the answers do; waiting for a connection counts as latency."""

    def __init__(self, requests):
        self.requests, self.n_sent, self.tally = requests, 0, Tally()
        self.idle, self.waiting = [], []

    def ready(self, connection):
        if self.waiting:
            connection.send(*self.waiting.pop(0))
        else:
            self.idle.append(connection)

    def offer(self):
        self.n_sent += 1
        request, now = self.requests[self.n_sent % len(self.requests)], time.perf_counter()
        if self.idle:
            self.idle.pop().send(request, now)
        else:
            self.waiting.append((request, now))


async def _connect(load, port, n_connections):
    loop = asyncio.get_running_loop()
    return [
        (await loop.create_connection(lambda: _Connection(load), "127.0.0.1", port))[0]
        for _ in range(n_connections)
    ]


async def _saturate(port, requests: Sequence[bytes], n_connections, seconds, pid):
    load = _Saturating(requests)
    transports = await _connect(load, port, n_connections)
    await asyncio.sleep(SETTLING_SECONDS)
    load.tally = Tally()
    begun, cpu = time.perf_counter(), cpu_seconds(pid)
    await asyncio.sleep(seconds)
    load.tally.wall_seconds = time.perf_counter() - begun
    load.tally.cpu_seconds = cpu_seconds(pid) - cpu
    tally, load.tally, load.stopped = load.tally, Tally(), True
    await asyncio.sleep(0.5)
    for transport in transports:
        transport.close()
    return tally


async def _offer(port, requests, per_second, seconds, n_connections):
    load = _Offering(requests)
    transports = await _connect(load, port, n_connections)
    await asyncio.sleep(0.2)
    begun = time.perf_counter()
    for n in range(int(per_second * seconds)):
        await asyncio.sleep(max(0.0, begun + n / per_second - time.perf_counter()))
        load.offer()
    while load.waiting or len(load.idle) < n_connections:
        await asyncio.sleep(0.01)
    load.tally.wall_seconds = time.perf_counter() - begun
    for transport in transports:
        transport.close()
    return load.tally


def saturate(port, requests, *, n_connections, seconds, pid=None):
    """As many answers as `n_connections` that wait for one another can get; `pid` is the server's process."""
    return uvloop.run(_saturate(port, requests, n_connections, seconds, pid))


def offer(port, *streams, seconds, n_connections=100):
    """Several streams of (requests, per_second) at once; a tally for each."""

    async def all_of_them():
        return await asyncio.gather(
            *(_offer(port, requests, rate, seconds, n_connections) for requests, rate in streams)
        )

    return uvloop.run(all_of_them())
