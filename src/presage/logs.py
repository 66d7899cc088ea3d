"""How logs look: one line an event; JSON for machines, colours for a person at a terminal."""

import asyncio
import atexit
import sys
import time
from collections import deque
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, BinaryIO

import orjson
import structlog


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
        lines = Lines(sys.stderr.buffer)
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
    """Writes lines; within an event loop those of one turn of it together, for each write takes a while."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._waiting: deque[bytes] = deque()
        self._will_write: asyncio.AbstractEventLoop | None = None
        atexit.register(self._write)

    def msg(self, line: bytes) -> None:
        """Write a line, soon."""
        self._waiting.append(line)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._write()
        else:
            if self._will_write is not loop:
                self._will_write = loop
                loop.call_soon(self._write)

    debug = info = warning = error = critical = exception = msg

    def _write(self) -> None:
        self._will_write = None
        text = bytearray()
        while self._waiting:
            text += self._waiting.popleft() + b"\n"
        if text:
            self._file.write(text)
            self._file.flush()
