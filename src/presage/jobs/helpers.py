"""Who helps another with parts of its work: processes of a lower priority, which die as it does, or Spark."""

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from math import inf
from multiprocessing import get_context
from typing import TypeAlias, TypeVar

from .child import die_with

ALONE_SECONDS = 2.0
"""So much work is done before there is help: what is over by then is quicker without."""
_NICENESS = 5
_IN_QUEUE = 2
"""Parts that wait or are worked on, for each process."""
Part = TypeVar("Part")
Result = TypeVar("Result")


OpenPool: TypeAlias = Callable[[], tuple[Executor, int]]
"""Opens what calls functions elsewhere; with how many parts it works on at once."""


class Helpers:
    """Calls functions with parts of a work, here at first, and with help once that takes long.

    Parameters
    ----------
    open_pool : opens who helps
    alone_seconds : so much work is done here before
    """

    def __init__(self, open_pool: OpenPool, alone_seconds: float) -> None:
        self._open_pool, self._alone_seconds = open_pool, alone_seconds
        self._opened: tuple[Executor, int] | None = None

    def __call__(self, function: Callable[[Part], Result], parts: Iterable[Part], /) -> Iterator[Result]:
        """What a module's function returns for each part, in the order of the parts."""
        waiting: deque[Future[Result]] = deque()
        for part in parts:
            if self._alone_seconds > 0:
                begun = time.monotonic()
                result = function(part)
                self._alone_seconds -= time.monotonic() - begun
                yield result
                continue
            if self._opened is None:
                self._opened = self._open_pool()
            pool, size = self._opened
            waiting.append(pool.submit(function, part))
            if len(waiting) >= _IN_QUEUE * size:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def close(self) -> None:
        """End who helps, without what waits."""
        if self._opened is not None:
            self._opened[0].shutdown(cancel_futures=True)


def in_a_process(function: Callable[[Part], Result], part: Part) -> Result:
    """What a module's function returns, called in a process of its own; it is waited for."""
    with _process_pool(1)[0] as pool:
        return pool.submit(function, part).result()


@contextmanager
def helpers(n_processes: int, spark: str = "") -> Generator[Helpers]:
    """Help for the length of a block.

    Parameters
    ----------
    spark : the master of a cluster that helps in place of processes here
    """
    if spark:
        found = Helpers(partial(_spark_pool, spark), ALONE_SECONDS)
    else:
        found = Helpers(partial(_process_pool, n_processes), ALONE_SECONDS if n_processes > 1 else inf)
    try:
        yield found
    finally:
        found.close()


def _process_pool(n_processes: int) -> tuple[Executor, int]:
    """Processes that are spawned: a fork would copy the locks of other threads."""
    pool = ProcessPoolExecutor(n_processes, get_context("spawn"), initializer=_begin, initargs=(os.getpid(),))
    return pool, n_processes


def _spark_pool(master: str) -> tuple[Executor, int]:
    from .spark import SparkPool  # noqa: PLC0415

    pool = SparkPool(master)
    return pool, pool.size


def _begin(parent: int) -> None:
    die_with(parent)
    os.nice(_NICENESS)
