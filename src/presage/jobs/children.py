"""A worker's children: processes that do one job's work each, started and ended through their guard."""

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

from .messages import (
    Command,
    Exit,
    Kill,
    Limits,
    Lines,
    Message,
    Renew,
    Setup,
    Start,
    from_setup,
    to_line,
    to_message,
)

PRELOAD = ("numpy", "scipy.sparse", "sqlalchemy", "structlog")
"""What most work imports, what takes long to import, and what starts no threads by being imported."""

SIGKILLED = -9
_CHUNK = 65536
_CLOSE_SECONDS, _RESTART_SECONDS = 10.0, 0.5
_log = structlog.get_logger()
_MAIN = "from presage.jobs.guard import main; main()"  # not -m: it would load a second copy


class Children:
    """Children by key; a guard that died is replaced, and its children count as killed from outside."""

    def __init__(
        self,
        config: Config,
        *,
        lease_seconds: float,
        limits: Limits,
        threads: int,
        preload: Collection[str] = PRELOAD,
    ) -> None:
        """Start the guard.

        Parameters
        ----------
        lease_seconds : children are killed when `renew` is not called for so long
        limits : how long a child may make no progress
        threads : how many threads Polars may use in each child, unless the environment says
        preload : modules that children find imported; none may start threads
        """
        self._setup = Setup(config, lease_seconds, limits, tuple(preload))
        self._environment = _environment_with(threads)
        self._keys: set[str] = set()
        self._start_guard()

    @property
    def guard_pid(self) -> int:
        """The guard's process id."""
        return self._guard.pid

    def start(
        self,
        key: str,
        call: str,
        *arguments: str,
        reports: bool = False,
        background: bool = False,
        imports: tuple[str, ...] = (),
    ) -> None:
        """Call `package.module:function` with the settings and `arguments` in a child of its own.

        Parameters
        ----------
        imports : modules that this child and later ones find imported; none may start threads
        """
        self._keys.add(key)
        self._send(Start(key, call, arguments, reports, background, imports))

    def kill(self, key: str) -> None:
        """Kill a child and all that it started; its Exit follows."""
        self._send(Kill(key))

    def renew(self, since: float) -> None:
        """Let children live for another lease; it begins at `since` (monotonic), before the heartbeat."""
        self._send(Renew(since + self._setup.lease_seconds))

    def receive(self, timeout_seconds: float) -> list[Message]:
        """The messages that have come; waits for the first one for at most so long."""
        if not select.select([self._link], [], [], timeout_seconds)[0]:
            return []
        try:
            data = self._link.recv(_CHUNK)
        except ConnectionResetError:
            data = b""
        messages = [to_message(line) for line in self._lines.feed(data)]
        self._keys.difference_update(one.key for one in messages if isinstance(one, Exit))
        if not data:
            messages += [Exit(key, SIGKILLED, from_outside=True) for key in sorted(self._keys)]
            self._keys.clear()
            self.close()
            _log.error("the guard of the jobs' processes died; starting another", code=self._guard.returncode)
            time.sleep(_RESTART_SECONDS)
            self._start_guard()
        return messages

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
            stdin.write(from_setup(self._setup))

    def _send(self, command: Command) -> None:
        with suppress(BrokenPipeError):  # the guard has died: `receive` finds that out
            self._link.sendall(to_line(command))


def _environment_with(threads: int) -> dict[str, str]:
    """This process' environment with what makes jobs quick; what the user has set stays.

    Polars reads with so many threads; everything else has one, and the allocator keeps what is freed. The
    figures are in docs/decisions/one-thread-a-training.md.
    """
    one = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        **dict.fromkeys(one, "1"),
        "POLARS_MAX_THREADS": str(threads),
        "MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2),
        "MALLOC_TRIM_THRESHOLD_": str(4 * 1024**3),
        **os.environ,
    }
