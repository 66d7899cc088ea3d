"""From a thread that has finished something to the event loop that waits for it."""

import asyncio
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


class Handover:
    """Wakes an event loop once for all that threads have finished meanwhile; one loop uses it at a time.

    `asyncio.wrap_future` wakes it for each: with a few dozen events in one commit of the log that is a tenth
    of what an event costs.
    """

    def __init__(self) -> None:
        self._finished: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._called: asyncio.AbstractEventLoop | None = None

    async def wait(self, work: Future[T]) -> T:
        """What comes of work that is done in a thread; raises what it raises."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Future[T]] = loop.create_future()
        work.add_done_callback(partial(self._finish, loop, waiting))
        return (await waiting).result()

    def _finish(
        self, loop: asyncio.AbstractEventLoop, waiting: asyncio.Future[Any], work: Future[Any]
    ) -> None:
        self._finished.append((waiting, work))
        if self._called is not loop:
            self._called = loop
            loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        self._called = None
        while self._finished:
            waiting, work = self._finished.popleft()
            if not waiting.done():  # whoever waited may have gone
                waiting.set_result(work)
