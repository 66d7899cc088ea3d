"""The log's file: SQLite in WAL mode, where a commit waits for the disk; what it holds, and where it lies.

format 1: a table `log` alone, whose streams are the ARNs of datasets
format 2: streams are declared, the log has an identity
"""

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import structlog

from presage.files import sync

from .mark import locked_log
from .protocol import LogError

FORMAT = 2
NAME = "events.sqlite"
_BUSY_SECONDS = 30.0
logger = structlog.get_logger()

TABLES = """
CREATE TABLE IF NOT EXISTS log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    received_at REAL NOT NULL,
    record BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS log_by_stream ON log (stream, seq);
CREATE TABLE IF NOT EXISTS streams (
    name TEXT PRIMARY KEY,
    consumer TEXT NOT NULL,
    read_through INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS meta (
    format INTEGER NOT NULL,
    identity TEXT NOT NULL,
    generation INTEGER NOT NULL
);
"""
"""`generation` counts how often the file was put back in its place while it was in use."""


def connect(path: Path, mode: str = "rw") -> sqlite3.Connection:
    """A connection to the log's file; only the mode "rwc" makes one that is not there."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


@contextmanager
def log_errors(path: Path) -> Generator[None]:
    """Errors of SQLite and of the disk leave as the log's."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise LogError(f"the event log {path} failed: {error}") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """All or nothing, on disk at the end."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.rollback()
        raise


def last_place(connection: sqlite3.Connection) -> int:
    """The highest place that was ever given."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
    return found[0] if found else 0


class OpenFile:
    """A connection that knows whether its file still lies where it was opened.

    SQLite writes on happily to a file that was removed or replaced, and nobody finds what it writes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with log_errors(path):
            self.connection = connect(path)
            self.identity, self.generation = self.connection.execute(
                "SELECT identity, generation FROM meta"
            ).fetchone()
        self._name = str(path)
        self._inode, self._wal_inode = _inode(path), _inode(_beside(path, "-wal"))

    @property
    def is_in_place(self) -> bool:
        """Whether the file's name leads to the file that is open."""
        return _inode(self._name) == self._inode

    def put_back(self) -> "OpenFile":
        """The file in its place again, with all that it held, unless another process has put it back already.

        An older copy of it, or what is no log, is set aside. Raises LogError where another log has taken its
        place, for that may be in use.
        """
        with locked_log(self.path.parent), log_errors(self.path):
            self._take_wal_away()
            identity, generation = self._found_in_place()
            if identity not in (None, self.identity):
                raise LogError(
                    f"another event log lies at {self.path} now; what is told is refused."
                    " Restart presage to use it"
                )
            if generation <= self.generation:
                draft = self._copy()
                aside = self._clear_place()
                draft.rename(self.path)
                sync(self.path.parent)
                logger.warning(
                    "the event log's file was removed or replaced while in use; it was put back",
                    file=str(self.path),
                    other_file_set_aside=aside and str(aside),
                    last_place=last_place(self.connection),
                )
            found = OpenFile(self.path)
            self.connection.close()  # SQLite sees that the file has moved, and leaves the new one's WAL alone
            return found

    def _found_in_place(self) -> tuple[str | None, int]:
        """(identity, generation) of the log that lies at the path; (None, -1) if none does."""
        uri = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        with suppress(sqlite3.Error), closing(sqlite3.connect(uri, uri=True)) as other:
            tables = {name for (name,) in other.execute("SELECT name FROM sqlite_master")}
            if "meta" in tables:
                return other.execute("SELECT identity, generation FROM meta").fetchone()
            if "log" in tables:  # of format 1
                return "", 0
        return None, -1

    def _copy(self) -> Path:
        draft = _beside(self.path, ".draft")
        draft.unlink(missing_ok=True)
        with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
            self.connection.backup(copy)
            copy.execute("UPDATE meta SET generation = ?", [self.generation + 1])
        sync(draft)
        return draft

    def _take_wal_away(self) -> None:
        """Take this file's WAL from beside another file, which must not be read with it."""
        wal = _beside(self.path, "-wal")
        if _inode(wal) == self._wal_inode:
            wal.unlink(missing_ok=True)
            _beside(self.path, "-shm").unlink(missing_ok=True)

    def _clear_place(self) -> Path | None:
        """Take away what lies at the path; it is kept under another name."""
        aside = _beside(self.path, f".aside-{uuid4().hex[:8]}")
        for ending in ("", "-wal"):
            with suppress(FileNotFoundError):
                _beside(self.path, ending).rename(_beside(aside, ending))
        _beside(self.path, "-shm").unlink(missing_ok=True)
        return aside if aside.exists() else None


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _inode(path: Path | str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 (before and after each commit, at half the cost)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
