"""A worker's children, each in a process of its own, reached through their guard."""

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from typing import BinaryIO, cast

import structlog

from presage.config import Config

from .messages import Command, Exit, Kill, Lease, Lines, News, Post, Start, from_post, to_line, to_news

PRELOAD = ("numpy", "scipy.sparse", "sqlalchemy", "structlog")
"""What most work imports, what takes long to import, and what starts no threads by being imported."""

SIGKILLED = -9
_CHUNK = 65536
_CLOSE_SECONDS, _RESTART_SECONDS = 10.0, 0.5
_log = structlog.get_logger()
_MAIN = "from presage.jobs.guard import main; main()"  # not -m: it would load a second copy


class Children:
    """Children by key; a guard that died is replaced, and its children count as killed."""

    def __init__(
        self, config: Config, *, lease_seconds: float, threads: int, preload: Collection[str] = PRELOAD
    ) -> None:
        """Start the guard.

        Parameters
        ----------
        lease_seconds : children are killed when `live` is not called for so long
        threads : how many threads Polars may use in each child, unless the environment says
        preload : modules that children find imported; none may start threads
        """
        self._post = Post(config, lease_seconds, tuple(preload))
        self._environment = _environment_with(threads)
        self._keys: set[str] = set()
        self._start_guard()

    @property
    def guard_pid(self) -> int:
        """The guard's process id."""
        return self._guard.pid

    def start(self, key: str, call: str, *arguments: str, reports: bool = False) -> None:
        """Call `package.module:function` with the settings and `arguments` in a child of its own."""
        self._keys.add(key)
        self._tell(Start(key, call, arguments, reports))

    def kill(self, key: str) -> None:
        """Kill a child and all that it started; news of its exit follows."""
        self._tell(Kill(key))

    def live(self, since: float) -> None:
        """Let children live on: at `since` (monotonic) the worker was in its right."""
        self._tell(Lease(since + self._post.lease_seconds))

    def news(self, timeout_seconds: float) -> list[News]:
        """What has come to be known; waits for at most so long."""
        if not select.select([self._link], [], [], timeout_seconds)[0]:
            return []
        try:
            data = self._link.recv(_CHUNK)
        except ConnectionResetError:
            data = b""
        news = [to_news(line) for line in self._lines.feed(data)]
        self._keys.difference_update(one.key for one in news if isinstance(one, Exit))
        if not data:
            news += [Exit(key, SIGKILLED) for key in sorted(self._keys)]
            self._keys.clear()
            self.close()
            _log.error("the guard of the jobs' processes died; starting another", code=self._guard.returncode)
            time.sleep(_RESTART_SECONDS)
            self._start_guard()
        return news

    def close(self) -> None:
        """Kill all children, and wait until they are dead."""
        self._link.close()
        try:
            self._guard.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()

    def _start_guard(self) -> None:
        self._link, theirs = socket.socketpair()
        self._lines = Lines()
        with theirs:
            self._guard = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-c", _MAIN, str(theirs.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env=self._environment,
                start_new_session=True,
            )
        with cast("BinaryIO", self._guard.stdin) as stdin:
            stdin.write(from_post(self._post))

    def _tell(self, command: Command) -> None:
        with suppress(BrokenPipeError):  # the guard has died: news will tell
            self._link.sendall(to_line(command))


def _environment_with(threads: int) -> dict[str, str]:
    """This process' environment with what makes jobs quick; what the user has set stays.

    Polars reads with so many threads. Training has one: its matrices are small, and a second thread made it
    slower (on 2 cores 120,000 events took 7.1 s a pass with two threads that sleep, 2.8 s with two that spin,
    3.3 s with one). The allocator keeps what is freed: asking the system anew took a fifth of the time.
    """
    one = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        **dict.fromkeys(one, "1"),
        "POLARS_MAX_THREADS": str(threads),
        "MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2),
        "MALLOC_TRIM_THRESHOLD_": str(4 * 1024**3),
        **os.environ,
    }
