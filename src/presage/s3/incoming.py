"""The body of a request as it comes in, and what becomes of the part that nobody read."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from presage.wire import http

from .errors import S3Error

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
        """The body as it comes in. Raises ClientGone, and S3Error (RequestTimeout) if nothing comes."""
        self._is_held_back = False
        while not self._is_whole:
            try:
                async with asyncio.timeout(http.BODY_SECONDS):
                    message = await self._receive()
            except TimeoutError:
                self._is_held_back = True  # nobody waits for it again
                raise S3Error(
                    "RequestTimeout", f"no more of the body came for {http.BODY_SECONDS} s"
                ) from None
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
        try:
            async for data in self.chunks():
                n_bytes += len(data)
                if n_bytes > MOST_DRAINED_BYTES:
                    return False
        except S3Error:
            return False
        return True
