"""Connections to a Postgres database: few, kept open, and given up when the server does not answer."""

import select
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from presage.addresses import for_libpq, without_secrets

LOOK_UP_SECONDS = 2.0
"""A statement that takes longer fails: the server hangs, or cannot be reached."""
MOST_IDLE = 8
ROWS_AT_ONCE = 5_000


Rows = list[tuple[Any, ...]]


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose statements fail when the server does not answer within seconds."""

    most_seconds = LOOK_UP_SECONDS

    @classmethod
    def connect(cls, *arguments: Any, **named: Any) -> "Connection":
        """Connect. Raises ValueError where the database cannot hold every text."""
        connection = super().connect(*arguments, **named)
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            name = connection.info.dbname
            connection.close()
            raise ValueError(
                f"the database {name} has the encoding {encoding}; presage needs UTF8:"
                f" CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"
            )
        return connection

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server, for a while; the connection is closed if that was in vain."""
        try:
            return super().wait(gen, interval, self.most_seconds if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.info.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise

    def ask(self, statement: str, values: Sequence[object] = ()) -> Rows:
        """The rows of a statement; none if it gives none."""
        cursor = self.execute(statement.encode(), values or None, binary=True)
        return cursor.fetchall() if cursor.description else []

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
    url : of the database
    setting : which setting names it. Raises ValueError if the URL cannot be read
    prepare : what is done once with the first connection
    session : statements that begin each connection
    failed : the error that a text becomes when the database cannot be used
    """

    def __init__(
        self,
        url: str,
        *,
        setting: str,
        prepare: Callable[[Connection], None],
        session: str,
        failed: Callable[[str], Exception],
    ) -> None:
        self.place = without_secrets(url)
        self._url = for_libpq(url)
        try:
            conninfo_to_dict(self._url)
        except psycopg.ProgrammingError as error:
            raise ValueError(f"{setting} is {self.place}, which is no URL for Postgres: {error}") from None
        self._prepare, self._session, self._failed = prepare, session, failed
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
            self._is_prepared = False
            self.close()
            raise self._failed(f"{self.place} cannot be used: {error}") from error

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
            self._is_prepared = False  # who knows to what the database was set back

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


def insert_rows(
    connection: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Copy any number of rows into a table, in the transaction that is open."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def read_rows(
    connection: psycopg.Connection, table: str, columns: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """All rows of a table, a part of them in memory at a time, as the open transaction sees them."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(table))
    with connection.cursor(name="rows") as cursor:
        cursor.itersize = ROWS_AT_ONCE
        yield from cursor.execute(statement)
