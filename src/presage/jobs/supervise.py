"""Keeping a process running beside this one, and not longer than this one."""

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence

import structlog

_SUPERVISOR_FD = "PRESAGE_SUPERVISOR_FD"
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.2, 10.0
_HEALTHY_SECONDS = 60.0
_STOP_SECONDS = 40.0
_log = structlog.get_logger()


def supervisor_fd() -> int | None:
    """The file descriptor that becomes readable when this process' supervisor is gone; None without one."""
    number = os.environ.pop(_SUPERVISOR_FD, "")
    return int(number) if number else None


def repeat(turn: Callable[[], None]) -> None:
    """Call a function until SIGTERM or SIGINT, or until the process that supervises this one is gone."""
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signum, _frame: stopping.append(signum))
    supervisor = supervisor_fd()
    while not stopping and not (supervisor is not None and select.select([supervisor], [], [], 0)[0]):
        turn()


class Supervisor:
    """Runs a command, and runs it again when its process dies; that process stops when this one dies.

    The command heeds `supervisor_fd`.
    """

    def __init__(self, command: Sequence[str], *, name: str) -> None:
        """Start the command in a process of its own.

        Parameters
        ----------
        command : such as `presage worker ...`
        name : what runs there, for the log
        """
        self._command, self._name = list(command), name
        self._theirs, self._ours = os.pipe()
        self._stopping = threading.Event()
        self._process = self._spawn()
        self._thread = threading.Thread(target=self._keep_running, name=f"supervisor of {name}", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The process that runs now, or ran last."""
        return self._process.pid

    def stop(self) -> None:
        """Let the process stop, as SIGTERM does, and wait for it."""
        self._stopping.set()
        os.close(self._ours)
        self._thread.join(_STOP_SECONDS)
        if self._thread.is_alive():
            self._process.kill()
            self._thread.join()
        os.close(self._theirs)

    def _spawn(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, _SUPERVISOR_FD: str(self._theirs)}
        return subprocess.Popen(  # noqa: S603
            self._command, stdin=subprocess.DEVNULL, env=environment, pass_fds=[self._theirs]
        )

    def _keep_running(self) -> None:
        delay_seconds = _SHORTEST_SECONDS
        started_at = time.monotonic()
        while True:
            code = self._process.wait()
            if self._stopping.is_set():
                return
            _log.warning(f"the {self._name} died; it is started again", code=code)
            if time.monotonic() - started_at > _HEALTHY_SECONDS:
                delay_seconds = _SHORTEST_SECONDS
            if self._stopping.wait(delay_seconds):
                return
            delay_seconds = min(_LONGEST_SECONDS, 2 * delay_seconds)
            started_at = time.monotonic()
            try:
                self._process = self._spawn()
            except OSError as error:  # the machine has no room for it now; the one that died is dead still
                _log.warning(f"the {self._name} cannot be started; it is tried again", error=str(error))
