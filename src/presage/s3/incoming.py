"""The body of a request as it comes in, and what becomes of the part that nobody read."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing

from presage.wire import http

MOST_DRAINED_BYTES = 16 * 1024 * 1024


class Incoming:
    """A body: read at most once, and left in a state in which the connection can go on or must end.

    Parameters
    ----------
    headers : of the request
    """

    def __init__(self, headers: Mapping[str, str], receive: http.Receive) -> None:
        self._receive = receive
        self._is_whole = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
        self._is_held_back = headers.get("expect", "").lower() == "100-continue"

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes in. Raises ClientGone, also of a client that sends nothing more."""
        self._is_held_back = False
        while not self._is_whole:
            message = await self._receive()
            if message["type"] != "http.request":
                raise http.ClientGone
            self._is_whole = not message.get("more_body", False)
            if data := message.get("body"):
                yield data

    async def settle(self) -> bool:
        """Whether the connection can carry another request after an answer given now.

        A client that sends already is listened to for a while, or it might never look at the answer; one that
        waits for `100 Continue` sends nothing, or else it could not be told from the next request.
        Raises ClientGone.
        """
        if self._is_held_back and not self._is_whole:
            return False
        n_bytes = 0
        async for data in self.chunks():
            n_bytes += len(data)
            if n_bytes > MOST_DRAINED_BYTES:
                return False
        return True

    async def while_there(self, answer: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
        """An answer, after the body has settled, as long as the client is there. Raises ClientGone."""
        leaving = asyncio.create_task(self._leave())
        try:
            async with aclosing(answer):
                async for data in answer:
                    if leaving.done():
                        raise http.ClientGone
                    yield data
        finally:
            leaving.cancel()

    async def _leave(self) -> None:
        """Wait for the client to go."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
