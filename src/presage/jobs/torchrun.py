"""What torchrun tells a process that it starts, and how the ranks of one torchrun find each other.

Each rank but the first enters the store that torchrun keeps; who leads a task pushes it to their queues.
"""

import os
import socket
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from presage.config import Config
from presage.resources.database import connect, records_url
from presage.resources.secret import cluster_secret

from .ranks_here import LOOPBACK
from .seal import seal, unseal

if TYPE_CHECKING:
    from torch._C._distributed_c10d import Store

COME_SECONDS = 60.0
"""A rank that was told of a task is there within this time, or the job waits."""
_ANSWER = timedelta(seconds=60)
"""The store answers within this time."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a rank writes of itself.

    Parameters
    ----------
    queue : where it takes tasks from; other for each process
    host : where it runs, for people
    """

    queue: str
    host: str


@dataclass(frozen=True, kw_only=True)
class Torchrun:
    """This process' place among those of one torchrun.

    Parameters
    ----------
    run : its id
    rank, size : which of how many
    size_here : how many of them are on this machine
    host, port : of the store
    keeps_store : whether torchrun keeps it; it does unless TORCH_DISABLE_SHARE_RDZV_TCP_STORE is 1
    """

    run: str
    rank: int
    size: int
    size_here: int
    host: str
    port: int
    keeps_store: bool

    @contextmanager
    def store_kept(self) -> Generator[None]:
        """While this lasts there is a store: where torchrun itself keeps none, rank 0 does."""
        import torch.distributed as dist  # noqa: PLC0415

        kept = None
        if not self.rank and not self.keeps_store:
            kept = dist.TCPStore(  # pyright: ignore[reportPrivateImportUsage], documented as public
                self.host, self.port, is_master=True, wait_for_workers=False
            )
        yield
        del kept

    def store(self) -> "Store":
        """The store, as this run sees it. Raises RuntimeError if it does not answer."""
        import torch.distributed as dist  # noqa: PLC0415

        store = dist.TCPStore(  # pyright: ignore[reportPrivateImportUsage], documented as public
            self.host, self.port, is_master=False, wait_for_workers=False, timeout=_ANSWER
        )
        return below(store, f"presage/{self.run}")

    def choose_interface(self) -> None:
        """Let torch use the network interface by which the store is reached, unless it was told which."""
        name = LOOPBACK if self.size == self.size_here else _interface_to(self.host, self.port)
        if name:
            os.environ.setdefault("GLOO_SOCKET_IFNAME", name)


def torchrun_of(environ: Mapping[str, str]) -> Torchrun | None:
    """The place of a process that torchrun started beside others; None for any other process."""
    if "TORCHELASTIC_RUN_ID" not in environ or environ["WORLD_SIZE"] == "1":
        return None
    return Torchrun(
        run=environ["TORCHELASTIC_RUN_ID"],
        rank=int(environ["RANK"]),
        size=int(environ["WORLD_SIZE"]),
        size_here=int(environ["LOCAL_WORLD_SIZE"]),
        host=environ["MASTER_ADDR"],
        port=int(environ["MASTER_PORT"]),
        keeps_store=environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True",
    )


def below(store: "Store", prefix: str) -> "Store":
    """The part of a store whose names begin so."""
    import torch.distributed as dist  # noqa: PLC0415

    return dist.PrefixStore(prefix, store)  # pyright: ignore[reportPrivateImportUsage]


def secret_of(config: Config) -> bytes:
    """The secret of the cluster whose records are where the settings say."""
    engine = connect(records_url(config.database, config.data))
    try:
        return cluster_secret(engine)
    finally:
        engine.dispose()


def enter(store: "Store", secret: bytes, rank: int, queue: str) -> None:
    """Let those who lead tasks know where this rank takes them from."""
    entry = Entry(queue=queue, host=socket.gethostname())
    put(store, f"rank {rank}", seal(secret, f"rank {rank}", msgspec.json.encode(entry)))


def entry_of(store: "Store", secret: bytes, rank: int) -> Entry | None:
    """The newest entry of a rank, if there is one. Raises ValueError if it has another secret."""
    name = f"rank {rank}"
    if not store.check([name]):
        return None
    return msgspec.json.decode(unseal(secret, name, store.get(name)), type=Entry)


def put(store: "Store", name: str, value: bytes) -> None:
    """Set what a store holds under a name."""
    store.set(name, value)  # pyright: ignore[reportArgumentType], bytes are fine


def is_here(task: str, rank: int) -> str:
    """What is set once a rank is about to meet the others; rank 0 is the last."""
    return f"{task} {rank} is here"


def has_ended(task: str, rank: int) -> str:
    """What holds, sealed, why a rank ended before its time."""
    return f"{task} {rank} has ended"


def _interface_to(host: str, port: int) -> str:
    """The network interface of this machine by which another is reached; empty if that is unknown."""
    import psutil  # noqa: PLC0415

    own: set[str] = set()
    with suppress(OSError):
        for family, kind, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM):
            with socket.socket(family, kind) as probe, suppress(OSError):
                probe.connect(address)  # sends nothing
                own.add(probe.getsockname()[0])
    addresses = psutil.net_if_addrs().items()
    return next((name for name, held in addresses if own.intersection(one.address for one in held)), "")
