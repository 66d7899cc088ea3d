"""One holder at a time of a name in an object store, whichever machine it is on.

The lease is a small object that only one can create; its holder writes it again while it works. One that was
not written for a while has a dead holder, and is taken over: only one succeeds, by the ETag.
"""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from uuid import uuid4

import structlog

from .store import Note, ObjectStore, ObjectStoreError

LEASE_SECONDS, RENEWAL_SECONDS = 30.0, 8.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.05, 2.0
logger = structlog.get_logger()


@contextmanager
def leased(store: ObjectStore, key: str) -> Generator[None]:
    """Wait for, then hold, a lease; a holder that stood still for half a minute may have lost it.

    So what is written under it must be safe against a second writer; a lease makes that rare.

    Raises ObjectStoreError.
    """
    holder = _Holder(store, key)
    try:
        yield
    finally:
        holder.let_go()


class _Holder:
    def __init__(self, store: ObjectStore, key: str) -> None:
        self._store, self._key = store, key
        self._name, self._n_writes = uuid4().hex, 0
        self._etag = self._taken()
        self._done = threading.Event()
        self._renewing = threading.Thread(target=self._renew, name="lease", daemon=True)
        self._renewing.start()

    def let_go(self) -> None:
        self._done.set()
        self._renewing.join()
        with suppress(ObjectStoreError):  # it runs out by itself
            held = self._store.read(self._key)
            if held and self._is_own(held):
                self._store.delete([self._key])

    def _taken(self) -> str:
        wait = FIRST_WAIT_SECONDS
        while True:
            if taken := self._write(etag=""):
                return taken
            held = self._store.read(self._key)
            if held is None:
                continue
            if self._is_own(held):
                return held.etag  # written by a try whose answer was lost
            if held.age > LEASE_SECONDS and (taken := self._write(etag=held.etag)):
                return taken
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)

    def _renew(self) -> None:
        while not self._done.wait(RENEWAL_SECONDS):
            try:
                renewed = self._write(self._etag)
                held = None if renewed else self._store.read(self._key)
            except ObjectStoreError as error:
                logger.warning("a lease could not be renewed; it is tried again", reason=str(error))
                continue
            if held and self._is_own(held):
                renewed = held.etag  # written by a try whose answer was lost
            if renewed is None:
                logger.error("a lease was lost", key=self._key)
                return
            self._etag = renewed

    def _write(self, etag: str) -> str | None:
        """Write the lease, each time with other bytes, so that it has another ETag."""
        self._n_writes += 1
        return self._store.write(self._key, f"{self._name} {self._n_writes}".encode(), etag=etag)

    def _is_own(self, held: Note) -> bool:
        return held.data.startswith(self._name.encode())
