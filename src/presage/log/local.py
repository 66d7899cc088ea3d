"""The log on a local disk. A commit waits for the disk, so one thread commits together whatever waits."""

import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

import orjson
import structlog

from .file import NAME, OpenFile, connect, last_place, locked_log, log_errors, transaction
from .mark import Mark, read_mark, write_mark
from .protocol import Backlog, Lines, LogError, LoggedRecord, NoSuchStream, Record

_MOST_PER_COMMIT = 5_000
logger = structlog.get_logger()


@dataclass(frozen=True)
class _Append:
    stream: str
    records: Sequence[bytes]
    received_at: float
    done: Future[range]


_Outcome: TypeAlias = range | NoSuchStream
"""What becomes of an append: its places, or why it was refused."""


class LocalLog:
    """The log in one file of a data folder; see `protocol.Log`."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._path = folder / NAME
        self._clock = clock
        self._marked = 0
        self._waiting: SimpleQueue[_Append | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._is_closed = False
        self._reader = OpenFile(self._path)
        self._reading = threading.Lock()
        self._written = OpenFile(self._path)
        self._writing = threading.Lock()
        self._writer = threading.Thread(target=self._write_until_closed, name="event-log", daemon=True)
        self._writer.start()

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

    def append(self, stream: str, records: Sequence[Record]) -> Future[range]:
        """Log the records, all or none; the answer, their places, comes once they are on disk."""
        appended = self._appended(stream, records)
        with self._gate:
            self._check_open()
            self._waiting.put(appended)
        return appended.done

    def write(self, stream: str, records: Sequence[Record]) -> range:
        """Log the records, all or none, by this thread, and with them whatever waits; their places."""
        appended = self._appended(stream, records)
        with self._writing:
            self._check_open()
            self._commit([appended, *self._more()])
        return appended.done.result()

    def _appended(self, stream: str, records: Sequence[Record]) -> _Append:
        return _Append(stream, [orjson.dumps(record) for record in records], self._clock(), Future())

    def _check_open(self) -> None:
        if self._is_closed:
            raise LogError(f"the event log {self._path} is closed")

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
        some = f"SELECT seq FROM log WHERE stream = ? AND seq <= ? LIMIT {_MOST_PER_COMMIT}"  # noqa: S608
        n_dropped = 1
        while n_dropped:
            with self._changing() as connection:
                dropped = connection.execute(f"DELETE FROM log WHERE seq IN ({some})", [stream, through])  # noqa: S608
                n_dropped = dropped.rowcount

    def erase(self, stream: str, places: Sequence[int]) -> None:
        """Forget single records of a stream; many at a time, so that nobody waits for long."""
        for begin in range(0, len(places), _MOST_PER_COMMIT):
            with self._changing() as connection:
                some = places[begin : begin + _MOST_PER_COMMIT]
                connection.execute("PRAGMA secure_delete = ON")
                connection.executemany(
                    "DELETE FROM log WHERE stream = ? AND seq = ?", [(stream, place) for place in some]
                )

    def raise_mark(self, through: int) -> None:
        """Give no place up to and with this one again, even if the log itself is lost."""
        if through <= self._marked:
            return
        with log_errors(self._path), locked_log(self._folder):
            found = read_mark(self._folder) or Mark(identity=self._reader.identity, place=0)
            if found.place < through:
                found = Mark(identity=found.identity, place=through)
                write_mark(self._folder, found)
        self._marked = found.place

    def close(self) -> None:
        """Log what waits, then stop."""
        with self._gate:
            if self._is_closed:
                return
            self._is_closed = True
            self._waiting.put(None)
        self._writer.join()
        with self._writing:  # who wrote by itself has ended
            pass
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

    def _write_until_closed(self) -> None:
        while (first := self._waiting.get()) is not None:
            with self._writing:
                self._commit([first, *self._more()])

    def _more(self) -> list[_Append]:
        """What else waits now. The end mark, if met, is put back: nothing can follow it."""
        more: list[_Append] = []
        while len(more) < _MOST_PER_COMMIT:
            try:
                item = self._waiting.get_nowait()
            except Empty:
                break
            if item is None:
                self._waiting.put(None)
                break
            more.append(item)
        return more

    def _commit(self, appends: Sequence[_Append]) -> None:
        wanted = [append for append in appends if append.done.set_running_or_notify_cancel()]
        try:
            with log_errors(self._path):
                outcomes = self._write(wanted)
        except Exception as error:  # whatever it is, those who wait must hear of it
            outcomes = [error] * len(wanted)
        for append, outcome in zip(wanted, outcomes, strict=True):
            if isinstance(outcome, range):
                append.done.set_result(outcome)
            else:
                append.done.set_exception(outcome)

    def _write(self, appends: Sequence[_Append]) -> list[_Outcome]:
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


def _insert(connection: sqlite3.Connection, appends: Sequence[_Append]) -> list[_Outcome]:
    with transaction(connection):
        closed = {name for name in {append.stream for append in appends} if not _is_open(connection, name)}
        end = last_place(connection)
        outcomes: list[_Outcome] = []
        for append in appends:
            if append.stream in closed:
                outcomes.append(NoSuchStream(append.stream))
            else:
                outcomes.append(range(end + 1, end + 1 + len(append.records)))
                end += len(append.records)
        connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?)", _rows(appends, outcomes))
    return outcomes


def _is_open(connection: sqlite3.Connection, stream: str) -> bool:
    return bool(connection.execute("SELECT 1 FROM streams WHERE name = ?", [stream]).fetchone())


def _rows(
    appends: Sequence[_Append], outcomes: Sequence[_Outcome]
) -> Generator[tuple[int, str, float, bytes]]:
    for append, outcome in zip(appends, outcomes, strict=True):
        if isinstance(outcome, range):
            for place, record in zip(outcome, append.records, strict=True):
                yield place, append.stream, append.received_at, record


def _are_in(connection: sqlite3.Connection, appends: Sequence[_Append], outcomes: Sequence[_Outcome]) -> bool:
    """Whether rows that were committed together are in a copy of the file in which they were."""
    first = next(_rows(appends, outcomes), None)
    query = "SELECT seq, stream, received_at, record FROM log WHERE seq = ?"
    return first is None or connection.execute(query, first[:1]).fetchone() == first
