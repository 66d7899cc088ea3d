"""A small process beside each worker: it forks the children, and kills them when the worker is gone.

It has one thread and imports no library that starts threads, so that forking is safe; what it imports ahead,
its children find loaded. When the worker dies the link closes; when the worker is alive but stands still, its
lease runs out before another worker may take its jobs. Either way every child's process group is killed.
"""

import gc
import importlib
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

from presage.config import Config
from presage.logs import configure_logs

from .child import die_with, do
from .messages import Command, Exit, Kill, Lease, Lines, Start, to_command, to_line, to_post

_CHUNK = 65536


@dataclass
class _Child:
    key: str
    pipe: int
    lines: Lines = field(default_factory=Lines)


class Guard:
    """Does what the worker at the other end of `link` says."""

    def __init__(self, link: socket.socket, config: Config, lease_seconds: float) -> None:
        link.setblocking(False)
        self._link = link
        self._unsent = b""
        self._config = config
        self._until = time.monotonic() + lease_seconds
        self._children: dict[int, _Child] = {}
        self._commands = Lines()
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
        """Wait for something to happen and see to it; False when the worker is gone."""
        pipes = {child.pipe: child for child in self._children.values()}
        heard = [] if len(self._unsent) > _CHUNK else pipes  # a worker that stands still is not told more
        writers = [self._link] if self._unsent else []
        timeout = max(0.0, self._until - time.monotonic()) if self._children else None
        ready, _, _ = select.select([self._link, self._wakeup, *heard], writers, [], timeout)
        if time.monotonic() >= self._until:
            self._kill_all()
        for pipe in pipes.keys() & ready:
            self._relay(pipes[pipe])
        if self._wakeup in ready:
            os.read(self._wakeup, _CHUNK)
            self._reap()
        self._send()
        return self._link not in ready or self._listen()

    def _listen(self) -> bool:
        data = self._link.recv(_CHUNK)
        for line in self._commands.feed(data):
            self._obey(to_command(line))
        return bool(data)

    def _send(self) -> None:
        with suppress(BlockingIOError):
            while self._unsent:
                self._unsent = self._unsent[self._link.send(self._unsent) :]

    def _obey(self, command: Command) -> None:
        match command:
            case Start():
                self._fork(command)
            case Kill(key):
                for pid, child in self._children.items():
                    if child.key == key:
                        _kill_group(pid)
            case Lease(until):
                self._until = until

    def _kill_all(self) -> None:
        for pid in self._children:
            _kill_group(pid)

    def _fork(self, start: Start) -> None:
        read_end, write_end = os.pipe()
        guard_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            os.close(read_end)
            self._be_a_child(start, write_end, guard_pid)
        os.close(write_end)
        with suppress(OSError):  # the child does it too: whoever comes first
            os.setpgid(pid, pid)
        os.set_blocking(read_end, False)
        self._children[pid] = _Child(start.key, read_end)

    def _be_a_child(self, start: Start, pipe: int, guard_pid: int) -> NoReturn:
        code = 1
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            die_with(guard_pid)
            self._link.close()
            for child in self._children.values():
                os.close(child.pipe)
            code = do(start, self._config, pipe)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)  # what the work left running in threads must not keep it

    def _relay(self, child: _Child) -> bool:
        """Pass on what a child said; False when there is nothing."""
        try:
            data = os.read(child.pipe, _CHUNK)
        except BlockingIOError:
            return False
        for line in child.lines.feed(data):
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
            self._unsent += to_line(Exit(child.key, os.waitstatus_to_exitcode(status)))


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Guard children as standard input says, reached through the socket that the argument numbers."""
    configure_logs()
    post = to_post(sys.stdin.buffer.read())
    guard = Guard(socket.socket(fileno=int(sys.argv[1])), post.config, post.lease_seconds)
    for module in post.preload:
        importlib.import_module(module)
    gc.freeze()
    with suppress(BrokenPipeError, ConnectionResetError):
        guard.serve()
