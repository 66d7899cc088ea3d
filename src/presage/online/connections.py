"""Connections to a Postgres database: few, kept open, and given up when the server does not answer."""

import select
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from .protocol import OnlineError

LOOK_UP_SECONDS = 2.0
"""A statement that takes longer fails: the server hangs, or cannot be reached."""
MOST_IDLE = 8


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose statements fail when the server does not answer within seconds."""

    most_seconds = LOOK_UP_SECONDS

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server, for a while."""
        return super().wait(gen, interval, self.most_seconds if timeout is None else timeout)

    @property
    def is_usable(self) -> bool:
        """Whether it is in no transaction, and nothing came unasked: the server's farewell."""
        if self.closed or self.info.transaction_status != TransactionStatus.IDLE:
            return False
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return not poll.poll(0)


class Connections:
    """Connections to one database, for any thread.

    Parameters
    ----------
    url : a connection URI as libpq takes it. Raises ValueError if it is none
    place : the URL as messages show it
    prepare : what is done once with the first connection
    session : statements that begin each connection
    """

    def __init__(self, url: str, place: str, prepare: Callable[[Connection], None], session: str) -> None:
        try:
            conninfo_to_dict(url)
        except psycopg.ProgrammingError as error:
            raise ValueError(f"online_store is {place}, which is no URL for Postgres: {error}") from None
        self._url, self._place, self._prepare, self._session = url, place, prepare, session
        self._idle: list[Connection] = []
        self._preparing = threading.Lock()
        self._is_prepared = False

    @contextmanager
    def use(self, most_seconds: float = LOOK_UP_SECONDS) -> Generator[Connection]:
        """A connection that nobody else uses; when something fails, all are opened anew."""
        try:
            connection = self._taken() or self._connect()
            connection.most_seconds = most_seconds
            try:
                yield connection
            finally:
                self._give_back(connection)
        except psycopg.Error as error:
            self._is_prepared = False  # who knows to what the database was set back
            self.close()
            raise OnlineError(f"the online store {self._place} cannot be used: {error}") from error

    def close(self) -> None:
        """Close those that nobody uses."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _taken(self) -> Connection | None:
        """One that was used before, and whose server is still there."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if connection.is_usable:
                return connection
            connection.close()

    def _give_back(self, connection: Connection) -> None:
        if connection.is_usable and len(self._idle) < MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()

    def _connect(self) -> Connection:
        connection = Connection.connect(self._url, autocommit=True, connect_timeout=int(LOOK_UP_SECONDS))
        try:
            with self._preparing:
                if not self._is_prepared:
                    self._prepare(connection)
                    self._is_prepared = True
            connection.execute(self._session.encode())
        except BaseException:
            connection.close()
            raise
        return connection
