"""A balancer in front of several servers, as one stands before them in use: each request goes to the next server.

Each request has a connection of its own, which is closed after the answer. A server that takes no connection
is left out until it does again.
"""

import asyncio
import contextlib
import threading

MOST_HEAD_BYTES = 65_536
CHUNK = 65_536


class Balancer:
    """Listens on a free port, in a thread of its own, from `start` to `stop`.

    Parameters
    ----------
    ports : of the servers, on this machine
    """

    def __init__(self, ports):
        self.ports = list(ports)
        self._turn = 0
        self._handling = set()
        self._loop = asyncio.new_event_loop()
        self._stopping = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    def start(self):
        self._thread.start()
        self._ready.wait()
        return self

    def stop(self):
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self):
        self._stopping = asyncio.Event()
        server = await asyncio.start_server(self._handle, "127.0.0.1", 0, limit=MOST_HEAD_BYTES, backlog=2048)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            await self._stopping.wait()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0.1)  # connections close

    async def _handle(self, reader, writer):
        """Send a request on to a server, and its answer back."""
        self._handling.add(task := asyncio.current_task())  # else nobody holds one that waits
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            found = await self._connect()
            if found is None:
                writer.write(
                    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                )
            else:
                await self._pass_on(head, reader, writer, *found)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._handling.discard(task)

    @staticmethod
    async def _pass_on(head, reader, writer, answer, request):
        lines = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith(b"connection:")]
        request.write(b"\r\n".join([*lines, b"connection: close", b"", b""]))
        asking = asyncio.create_task(_pipe(reader, request))
        try:
            await _pipe(answer, writer)
        finally:
            asking.cancel()
            request.close()

    async def _connect(self):
        """A connection to the next server that takes one; None if none does."""
        self._turn += 1
        first = self._turn % len(self.ports)
        for port in (*self.ports[first:], *self.ports[:first]):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None


async def _pipe(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
