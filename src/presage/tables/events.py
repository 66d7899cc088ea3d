"""The durable event log: what callers told, on disk before they are answered, in the order of its arrival.

SQLite in a file of its own, in WAL mode with `synchronous=FULL`. A commit waits for the disk (milliseconds),
so one thread commits together whatever waits. Several processes may read and write one log.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeAlias

import orjson

from presage.files import make_folder, sync

Record: TypeAlias = bytes | Mapping[str, Any]
"""One JSON object: its text, or what it holds."""

_TABLE = """
CREATE TABLE IF NOT EXISTS log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    received_at REAL NOT NULL,
    record BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS log_by_stream ON log (stream, seq);
"""
_MOST_PER_COMMIT = 5_000
_BUSY_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class LoggedRecord:
    """One record of the log.

    Parameters
    ----------
    seq : its place: 1, 2, ... over all streams, never used twice
    stream : the ARN of the dataset it was told to
    received_at : seconds since 1970, UTC
    """

    seq: int
    stream: str
    received_at: float
    record: dict[str, Any]


@dataclass(frozen=True)
class _Append:
    stream: str
    records: Sequence[bytes]
    received_at: float
    done: Future[range]


class EventLog:
    """The log in one file.

    Parameters
    ----------
    path : the file; its folder is made if need be
    clock : gives the time, in seconds since 1970
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._clock = clock
        self._waiting: SimpleQueue[_Append | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._is_closed = False
        make_folder(path.parent)
        with closing(self._connect()) as connection:
            connection.executescript(_TABLE)
        sync(path, path.parent)
        self._reader = self._connect()
        self._reading = threading.Lock()
        self._connection = self._connect()
        self._writer = threading.Thread(target=self._write_until_closed, name="event-log", daemon=True)
        self._writer.start()

    def append(self, stream: str, records: Sequence[Record]) -> Future[range]:
        """Log the records, all or none; the answer, their places, comes once they are on disk.

        Await it with `asyncio.wrap_future`. It raises what kept the records from the disk, for instance
        sqlite3.OperationalError when that is full. Raises RuntimeError after `close`.
        """
        texts = [r if isinstance(r, bytes) else orjson.dumps(r) for r in records]
        done: Future[range] = Future()
        with self._gate:
            if self._is_closed:
                raise RuntimeError(f"the event log {self.path} is closed")
            self._waiting.put(_Append(stream, texts, self._clock(), done))
        return done

    def read(self, after: int, limit: int, stream: str | None = None) -> list[LoggedRecord]:
        """The first `limit` records whose place is beyond `after`, of one stream or of all."""
        rows = self._query(
            f"SELECT seq, stream, received_at, record FROM log WHERE seq > :after {_of(stream)}"  # noqa: S608
            " ORDER BY seq LIMIT :limit",
            {"after": after, "limit": limit, "stream": stream},
        )
        return [LoggedRecord(seq=s, stream=n, received_at=t, record=orjson.loads(r)) for s, n, t, r in rows]

    def last_seq(self) -> int:
        """The place of the newest record, dropped ones included; 0 before the first."""
        rows = self._query("SELECT seq FROM sqlite_sequence WHERE name = 'log'", {})
        return rows[0][0] if rows else 0

    def drop(self, through: int, stream: str | None = None) -> None:
        """Forget the records up to and with a place, of one stream or of all."""
        some = f"SELECT seq FROM log WHERE seq <= :through {_of(stream)} LIMIT {_MOST_PER_COMMIT}"  # noqa: S608
        with closing(self._connect()) as connection:
            while connection.execute(
                f"DELETE FROM log WHERE seq IN ({some})",  # noqa: S608
                {"through": through, "stream": stream},
            ).rowcount:
                pass

    def close(self) -> None:
        """Log what waits, then stop."""
        with self._gate:
            if self._is_closed:
                return
            self._is_closed = True
            self._waiting.put(None)
        self._writer.join()
        self._connection.close()
        self._reader.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _query(self, query: str, values: Mapping[str, Any]) -> list[Any]:
        with self._reading:
            return self._reader.execute(query, values).fetchall()

    def _write_until_closed(self) -> None:
        while (first := self._waiting.get()) is not None:
            self._commit([first, *self._more()])

    def _more(self) -> list[_Append]:
        """What else waits now. The end mark, if met, is put back: nothing can follow it."""
        more: list[_Append] = []
        while len(more) < _MOST_PER_COMMIT and not self._waiting.empty():
            item = self._waiting.get()
            if item is None:
                self._waiting.put(None)
                break
            more.append(item)
        return more

    def _commit(self, appends: Sequence[_Append]) -> None:
        wanted = [append for append in appends if append.done.set_running_or_notify_cancel()]
        try:
            places = _insert(self._connection, wanted)
        except Exception as error:  # whatever it is, those who wait must hear of it
            with suppress(sqlite3.Error):
                self._connection.rollback()
            for append in wanted:
                append.done.set_exception(error)
            return
        for append, place in zip(wanted, places, strict=True):
            append.done.set_result(place)


def _of(stream: str | None) -> str:
    return "" if stream is None else "AND stream = :stream"


def _insert(connection: sqlite3.Connection, appends: Sequence[_Append]) -> list[range]:
    connection.execute("BEGIN IMMEDIATE")
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
    end = found[0] if found else 0
    places: list[range] = []
    for append in appends:
        places.append(range(end + 1, end + 1 + len(append.records)))
        end += len(append.records)
    connection.executemany(
        "INSERT INTO log VALUES (?, ?, ?, ?)",
        (
            (seq, append.stream, append.received_at, record)
            for append, place in zip(appends, places, strict=True)
            for seq, record in zip(place, append.records, strict=True)
        ),
    )
    connection.execute("COMMIT")
    return places
