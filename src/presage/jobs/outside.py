"""Whether a child was killed from outside: by somebody's signal, not by the kernel for lack of memory."""

import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_SIGNALS_OF_OTHERS = (-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP)  # no process sends itself these
_CGROUPS = Path("/sys/fs/cgroup")


def oom_counters() -> list[Path]:
    """The files that may count the processes which the kernel killed for lack of memory."""
    files = [Path("/proc/vmstat"), _CGROUPS / "memory.events"]
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::/"):
                files.append(_CGROUPS / line.removeprefix("0::/") / "memory.events")
    return files


def oom_kills(files: Iterable[Path]) -> int | None:
    """What the files count together; None when none of them can be read or has such a count."""
    counts = [int(line.split()[1]) for file in files for line in _lines(file) if line.startswith("oom_kill ")]
    return sum(counts) if counts else None


def was_killed_from_outside(code: int, oom_kills_before: int | None, oom_kills_after: int | None) -> bool:
    """Whether a child that ended with this exit code was killed from outside; False when nobody can tell.

    Parameters
    ----------
    oom_kills_before : before the child was started
    oom_kills_after : after it ended
    """
    if code in _SIGNALS_OF_OTHERS:
        return True
    return code == -signal.SIGKILL and oom_kills_before is not None and oom_kills_before == oom_kills_after


def _lines(file: Path) -> list[str]:
    with suppress(OSError):
        return file.read_text().splitlines()
    return []
