"""How logs look: one line an event; JSON for machines, colours for a person at a terminal."""

import atexit
import logging
import os
import sys
import time
from collections.abc import MutableMapping
from contextlib import suppress
from functools import lru_cache
from io import BytesIO, FileIO
from threading import Condition, Thread
from typing import Any

import orjson
import structlog

MOST_WAITING_BYTES = 16 * 1024 * 1024
FLUSH_SECONDS = 1.0
PAUSE_SECONDS = 0.005
"""Lines of so long are written together, for each write takes a while."""
_ALL: list["Lines"] = []
DROPPED = "lines were dropped here, for nobody read the log"


def configure_logs() -> None:
    """Send the logs of this process to standard error."""
    if sys.stderr.isatty():
        shape: list[structlog.typing.Processor] = [
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(),
        ]
        factory = structlog.PrintLoggerFactory(sys.stderr)
    else:
        shape = [structlog.processors.format_exc_info, as_json]
        lines = Lines(FileIO(sys.stderr.fileno(), "w", closefd=False))
        logging.basicConfig(handlers=[Forwarding(lines)], level=logging.WARNING)
        factory = lambda *_names: lines  # noqa: E731
    structlog.configure(
        processors=shape,
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )


def as_json(_logger: object, level: str, event: MutableMapping[str, Any]) -> bytes:
    """An event as a line of JSON, with its level and the time."""
    now = time.time()
    micros = int(now % 1 * 1e6)
    event["level"], event["timestamp"] = level, f"{_second(int(now))}.{micros:06}Z"
    return orjson.dumps(event, default=repr)


@lru_cache(maxsize=2)
def _second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


class Lines:
    """Writes lines from a thread of its own, so that nobody who logs waits for whoever reads them.

    Lines that find too much waiting are dropped; how many is said as soon as lines are read again.

    Parameters
    ----------
    file : unbuffered
    """

    def __init__(self, file: FileIO | BytesIO) -> None:
        self._file = file
        self._begin()
        os.register_at_fork(after_in_child=self._begin)
        _ALL.append(self)

    def _begin(self) -> None:
        """Begin empty and without a thread: a forked process has none, and its parent writes what waits."""
        self._waiting: list[bytes] = []
        self._n_bytes = 0
        self._n_dropped = 0
        self._is_writing = False
        self._writer: Thread | None = None
        self._changed = Condition()

    def msg(self, line: bytes) -> None:
        """Write a line, soon."""
        with self._changed:
            if self._n_bytes + len(line) > MOST_WAITING_BYTES:
                self._n_dropped += 1
                return
            self._waiting.append(line)
            self._n_bytes += len(line) + 1
            if self._writer is None:
                self._writer = Thread(target=self._write_on, name="logs", daemon=True)
                self._writer.start()
            self._changed.notify_all()

    debug = info = warning = error = critical = exception = msg

    def flush(self) -> None:
        """Wait a moment for what waits to be written; a file that nobody reads is not waited for."""
        with self._changed:
            self._changed.wait_for(lambda: not (self._waiting or self._is_writing), FLUSH_SECONDS)

    def _write_on(self) -> None:
        while True:
            self._write(self._take())
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
            time.sleep(PAUSE_SECONDS)

    def _take(self) -> bytes:
        """What is to be written next, once there is something."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            lines, n_dropped = self._waiting, self._n_dropped
            self._waiting, self._n_bytes, self._n_dropped, self._is_writing = [], 0, 0, True
        if n_dropped:
            lines.append(as_json(None, "warning", {"event": DROPPED, "n_lines": n_dropped}))
        return b"\n".join([*lines, b""])

    def _write(self, text: bytes) -> None:
        left = memoryview(text)
        with suppress(OSError):  # nobody can read it any more
            while left:
                n_bytes = self._file.write(left)
                if n_bytes is None:  # it was set not to block, and is full
                    time.sleep(PAUSE_SECONDS)
                else:
                    left = left[n_bytes:]


@atexit.register
def flush_logs() -> None:
    """Wait a moment for what was logged to be written; a process that ends by itself does so anyway."""
    for lines in _ALL:
        lines.flush()


class Forwarding(logging.Handler):
    """Writes what libraries log through `logging` as the events that they are."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        event = {"event": record.getMessage(), "logger": record.name}
        if record.exc_info:
            event["exception"] = logging.Formatter().formatException(record.exc_info)
        self._lines.msg(as_json(None, record.levelname.lower(), event))
