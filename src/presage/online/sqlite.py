"""The embedded online store: one SQLite file in WAL mode, whose readers wait for nobody.

A commit does not wait for the disk. After power loss the store stands where it stood a moment before, mark
and states alike, and what the log has beyond the mark is folded again.
"""

import sqlite3
import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from presage.files import make_folder

from .protocol import Mark, Stored

NAME = "online.sqlite"
FORMAT = 1
_BUSY_SECONDS = 30.0
_TABLES = """
CREATE TABLE IF NOT EXISTS identities (
    number INTEGER PRIMARY KEY,
    space TEXT NOT NULL,
    identity TEXT NOT NULL,
    answer BLOB NOT NULL,
    opened BLOB NOT NULL,
    UNIQUE (space, identity)
);
CREATE TABLE IF NOT EXISTS records (
    number INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    UNIQUE (owner, key)
);
CREATE TABLE IF NOT EXISTS marks (space TEXT PRIMARY KEY, place INTEGER NOT NULL, note BLOB NOT NULL);
"""


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


class SqliteStore:
    """The store in one file of a data folder; see `protocol.OnlineStore`.

    Raises RuntimeError if a newer presage wrote it. One that is lost is folded again from the log.
    """

    is_remote = False

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        path = folder / NAME
        self._writer, self._writing = _connect(path), threading.Lock()
        with self._changing():
            (found,) = self._writer.execute("PRAGMA user_version").fetchone()
            if found > FORMAT:
                raise RuntimeError(
                    f"{path} was written by a newer presage (format {found}); this one knows up to {FORMAT}"
                )
            for statement in _TABLES.split(";"):
                self._writer.execute(statement)
            self._writer.execute(f"PRAGMA user_version = {FORMAT}")
        self._reader, self._reading = _connect(path), threading.Lock()

    def find(self, space: str, identity: str) -> bytes | None:
        """The answer about an identity; None if there is none."""
        query = "SELECT answer FROM identities WHERE space = ? AND identity = ?"
        with self._reading:
            found = self._reader.execute(query, [space, identity]).fetchone()
        return found and found[0]

    def mark(self, space: str) -> Mark:
        """How far the space's log was folded."""
        with self._reading:
            return _mark(self._reader, space)

    @contextmanager
    def turn(self, space: str) -> Generator["_Turn"]:
        """Wait for the turn to change a space."""
        with self._changing():
            turn = _Turn(self._writer, space)
            yield turn
            self._writer.execute("INSERT OR REPLACE INTO marks VALUES (?, ?, ?)", [space, *turn.mark])

    def highest_place(self) -> int:
        """The highest place of the log that any space holds."""
        with self._reading:
            return self._reader.execute("SELECT coalesce(max(place), 0) FROM marks").fetchone()[0]

    def drop(self, space: str) -> None:
        """Forget a space, in one step."""
        of_space = "SELECT number FROM identities WHERE space = ?"
        with self._changing():
            self._writer.execute(f"DELETE FROM records WHERE owner IN ({of_space})", [space])  # noqa: S608
            self._writer.execute("DELETE FROM identities WHERE space = ?", [space])
            self._writer.execute("DELETE FROM marks WHERE space = ?", [space])

    def close(self) -> None:
        """Let go of the file."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()

    @contextmanager
    def _changing(self) -> Generator[None]:
        with self._writing:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._writer.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._writer.rollback()
                raise


class _Turn:
    """A transaction on one space; see `protocol.Turn`."""

    def __init__(self, connection: sqlite3.Connection, space: str) -> None:
        self._connection, self._space = connection, space
        self.mark = _mark(connection, space)

    def load(self, identity: str) -> Stored | None:
        """What is kept of an identity; None if nothing is."""
        found = self._connection.execute(
            "SELECT number, opened FROM identities WHERE space = ? AND identity = ?", [self._space, identity]
        ).fetchone()
        if found is None:
            return None
        number, opened = found
        rows = self._connection.execute("SELECT value FROM records WHERE owner = ? ORDER BY number", [number])
        return Stored(opened, [value for (value,) in rows])

    def put(
        self,
        identity: str,
        answer: bytes,
        opened: bytes,
        records: Mapping[str, bytes],
        removed: Iterable[str],
    ) -> None:
        """Keep an identity's answer and what changed of it."""
        (number,) = self._connection.execute(
            "INSERT INTO identities (space, identity, answer, opened) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (space, identity) DO UPDATE SET answer = excluded.answer, opened = excluded.opened"
            " RETURNING number",
            [self._space, identity, answer, opened],
        ).fetchone()
        self._connection.executemany(
            "DELETE FROM records WHERE owner = ? AND key = ?", [(number, key) for key in removed]
        )
        self._connection.executemany(
            "INSERT INTO records (owner, key, value) VALUES (?, ?, ?)"
            " ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value",
            [(number, key, value) for key, value in records.items()],
        )

    def forget(self, identity: str) -> None:
        """Keep nothing of an identity any more."""
        found = self._connection.execute(
            "DELETE FROM identities WHERE space = ? AND identity = ? RETURNING number",
            [self._space, identity],
        ).fetchone()
        if found is not None:
            self._connection.execute("DELETE FROM records WHERE owner = ?", found)


def _mark(connection: sqlite3.Connection, space: str) -> Mark:
    found = connection.execute("SELECT place, note FROM marks WHERE space = ?", [space]).fetchone()
    return Mark(*found) if found else Mark()
