"""Processes of this machine that learn a network together with a job's own: ranks of a torch process group.

The job's process is rank 0. The others are handed a copy of what it learns from, and die as it does; if one
of them dies first, the next step of rank 0 raises. They meet at a file and speak over loopback alone.
"""

import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import connection, get_context
from pathlib import Path
from typing import Any, TypeAlias

from .child import die_with

Ranks: TypeAlias = Callable[[Callable[..., object], tuple[object, ...]], AbstractContextManager[object]]
_PATIENCE = timedelta(minutes=10)
"""A rank that waits longer for another one raises."""
_READY = b"ready"


def ranks_of(n: int) -> Ranks:
    """So many ranks, this process among them: while a block lasts the others call the function that it calls.

    When the block begins they are handed copies of its arguments and of the state of torch's random numbers.
    """

    @contextmanager
    def started(function: Callable[..., object], arguments: tuple[object, ...]) -> Generator[None]:
        if n < 2:
            yield
            return
        import torch  # noqa: PLC0415, slow to import, and most jobs need none

        # as bytes: tensors by themselves would travel in shared memory, of which containers have little
        sent = pickle.dumps((function, arguments, torch.get_rng_state()))
        n_threads = torch.get_num_threads()
        torch.set_num_threads(max(1, n_threads // n))
        try:
            with tempfile.TemporaryDirectory(prefix="presage-ranks-") as folder:
                group = _Group(size=n, folder=folder, parent=os.getpid(), n_threads=torch.get_num_threads())
                with _others(group, sent), _member(group, 0):
                    yield
        finally:
            torch.set_num_threads(n_threads)

    return started


@dataclass(frozen=True, kw_only=True)
class _Group:
    """What every rank is told.

    Parameters
    ----------
    folder : where they meet
    parent : the process id of rank 0
    n_threads : of each rank
    """

    size: int
    folder: str
    parent: int
    n_threads: int


@contextmanager
def _others(group: _Group, sent: bytes) -> Generator[None]:
    """While this lasts all ranks but the first are there, killed if it ends by an error.

    Raises RuntimeError if one ends before it is ready.
    """
    context = get_context("spawn")
    started: list[Any] = []
    try:
        ready: list[connection.Connection[Any, Any]] = []
        for rank in range(1, group.size):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_be_rank, args=(group, rank, theirs, sent))
            process.start()
            theirs.close()
            started.append(process)
            ready.append(ours)
        for rank, ours in enumerate(ready, start=1):
            if not _is_ready(ours):
                raise RuntimeError(f"rank {rank} of {group.size} ended before it was ready")
        yield
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


def _be_rank(group: _Group, rank: int, ready: "connection.Connection[Any, Any]", sent: bytes) -> None:
    """What a process beside the job's does."""
    die_with(group.parent)
    import torch  # noqa: PLC0415

    function, arguments, random = pickle.loads(sent)  # noqa: S301, by the parent, through its own pipe
    torch.set_num_threads(group.n_threads)
    torch.set_rng_state(random)
    ready.send_bytes(_READY)
    with _member(group, rank):
        function(*arguments)


@contextmanager
def _member(group: _Group, rank: int) -> Generator[None]:
    """This process is a rank of the group, until all have come to the end."""
    import torch.distributed as dist  # noqa: PLC0415

    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    store = dist.FileStore(  # pyright: ignore[reportPrivateImportUsage], documented as public
        str(Path(group.folder) / "met"), group.size
    )
    dist.init_process_group("gloo", store=store, rank=rank, world_size=group.size, timeout=_PATIENCE)
    try:
        yield
        dist.barrier()
    finally:
        dist.destroy_process_group()
