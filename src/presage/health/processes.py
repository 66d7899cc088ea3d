"""What the processes of a server use: the serving ones, the job workers, and the jobs that these run."""

import os
from collections.abc import Iterator

import psutil

from .readings import Reading

GONE = (psutil.NoSuchProcess, psutil.AccessDenied)


def processes() -> Iterator[Reading]:
    """CPU time and memory of each process of this server; jobs, which come and go, show memory alone.

    Raises nothing for a process that ends meanwhile.
    """
    top = _top()
    for process in (top, *top.children(recursive=True)):
        try:
            with process.oneshot():
                name, seconds, memory = _name(process), process.cpu_times(), process.memory_info().rss
        except GONE:
            continue
        subject = (name, str(process.pid))
        yield Reading("process_memory_bytes", memory, subject)
        if name != "job":
            yield Reading("process_cpu_seconds", seconds.user + seconds.system, subject)


def _top() -> psutil.Process:
    """The process that keeps the others: this one, or the one that keeps it beside others on its port."""
    own = psutil.Process()
    parent = own.parent()
    return parent if parent is not None and _name(parent) == "serve" else own


def _name(process: psutil.Process) -> str:
    """What a process is for: `serve` or `worker`, as its command line says, else `job`."""
    try:
        words = process.cmdline()
    except GONE:
        return "job"
    if process.pid != os.getpid() and "presage" not in " ".join(words[:3]):
        return "job"
    return next((name for name in ("serve", "worker") if name in words[:5]), "job")
