"""A process that torchrun started beside a worker: it takes part in what the worker's jobs learn."""

import os
import time
from datetime import timedelta
from uuid import uuid4

import msgspec
import structlog

from presage.config import Config

from .children import Children
from .messages import Crash, Exit, Limits, Message
from .outcomes import TryEnd
from .ranks import RankLost, Task, take_part
from .seal import seal, unseal
from .supervise import repeat
from .torchrun import COME_SECONDS, Torchrun, below, enter, has_ended, is_here, put, secret_of, torchrun_of
from .work import Pace

_NEVER_SECONDS = 1e9
"""A rank reports nothing: who leads is watched."""
_LEADER_SECONDS = 1.5 * COME_SECONDS
"""Rank 0 is there within this time, if it lives: it waits for the others before."""
_BEAT, _CHILD_LEASE = 0.2, 0.8
_log = structlog.get_logger()


def follow(config: Config, torchrun: Torchrun, imports: tuple[str, ...], pace: Pace | None = None) -> None:
    """Take part in tasks, each in a child process, until SIGTERM or SIGINT.

    Parameters
    ----------
    imports : what tasks need and takes long to import

    Raises RuntimeError when torchrun's store is gone.
    """
    follower = _Follower(config, torchrun, imports, pace or Pace())
    try:
        repeat(follower.turn)
    finally:
        follower.close()


class _Follower:
    """One rank, the tasks that it takes part in, and the turn that it repeats."""

    def __init__(self, config: Config, torchrun: Torchrun, imports: tuple[str, ...], pace: Pace) -> None:
        self._rank, self._imports, self._pace = torchrun.rank, imports, pace
        self._secret, self._store, self._queue = secret_of(config), torchrun.store(), uuid4().hex
        self._said: dict[str, Crash] = {}
        self._beat_at = 0.0
        self._children = Children(
            config,
            lease_seconds=_CHILD_LEASE * pace.lease_seconds,
            limits=Limits(stall_seconds=pace.stall_seconds, silent_seconds=_NEVER_SECONDS),
            threads=1,
        )
        enter(self._store, self._secret, self._rank, self._queue)

    def turn(self) -> None:
        """Receive what happened, and look for more tasks."""
        for message in self._children.receive(self._pace.poll_seconds):
            self._receive(message)
        now = time.monotonic()
        if now >= self._beat_at:
            self._beat_at = now + _BEAT * self._pace.lease_seconds
            self._children.renew(now)
        while self._store.queue_len(self._queue):
            self._begin(self._store.queue_pop(self._queue, block=False))

    def close(self) -> None:
        """Kill the children: who leads their tasks finds them lost."""
        self._children.close()

    def _begin(self, sealed: bytes) -> None:
        try:
            told = unseal(self._secret, self._queue, sealed)
        except ValueError as error:
            _log.warning("a task is not done", error=str(error))
            return
        task = msgspec.json.decode(told, type=Task)
        _log.info("taking part in what another learns", task=task.id, rank=self._rank)
        self._children.start(task.id, "presage.jobs.following:learn", told.decode(), imports=self._imports)

    def _receive(self, message: Message) -> None:
        match message:
            case Crash(task):
                self._said[task] = message
            case Exit(task, code, from_outside):
                said = self._said.pop(task, None)
                if code:
                    self._tell(task, TryEnd(code=code, said=said, from_outside=from_outside))
            case _:
                pass

    def _tell(self, task: str, end: TryEnd) -> None:
        """Say why a child ended before its time, unless that is because another rank did."""
        if isinstance(end.said, Crash) and end.said.summary.startswith(RankLost.__name__):
            _log.info("taking part ends: another rank is gone", task=task, rank=self._rank)
            return
        _log.warning("taking part ended before its time", task=task, rank=self._rank, **end.for_the_log())
        name = has_ended(task, self._rank)
        words = end.for_the_log()["error"].encode()
        put(self._store, name, seal(self._secret, name, words))


def learn(_config: Config, told: str) -> None:
    """What a follower's child does."""
    torchrun = torchrun_of(os.environ)
    if torchrun is None:
        raise RuntimeError("this process was not started below torchrun")
    task = msgspec.json.decode(told, type=Task)
    torchrun.choose_interface()
    store = torchrun.store()
    put(store, is_here(task.id, torchrun.rank), b"")
    try:
        store.wait([is_here(task.id, 0)], timedelta(seconds=_LEADER_SECONDS))
    except RuntimeError as error:
        raise RankLost("rank 0 did not come") from error
    take_part(task, torchrun.rank, below(store, task.id), torchrun.size_here)
