"""Notices a child that makes no progress: it reports nothing, and uses no CPU time or takes far too long."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .messages import Limits, Progress, Stalled, to_message

LOOKS = 20
"""A watchdog looks so many times within the shortest time that it allows a child."""

_ALMOST_NONE = 0.01
"""A child that uses less of a core than this is idle."""

_PROCESSES = Path("/proc")


@dataclass(frozen=True, kw_only=True)
class CpuUse:
    """What the processes of a group make of the CPU.

    Parameters
    ----------
    seconds : the time that they have used, and those that they started and waited for
    is_runnable : whether one of them computes now, or would if it were given a core
    """

    seconds: float
    is_runnable: bool


def cpu_use(group: int) -> CpuUse | None:
    """What a process group makes of the CPU; None on a system without /proc."""
    if not (_PROCESSES / "self").exists():
        return None
    stats = [fields for fields in _stats() if int(fields[2]) == group]
    ticks = sum(int(ticks) for fields in stats for ticks in fields[11:15])
    is_runnable = any(fields[0] == "R" for fields in stats)
    return CpuUse(seconds=ticks / os.sysconf("SC_CLK_TCK"), is_runnable=is_runnable)


def _stats() -> Iterator[list[str]]:
    """The fields of each process from its state on; see proc_pid_stat(5)."""
    for process in _PROCESSES.iterdir():
        if process.name.isdigit():
            with suppress(OSError):  # it has just ended
                yield (process / "stat").read_text().rpartition(")")[2].split()


class Watchdog:
    """Watches one child, which is the leader of its process group; its owner calls `look` at intervals."""

    def __init__(
        self,
        key: str,
        pid: int,
        limits: Limits,
        now: float,
        cpu_use: Callable[[int], CpuUse | None] = cpu_use,
    ) -> None:
        self._key, self._pid, self._limits, self._cpu_use = key, pid, limits, cpu_use
        self._heard_at = now
        self._line = b""
        self._idle_since: float | None = None
        self._seconds_then = 0.0

    def hear(self, line: bytes, now: float) -> None:
        """The child has sent a message."""
        self._heard_at, self._line, self._idle_since = now, line, None

    def look(self, now: float) -> Stalled | None:
        """What to say about the child if it makes no progress; it is said once, and then time begins anew."""
        silent_seconds, idle_seconds = now - self._heard_at, self._idle_seconds(now)
        is_idle = idle_seconds >= self._limits.stall_seconds
        if not is_idle and silent_seconds < self._limits.silent_seconds:
            return None
        stalled = self._stalled(idle_seconds if is_idle else silent_seconds, idle=is_idle)
        self.hear(self._line, now)
        return stalled

    def _idle_seconds(self, now: float) -> float:
        use = self._cpu_use(self._pid)
        if use is None:
            return 0.0
        if self._idle_since is None or use.is_runnable or self._has_computed(use, now - self._idle_since):
            self._idle_since, self._seconds_then = now, use.seconds
        return now - self._idle_since

    def _has_computed(self, use: CpuUse, within_seconds: float) -> bool:
        # the sum is smaller than before when a process has ended that nobody in the group waited for
        return abs(use.seconds - self._seconds_then) > _ALMOST_NONE * within_seconds

    def _stalled(self, seconds: float, *, idle: bool) -> Stalled:
        last = to_message(self._line) if self._line else None
        step, fraction = (last.step, last.fraction) if isinstance(last, Progress) else ("", 0.0)
        return Stalled(self._key, step, fraction, seconds, idle)
