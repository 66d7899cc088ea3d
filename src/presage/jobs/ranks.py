"""Processes that learn a network together with a job's own: ranks of a torch process group.

The job's process is rank 0. It summons the others, processes of this machine or, under torchrun, of others;
they meet at a store, and are then handed a copy of what it learns from. If one is lost, the next step of the
rest raises.
"""

import io
import pickle
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from uuid import uuid4

import msgspec

if TYPE_CHECKING:
    from torch import Tensor
    from torch._C._distributed_c10d import Store

Ranks: TypeAlias = Callable[[Callable[..., object], tuple[object, ...]], AbstractContextManager[object]]
_PATIENCE = timedelta(minutes=10)
"""A rank that waits longer for another one raises."""
_AT_ONCE = 1 << 28
"""So many bytes are handed on in one message."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What each rank is told of a network that they learn.

    Parameters
    ----------
    id : no other task has it
    size : how many ranks there are
    n_bytes, sha256 : of what rank 0 hands on once they have met, which is unpickled only if it is that
    """

    id: str
    size: int
    n_bytes: int
    sha256: str


class RankLost(RuntimeError):
    """Another rank of a task is gone."""


class Others(Protocol):
    """The ranks that were summoned for a task."""

    @property
    def store(self) -> "Store":
        """Where all ranks of the task meet."""
        ...

    def lost(self) -> str:
        """Which rank ended before its time, and why, as far as that is known."""
        ...


Summon: TypeAlias = Callable[[Task], AbstractContextManager[Others]]
"""While this lasts, all ranks but this one are there for a task, and call `take_part`."""


def ranks_with(summon: Summon, size: int, share: int) -> Ranks:
    """So many ranks, this process among them: while a block lasts the others call the function that it calls.

    When the block begins they are handed copies of its arguments and of the state of torch's random numbers.

    Parameters
    ----------
    share : among so many of them the threads of this process are divided

    The block raises RankLost if another rank is lost.
    """

    @contextmanager
    def started(function: Callable[..., object], arguments: tuple[object, ...]) -> Generator[None]:
        import torch  # noqa: PLC0415, slow to import, and most jobs need none

        sent = io.BytesIO()
        pickle.dump((function, arguments, torch.get_rng_state()), sent)
        whole = torch.frombuffer(sent.getbuffer(), dtype=torch.uint8)
        digest = sha256(sent.getbuffer()).hexdigest()
        task = Task(id=uuid4().hex, size=size, n_bytes=len(whole), sha256=digest)
        with (
            _threads_divided(share),
            summon(task) as others,
            _told(others.lost),
            _member(others.store, task, 0),
        ):
            _hand_on(whole)
            del whole, sent
            yield

    return started


def take_part(task: Task, rank: int, store: "Store", share: int) -> None:
    """Be a rank of a task, from the meeting to the end. Raises RankLost if another is lost."""
    import torch  # noqa: PLC0415

    with _threads_divided(share), _told(lambda: "another rank is gone"), _member(store, task, rank):
        received = bytearray(task.n_bytes)
        _hand_on(torch.frombuffer(received, dtype=torch.uint8))
        if sha256(received).hexdigest() != task.sha256:
            raise ValueError("what rank 0 handed on is not what it said it would be")
        function, arguments, random = pickle.loads(received)  # noqa: S301, what rank 0 made, by its digest
        del received
        torch.set_rng_state(random)
        function(*arguments)


def _hand_on(whole: "Tensor") -> None:
    """Copy bytes from rank 0 to all others."""
    import torch.distributed as dist  # noqa: PLC0415

    for part in whole.split(_AT_ONCE):
        dist.broadcast(part, 0)


@contextmanager
def _threads_divided(share: int) -> Generator[None]:
    import torch  # noqa: PLC0415

    n_threads = torch.get_num_threads()
    torch.set_num_threads(max(1, n_threads // share))
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


@contextmanager
def _told(lost: Callable[[], str]) -> Generator[None]:
    """Say which rank was lost, where torch says that a connection broke."""
    try:
        yield
    except RuntimeError as error:
        if "gloo" not in str(error):
            raise
        raise RankLost(lost()) from error


@contextmanager
def _member(store: "Store", task: Task, rank: int) -> Generator[None]:
    """This process is a rank of the group, until all have come to the end."""
    import torch.distributed as dist  # noqa: PLC0415

    named: dict[str, Any] = {"rank": rank, "world_size": task.size, "timeout": _PATIENCE}
    dist.init_process_group("gloo", store=store, **named)
    try:
        yield
        dist.barrier()
    finally:
        dist.destroy_process_group()
