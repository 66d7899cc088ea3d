"""Processes that help a job with parts of its work, at a lower priority; they die as it does."""

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar

from .child import die_with

ALONE_SECONDS = 2.0
"""So much work is done before there is help: what is over by then is quicker without."""
_NICENESS = 5
_IN_QUEUE = 2
"""Parts that wait or are worked on, for each process."""
Part = TypeVar("Part")
Result = TypeVar("Result")


class Helpers:
    """Calls functions with parts of a work, in up to so many processes that live as long as the job's."""

    def __init__(self, n_processes: int) -> None:
        self._n, self._pool = n_processes, None
        self._alone_seconds = ALONE_SECONDS if n_processes > 1 else float("inf")

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
            waiting.append(self._submit(function, part))
            if len(waiting) >= _IN_QUEUE * self._n:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _submit(self, function: Callable[[Part], Result], part: Part) -> Future[Result]:
        if self._pool is None:  # spawned: a fork would copy the locks of other threads
            self._pool = ProcessPoolExecutor(
                self._n, get_context("spawn"), initializer=_begin, initargs=(os.getpid(),)
            )
        return self._pool.submit(function, part)

    def close(self) -> None:
        """End the processes, without what waits."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


@contextmanager
def helpers(n_processes: int) -> Generator[Helpers]:
    """Help for the length of a block."""
    found = Helpers(n_processes)
    try:
        yield found
    finally:
        found.close()


def _begin(parent: int) -> None:
    die_with(parent)
    os.nice(_NICENESS)
