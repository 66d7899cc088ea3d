"""Ranks that are processes of this machine: they meet at a file, speak over loopback, and die together."""

import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from functools import partial
from multiprocessing import connection, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .child import die_with
from .ranks import Ranks, Task, ranks_with, take_part

if TYPE_CHECKING:
    from torch._C._distributed_c10d import Store

LOOPBACK = "lo0" if sys.platform == "darwin" else "lo"
_READY = b"ready"


def ranks_here(n: int) -> Ranks:
    """So many ranks, this process and others of this machine; with 1 it is alone."""
    if n < 2:
        return lambda _function, _arguments: nullcontext()
    return ranks_with(partial(_processes, n), n, n)


class _Processes:
    """The processes that were started for a task, the first of them as rank 1."""

    def __init__(self, started: list[Any], store: "Store") -> None:
        self._started, self.store = started, store

    def lost(self) -> str:
        """See `Others`."""
        size = len(self._started) + 1
        for rank, process in enumerate(self._started, start=1):
            process.join(1.0)
            if process.exitcode:
                return f"rank {rank} of {size} ended with code {process.exitcode}"
        return f"one of {size} ranks is gone"


@contextmanager
def _processes(n: int, task: Task) -> Generator[_Processes]:
    """While this lasts the other ranks are there, killed if it ends by an error.

    Raises RuntimeError if one ends before it is ready.
    """
    context = get_context("spawn")
    started: list[Any] = []
    os.environ.setdefault("GLOO_SOCKET_IFNAME", LOOPBACK)
    with tempfile.TemporaryDirectory(prefix="presage-ranks-") as folder:
        try:
            ready: list[connection.Connection[Any, Any]] = []
            for rank in range(1, n):
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_be_rank, args=(task, rank, folder, os.getpid(), theirs))
                process.start()
                theirs.close()
                started.append(process)
                ready.append(ours)
            for rank, ours in enumerate(ready, start=1):
                if not _is_ready(ours):
                    raise RuntimeError(f"rank {rank} of {n} ended before it was ready")
            yield _Processes(started, _store(folder, n))
            for process in started:
                process.join()
        finally:
            for process in started:
                process.kill()
                process.join()


def _is_ready(rank: "connection.Connection[Any, Any]") -> bool:
    """Wait until a rank says that it is ready; False if it has ended."""
    with rank:
        try:
            return rank.recv_bytes() == _READY
        except EOFError:
            return False


def _be_rank(
    task: Task, rank: int, folder: str, parent: int, ready: "connection.Connection[Any, Any]"
) -> None:
    """What a process beside the job's does."""
    die_with(parent)
    store = _store(folder, task.size)
    ready.send_bytes(_READY)
    take_part(task, rank, store, task.size)


def _store(folder: str, size: int) -> "Store":
    import torch.distributed as dist  # noqa: PLC0415

    return dist.FileStore(  # pyright: ignore[reportPrivateImportUsage], documented as public
        str(Path(folder) / "met"), size
    )
