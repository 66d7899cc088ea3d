"""Answers from the online store without making others wait: a remote one is asked in threads of its own."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from presage.online import OnlineError
from presage.stores import Stores
from presage.wire.faults import Refused

N_THREADS = 8
REST_SECONDS = 1.0
"""So long after a failure nobody asks: whoever waits, and whoever comes, is told at once."""


def unreachable() -> Refused:
    """What callers are answered while the store cannot be reached."""
    text = "the store of live features cannot be reached; try again in a moment"
    return Refused("ServiceUnavailable", text, 503)


class LookUps:
    """Looks up identities; each fails within seconds where the store cannot be reached."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._threads = ThreadPoolExecutor(N_THREADS, thread_name_prefix="look-up")
        self._failed_at = -REST_SECONDS

    async def find(self, space: str, identity: str) -> bytes | None:
        """The answer about an identity; None if there is none. Raises OnlineError."""
        if not self._stores.online.is_remote:
            return self._stores.online.find(space, identity)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, space, identity)

    def _ask(self, space: str, identity: str) -> bytes | None:
        if time.monotonic() < self._failed_at + REST_SECONDS:
            raise OnlineError("the online store could not be reached a moment ago")
        try:
            return self._stores.online.find(space, identity)
        except OnlineError:
            self._failed_at = time.monotonic()
            raise

    def close(self) -> None:
        """End the threads, once each has its answer."""
        self._threads.shutdown(cancel_futures=True)
