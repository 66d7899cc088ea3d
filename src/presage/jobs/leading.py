"""Who learns a network together with a job's process: ranks of torchrun, or processes of this machine."""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from presage.config import Config
from presage.errors import Unavailable

from .ranks import Ranks, Task, ranks_with
from .ranks_here import ranks_here
from .seal import seal, unseal
from .torchrun import COME_SECONDS, Torchrun, below, entry_of, has_ended, is_here, put, secret_of, torchrun_of

if TYPE_CHECKING:
    from torch._C._distributed_c10d import Store

_WORDS_SECONDS = 3.0
"""So long after a connection broke the reason may take to arrive."""
_LOOK_SECONDS = 0.05


def ranks_of(config: Config) -> Ranks:
    """The ranks of the torchrun that started this process' worker; else so many as the settings say, here."""
    torchrun = torchrun_of(os.environ)
    if torchrun is None:
        return ranks_here(config.torch_processes)
    return ranks_with(partial(_summoned, config, torchrun), torchrun.size, torchrun.size_here)


class RanksAway(Unavailable):
    """Not all ranks of torchrun came: a machine is away, or on its way back."""


@contextmanager
def _summoned(config: Config, torchrun: Torchrun, task: Task) -> "Generator[_Led]":
    """While this lasts the other ranks are there; they end by themselves when this process does."""
    torchrun.choose_interface()
    led = _Led(torchrun.store(), secret_of(config), task)
    try:
        led.gather()
        yield led
    finally:
        led.clear()


class _Led:
    """The other ranks of a task, as the process sees them that leads it."""

    def __init__(self, store: "Store", secret: bytes, task: Task) -> None:
        self._all, self._secret, self._task = store, secret, task
        self._hosts: dict[int, str] = {}
        self.store = below(store, task.id)

    def gather(self) -> None:
        """Tell all ranks of the task, also who takes the place of another meanwhile, until all are here.

        Raises RanksAway if they do not come; RuntimeError if one ends, or has another secret.
        """
        until = time.monotonic() + COME_SECONDS
        missing, told = set(self._others()), dict[int, str]()
        while missing := {rank for rank in missing if not self._all.check([is_here(self._task.id, rank)])}:
            if said := self._words():
                raise RuntimeError(said)
            for rank in missing:
                self._tell(rank, told)
            if time.monotonic() > until:
                raise RanksAway(self._who_is_away(missing))
            time.sleep(_LOOK_SECONDS)
        put(self._all, is_here(self._task.id, 0), b"")

    def lost(self) -> str:
        """See `Others`."""
        until = time.monotonic() + _WORDS_SECONDS
        with suppress(RuntimeError):  # the store may be gone too
            while time.monotonic() < until:
                if said := self._words():
                    return said
                time.sleep(_LOOK_SECONDS)
        return f"lost touch with {', '.join(map(self._name, self._others()))}"

    def clear(self) -> None:
        """Leave nothing of the task in the store."""
        with suppress(RuntimeError):
            for rank in range(self._task.size):
                self._all.delete_key(is_here(self._task.id, rank))
                self._all.delete_key(has_ended(self._task.id, rank))
            for name in self.store.list_keys():
                self.store.delete_key(name)

    def _others(self) -> range:
        return range(1, self._task.size)

    def _tell(self, rank: int, told: dict[int, str]) -> None:
        entry = entry_of(self._all, self._secret, rank)
        if entry is None or told.get(rank) == entry.queue:
            return
        self._all.queue_push(entry.queue, seal(self._secret, entry.queue, msgspec.json.encode(self._task)))
        told[rank], self._hosts[rank] = entry.queue, entry.host

    def _words(self) -> str:
        """Why a rank ended; empty if none has said so."""
        for rank in self._others():
            name = has_ended(self._task.id, rank)
            if self._all.check([name]):
                return f"{self._name(rank)} ended: {unseal(self._secret, name, self._all.get(name)).decode()}"
        return ""

    def _name(self, rank: int) -> str:
        host = self._hosts.get(rank)
        return f"rank {rank} of {self._task.size}" + (f" ({host})" if host else "")

    def _who_is_away(self, missing: set[int]) -> str:
        names = ", ".join(self._name(rank) for rank in sorted(missing))
        return f"of the processes that learn together these did not come within {COME_SECONDS:.0f} s: {names}"
