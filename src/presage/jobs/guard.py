"""A small process beside each worker: it forks the children, and kills them when the worker is gone.

It has one thread and imports no library that starts threads, so that forking is safe; what it imports ahead,
its children find loaded. When the worker dies, the socket between them closes; when the worker stands still,
its lease runs out before another worker may take its jobs. Either way every child's process group is killed.
"""

import gc
import importlib
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

from presage.logs import configure_logs, flush_logs

from .child import die_with, do
from .messages import Command, Exit, Kill, Lines, Renew, Setup, Start, to_command, to_line, to_setup
from .outside import oom_counters, oom_kills, was_killed_from_outside
from .watchdog import LOOKS, Watchdog

_CHUNK = 65536
_BACKGROUND_NICENESS = 10


@dataclass
class _Child:
    key: str
    pipe: int
    oom_kills: int | None
    watchdog: Watchdog
    lines: Lines = field(default_factory=Lines)


class Guard:
    """Carries out the commands of the worker at the other end of `link`."""

    def __init__(self, link: socket.socket, setup: Setup) -> None:
        link.setblocking(False)
        self._link = link
        self._unsent = b""
        self._config, self._limits = setup.config, setup.limits
        self._until = time.monotonic() + setup.lease_seconds
        self._look_seconds = min(setup.limits.stall_seconds, setup.limits.silent_seconds) / LOOKS
        self._look_at = 0.0
        self._children: dict[int, _Child] = {}
        self._commands = Lines()
        self._oom_counters = oom_counters()
        self._wakeup, write_end = os.pipe()
        os.set_blocking(write_end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Work until the worker is gone; no child outlives this."""
        try:
            while self._turn():
                pass
        finally:
            self._kill_all()
            for pid in self._children:
                os.waitpid(pid, 0)

    def _turn(self) -> bool:
        """Wait for something to happen and act on it; False when the worker is gone."""
        pipes = {child.pipe: child for child in self._children.values()}
        heard = [] if len(self._unsent) > _CHUNK else pipes  # a worker that stands still is sent no more
        writers = [self._link] if self._unsent else []
        timeout = max(0.0, min(self._until, self._look_at) - time.monotonic()) if self._children else None
        ready, _, _ = select.select([self._link, self._wakeup, *heard], writers, [], timeout)
        for pipe in pipes.keys() & ready:
            self._relay(pipes[pipe])
        if time.monotonic() >= self._until:
            self._kill_all()
        elif time.monotonic() >= self._look_at:
            self._look_after_all()
        if self._wakeup in ready:
            os.read(self._wakeup, _CHUNK)
            self._reap()
        self._send()
        return self._link not in ready or self._listen()

    def _listen(self) -> bool:
        data = self._link.recv(_CHUNK)
        for line in self._commands.feed(data):
            self._carry_out(to_command(line))
        return bool(data)

    def _send(self) -> None:
        with suppress(BlockingIOError):
            while self._unsent:
                self._unsent = self._unsent[self._link.send(self._unsent) :]

    def _carry_out(self, command: Command) -> None:
        match command:
            case Start():
                self._fork(command)
            case Kill(key):
                for pid, child in self._children.items():
                    if child.key == key:
                        _kill_group(pid)
            case Renew(until):
                self._until = until

    def _kill_all(self) -> None:
        for pid in self._children:
            _kill_group(pid)

    def _look_after_all(self) -> None:
        """Kill the children that make no progress."""
        now = time.monotonic()
        self._look_at = now + self._look_seconds
        for pid, child in self._children.items():
            if stalled := child.watchdog.look(now):
                self._unsent += to_line(stalled)
                _kill_group(pid)

    def _fork(self, start: Start) -> None:
        _import(start.imports)
        read_end, write_end = os.pipe()
        guard_pid, n_oom_kills = os.getpid(), oom_kills(self._oom_counters)
        pid = os.fork()
        if pid == 0:
            os.close(read_end)
            self._be_a_child(start, write_end, guard_pid)
        os.close(write_end)
        with suppress(OSError):  # the child does it too: whoever comes first
            os.setpgid(pid, pid)
        os.set_blocking(read_end, False)
        watchdog = Watchdog(start.key, pid, self._limits, time.monotonic())
        self._children[pid] = _Child(start.key, read_end, n_oom_kills, watchdog)

    def _be_a_child(self, start: Start, pipe: int, guard_pid: int) -> NoReturn:
        code = 1
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            die_with(guard_pid)
            if start.background:
                os.nice(_BACKGROUND_NICENESS)  # which lowers the priority of its input and output too
            self._link.close()
            for child in self._children.values():
                os.close(child.pipe)
            code = do(start, self._config, pipe)
            sys.stdout.flush()
            sys.stderr.flush()
            flush_logs()
        finally:
            os._exit(code)  # what the work left running in threads must not keep it

    def _relay(self, child: _Child) -> bool:
        """Pass on what a child has sent; False when there is nothing."""
        try:
            data = os.read(child.pipe, _CHUNK)
        except BlockingIOError:
            return False
        for line in child.lines.feed(data):
            child.watchdog.hear(line, time.monotonic())
            self._unsent += line + b"\n"
        return bool(data)

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _kill_group(pid)  # what it started and left behind
            child = self._children.pop(pid)
            while self._relay(child):
                pass
            os.close(child.pipe)
            self._unsent += to_line(self._exit(child, os.waitstatus_to_exitcode(status)))

    def _exit(self, child: _Child, code: int) -> Exit:
        n_oom_kills = oom_kills(self._oom_counters) if code < 0 else None
        return Exit(child.key, code, was_killed_from_outside(code, child.oom_kills, n_oom_kills))


def _import(modules: Collection[str]) -> None:
    """Load modules for the children to come. One that cannot be loaded is theirs to say: they need it."""
    missing = [module for module in modules if module not in sys.modules]
    for module in missing:
        with suppress(Exception):
            importlib.import_module(module)
    if missing:
        gc.collect()
        gc.freeze()


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Guard children: standard input holds the set-up, the argument numbers the socket to the worker."""
    configure_logs()
    setup = to_setup(sys.stdin.buffer.read())
    guard = Guard(socket.socket(fileno=int(sys.argv[1])), setup)
    _import(setup.preload)
    with suppress(BrokenPipeError, ConnectionResetError):
        guard.serve()
