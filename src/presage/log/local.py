"""The log on a local disk."""

import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from presage.files import locked

from .file import NAME, OpenFile, connect, last_place, log_errors, transaction
from .group import MOST_PER_COMMIT, Append, GroupCommit, Outcome, appended, placed, rows_of
from .mark import raise_mark
from .protocol import Backlog, Lines, LogError, LoggedRecord, Record, Write

logger = structlog.get_logger()


class LocalLog:
    """The log in one file of a data folder; see `protocol.Log`."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._path = folder / NAME
        self._turns = folder / "turns"
        self._clock = clock
        self._marked = 0
        self._reader = OpenFile(self._path)
        self._reading = threading.Lock()
        self._written = OpenFile(self._path)
        self._group = GroupCommit(self._insert, str(self._path))

    def open_stream(self, name: str, consumer: str) -> None:
        """Let records be told to a stream; one that is open stays as it is."""
        with self._changing() as connection:
            connection.execute(
                "INSERT INTO streams (name, consumer) VALUES (?, ?) ON CONFLICT DO NOTHING", [name, consumer]
            )

    def drop_stream(self, name: str) -> None:
        """Forget a stream and its records, in one step; what is told to it afterwards is refused."""
        with self._changing() as connection:
            connection.execute("DELETE FROM streams WHERE name = ?", [name])
            connection.execute("DELETE FROM log WHERE stream = ?", [name])
        (self._turns / name).unlink(missing_ok=True)

    def append(self, stream: str, records: Sequence[Record]) -> Future[range]:
        """Log the records, all or none; the answer, their places, comes once they are on disk."""
        return self._group.append(appended(stream, records, self._clock()))

    def write(self, stream: str, records: Sequence[Record]) -> range:
        """Log the records, all or none, by this thread, and with them whatever waits; their places."""
        return self._group.write(appended(stream, records, self._clock()))

    @contextmanager
    def turn(self, stream: str) -> Generator[Write]:
        """Wait for the turn to write to a stream what follows from all that it holds."""
        with locked(self._turns / stream):
            yield partial(self.write, stream)

    def read(
        self,
        after: int,
        limit: int,
        *,
        through: int | None = None,
        stream: str | None = None,
        consumer: str | None = None,
    ) -> list[LoggedRecord]:
        """The first `limit` records beyond the place `after`, in order."""
        wanted = ["seq > :after"]
        if through is not None:
            wanted.append("seq <= :through")
        if stream is not None:
            wanted.append("stream = :stream")
        if consumer is not None:  # the + keeps SQLite from reading stream by stream
            wanted.append("+stream IN (SELECT name FROM streams WHERE consumer = :consumer)")
        rows = self._query(
            f"SELECT seq, stream, received_at, record FROM log WHERE {' AND '.join(wanted)}"  # noqa: S608
            " ORDER BY seq LIMIT :limit",
            {"after": after, "limit": limit, "through": through, "stream": stream, "consumer": consumer},
        )
        return [LoggedRecord._make(row) for row in rows]

    def read_lines(self, stream: str, after: int, limit: int, through: int) -> Lines:
        """The same of one stream, without an object for each record."""
        some = (
            "SELECT seq, record FROM log WHERE stream = :stream AND seq > :after AND seq <= :through"
            " ORDER BY seq LIMIT :limit"
        )
        ((places, text),) = self._query(
            "SELECT group_concat(seq), CAST(group_concat(CAST(record AS TEXT), char(10)) AS BLOB)"  # noqa: S608
            f" FROM ({some})",
            {"stream": stream, "after": after, "through": through, "limit": limit},
        )
        return Lines([int(place) for place in places.split(",")] if places else [], text or b"")

    def last_place(self) -> int:
        """The place of the newest record, forgotten ones included; 0 before the first."""
        rows = self._query("SELECT seq FROM sqlite_sequence WHERE name = 'log'", {})
        return rows[0][0] if rows else 0

    def backlog(self, consumer: str) -> list[Backlog]:
        """A consumer's streams that hold records, the one with the oldest record first."""
        rows = self._query(
            "SELECT name, (SELECT min(seq) FROM log WHERE stream = name),"
            " (SELECT max(seq) FROM log WHERE stream = name), read_through"
            " FROM streams WHERE consumer = :consumer ORDER BY 2",
            {"consumer": consumer},
        )
        return [
            Backlog(stream=stream, first=first, last=last, read_through=read_through)
            for stream, first, last, read_through in rows
            if last
        ]

    def mark_read(self, stream: str, through: int) -> None:
        """Keep in mind that the consumer needs no record of the stream up to and with a place any more."""
        with self._changing() as connection:
            connection.execute(
                "UPDATE streams SET read_through = max(read_through, ?) WHERE name = ?", [through, stream]
            )

    def drop(self, stream: str, through: int) -> None:
        """Forget a stream's records up to and with a place; many at a time, so that nobody waits for long."""
        some = f"SELECT seq FROM log WHERE stream = ? AND seq <= ? LIMIT {MOST_PER_COMMIT}"  # noqa: S608
        n_dropped = 1
        while n_dropped:
            with self._changing() as connection:
                dropped = connection.execute(f"DELETE FROM log WHERE seq IN ({some})", [stream, through])  # noqa: S608
                n_dropped = dropped.rowcount

    def erase(self, stream: str, places: Sequence[int]) -> None:
        """Forget single records of a stream; many at a time, so that nobody waits for long."""
        for begin in range(0, len(places), MOST_PER_COMMIT):
            with self._changing() as connection:
                some = places[begin : begin + MOST_PER_COMMIT]
                connection.execute("PRAGMA secure_delete = ON")
                connection.executemany(
                    "DELETE FROM log WHERE stream = ? AND seq = ?", [(stream, place) for place in some]
                )

    def rewrite(self, stream: str, texts: Mapping[int, bytes], then: Record) -> None:
        """Let single records of a stream be others, and log one more, in one step."""
        append = appended(stream, [then], self._clock())
        with self._changing() as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.executemany(
                "UPDATE log SET record = ? WHERE stream = ? AND seq = ?",
                [(text, stream, place) for place, text in texts.items()],
            )
            (outcome,) = _inserted(connection, [append])
            if not isinstance(outcome, range):
                raise outcome

    def raise_mark(self, through: int) -> None:
        """Give no place up to and with this one again, even if the log itself is lost."""
        if through > self._marked:
            with log_errors(self._path):
                self._marked = raise_mark(self._folder, self._reader.identity, through)

    def close(self) -> None:
        """Log what waits, then stop."""
        if not self._group.close():
            return
        try:
            self._be_in_place()
        except LogError:
            logger.exception("the event log is closed without its file in its place")
        self._written.connection.close()
        self._reader.connection.close()

    def _query(self, query: str, values: Mapping[str, Any]) -> list[Any]:
        self._be_in_place()
        with self._reading, log_errors(self._path):
            return self._reader.connection.execute(query, values).fetchall()

    def _be_in_place(self) -> None:
        """See to it that the file that is open lies where others find it."""
        with self._reading:
            if not self._reader.is_in_place:
                self._reader = self._reader.put_back()

    @contextmanager
    def _changing(self) -> Generator[sqlite3.Connection]:
        """A transaction of its own, on disk when it ends."""
        self._be_in_place()
        with log_errors(self._path), closing(connect(self._path)) as connection, transaction(connection):
            yield connection

    def _insert(self, appends: Sequence[Append]) -> list[Outcome]:
        with log_errors(self._path):
            return self._write(appends)

    def _write(self, appends: Sequence[Append]) -> list[Outcome]:
        """Insert the appends into the file that others find, wherever it is put meanwhile."""
        while True:
            if not self._written.is_in_place:
                self._written = self._written.put_back()
            outcomes = _insert(self._written.connection, appends)
            if self._written.is_in_place:
                return outcomes
            self._written = self._written.put_back()
            if _are_in(self._written.connection, appends, outcomes):
                return outcomes


def _insert(connection: sqlite3.Connection, appends: Sequence[Append]) -> list[Outcome]:
    with transaction(connection):
        return _inserted(connection, appends)


def _inserted(connection: sqlite3.Connection, appends: Sequence[Append]) -> list[Outcome]:
    """What becomes of appends in the transaction that is open."""
    names = {append.stream for append in appends}
    outcomes = placed(appends, (name for name in names if _is_open(connection, name)), last_place(connection))
    connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?)", rows_of(appends, outcomes))
    return outcomes


def _is_open(connection: sqlite3.Connection, stream: str) -> bool:
    return bool(connection.execute("SELECT 1 FROM streams WHERE name = ?", [stream]).fetchone())


def _are_in(connection: sqlite3.Connection, appends: Sequence[Append], outcomes: Sequence[Outcome]) -> bool:
    """Whether rows that were committed together are in a copy of the file in which they were."""
    first = next(rows_of(appends, outcomes), None)
    query = "SELECT seq, stream, received_at, record FROM log WHERE seq = ?"
    return first is None or connection.execute(query, first[:1]).fetchone() == first
