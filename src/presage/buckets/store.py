"""What buckets are on disk: an index in SQLite, and one immutable file per object under a random name.

A key is a value in the index and never a file name, so no key can reach outside its bucket's folder. A file
is written and synced before the row that names it is committed: an object is whole or absent, also after a
crash.
"""

import hashlib
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any
from uuid import uuid4

import structlog

from presage.files import link_or_copy, make_folder, sync

SCHEMA = """
CREATE TABLE IF NOT EXISTS bucket (
    name TEXT PRIMARY KEY, created_at REAL NOT NULL, policy TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS setting (
    bucket TEXT NOT NULL REFERENCES bucket ON DELETE CASCADE, name TEXT NOT NULL, document BLOB NOT NULL,
    PRIMARY KEY (bucket, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS object (
    bucket TEXT NOT NULL REFERENCES bucket, key BLOB NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, modified_at REAL NOT NULL, headers TEXT NOT NULL, checksums TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS object_file ON object (file);
CREATE TABLE IF NOT EXISTS upload (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL REFERENCES bucket ON DELETE CASCADE, key BLOB NOT NULL,
    created_at REAL NOT NULL, headers TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (
    upload TEXT NOT NULL REFERENCES upload ON DELETE CASCADE, number INTEGER NOT NULL, file TEXT NOT NULL,
    size INTEGER NOT NULL, etag TEXT NOT NULL, modified_at REAL NOT NULL, checksums TEXT NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
"""
SECONDS_PER_DAY = 86_400
log = structlog.get_logger()


class Draft:
    """A file being written that nobody can see until a row of the index names it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._file = path.open("wb")

    @property
    def etag(self) -> str:
        """The MD5 of what was written so far, in hex: S3's ETag of an object sent whole."""
        return self._md5.hexdigest()

    def write(self, data: bytes) -> None:
        """Append `data`."""
        self._file.write(data)
        self._md5.update(data)
        self.size += len(data)

    @contextmanager
    def writing(self) -> Generator[None]:
        """Discard the file if the block, which writes into it, raises."""
        try:
            yield
        except BaseException:
            self.discard()
            raise

    @contextmanager
    def sealed(self) -> Generator[None]:
        """Bring content and name to the disk, for the block to name the file in the index, or discard it."""
        with self.writing():
            self._file.close()
            sync(self.path, self.path.parent)
            yield

    def discard(self) -> None:
        """Forget the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class Store:
    """The index and the data files; safe for several threads and processes at once.

    Parameters
    ----------
    root : the folder of all buckets, made if it is missing
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        make_folder(root)
        self._lock = RLock()
        self._db = sqlite3.connect(
            root / "index.sqlite", timeout=60, isolation_level=None, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the index; the store is of no use afterwards."""
        self._db.close()

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """The answer to one reading query."""
        with self._lock:
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """A writing transaction: on disk when the block ends, undone when it raises."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def folder(self, bucket: str) -> Path:
        """Where the files of a bucket lie; `bucket` is a name that the index holds."""
        return self.root / "data" / bucket

    def draft(self, bucket: str) -> Draft:
        """A new empty file in the folder of `bucket`."""
        return Draft(self._new_path(bucket))

    def duplicate(self, file: Path, bucket: str) -> Path:
        """A second name for a file, in the folder of `bucket`: a copy, as files never change."""
        path = self._new_path(bucket)
        link_or_copy(file, path)
        sync(path.parent)
        return path

    def _new_path(self, bucket: str) -> Path:
        folder = self.folder(bucket)
        make_folder(folder)
        return folder / uuid4().hex

    def lend(self, file: Path) -> Path:
        """A further name for a file, which stays until the borrower deletes it."""
        folder = self.root / "lent"
        make_folder(folder)
        path = folder / uuid4().hex
        link_or_copy(file, path)
        return path

    def sweep(self, now: float) -> int:
        """Delete files, more than a day old, that a crash left without a row. Return how many."""
        folders = [*_listed(self.root / "data"), self.root / "lent"]
        return sum(self._swept(path, now) for folder in folders for path in _listed(folder))

    def _swept(self, path: Path, now: float) -> bool:
        """Whether a file was left and is deleted now; one that errs is logged, and left to the next sweep."""
        try:
            if path.lstat().st_ctime >= now - SECONDS_PER_DAY:
                return False
            with self.transaction():
                if self._is_named(path.name):
                    return False
                path.unlink()
        except FileNotFoundError:
            return False
        except (OSError, sqlite3.Error):
            log.exception("a file that a crash left cannot be deleted; it is tried again", path=str(path))
            return False
        return True

    def _is_named(self, file: str) -> bool:
        query = "SELECT 1 FROM object WHERE file = ? UNION ALL SELECT 1 FROM part WHERE file = ?"
        return bool(self.rows(query, file, file))


def _listed(folder: Path) -> list[Path]:
    """What lies in a folder; nothing if it has gone, or is none."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError:
        log.exception("a folder of buckets cannot be read; it is tried again", path=str(folder))
        return []
