"""What happens inside the process that does one job's work."""

import ctypes
import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from presage.config import Config
from presage.errors import JobFailure, is_unavailable
from presage.files import is_full

from .messages import Crash, Failure, Message, MustWait, Progress, Start, to_line

MOST_CHARACTERS = 500
NO_SPACE, OUTAGE = "waiting for space on the disk", "waiting until it answers again"
REPORT_SECONDS = 0.1
"""Progress within a step is passed on at most so often."""
_PR_SET_PDEATHSIG = 1


def load(path: str) -> Callable[..., None]:
    """The function at `package.module:function`."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def die_with(parent: int) -> None:
    """Be killed when the parent dies (on Linux); at once if it is dead already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def do(start: Start, config: Config, pipe: int) -> int:
    """Call the function and write the messages about it to `pipe`; the exit code."""

    def send(message: Message) -> None:
        data = to_line(message)
        while data:
            data = data[os.write(pipe, data) :]

    arguments: list[Any] = [config, *start.arguments]
    if start.reports:
        arguments.append(_reporter(start.key, send))
    try:
        load(start.call)(*arguments)
    except JobFailure as failure:
        send(Failure(start.key, str(failure)))
    except BaseException as error:
        if step := _waits_for(error):
            send(MustWait(start.key, summary(error), step))
            return 1
        send(Crash(start.key, summary(error), traceback.format_exc()))
    else:
        return 0
    return 1


def _waits_for(error: BaseException) -> str:
    """What a job must wait for, in words, if the error is no fault of its own; empty if it is."""
    if is_full(error):
        return NO_SPACE
    first = str(error).partition("\n")[0]
    return f"{OUTAGE}: {first}"[:MOST_CHARACTERS] if is_unavailable(error) else ""


def summary(error: BaseException) -> str:
    """An error in one line, without its trace."""
    first = str(error).strip().partition("\n")[0]
    name = type(error).__name__
    return (f"{name}: {first}" if first else name)[:MOST_CHARACTERS]


def _reporter(key: str, send: Callable[[Message], None]) -> Callable[[str, float], None]:
    last_step, last_at = "", 0.0

    def report(step: str, fraction: float) -> None:
        nonlocal last_step, last_at
        now = time.monotonic()
        if step == last_step and now - last_at < REPORT_SECONDS:
            return
        last_step, last_at = step, now
        send(Progress(key, step, min(1.0, max(0.0, float(fraction)))))

    return report
