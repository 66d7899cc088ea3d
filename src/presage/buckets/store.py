"""What buckets are on disk: an index, and one immutable file per object under a random name.

A key is a value in the index and never a file name, so no key can reach outside its bucket's folder. A file
is written and synced before the row that names it is committed: an object is whole or absent, also after a
crash.
"""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from presage.files import link_or_copy, make_folder, sync
from presage.remote import Folders, LocalFolders

from .index import Index

SECONDS_PER_DAY = 86_400
UNUSED_SECONDS = 3600
"""A copy of a file that is kept elsewhere goes when it was not used for so long."""
log = structlog.get_logger()


class Draft:
    """A file being written that nobody can see until a row of the index names it."""

    def __init__(self, path: Path, files: Folders) -> None:
        self.path, self._files = path, files
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
            self._files.put(self.path)
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
    files : who keeps the files; None = the folder itself
    database : SQLAlchemy URL of the index; empty = SQLite in the folder
    """

    def __init__(self, root: Path, files: Folders | None = None, database: str = "") -> None:
        self.root = root
        make_folder(root)
        self.files = files or LocalFolders(root / "data")
        self._index = Index(database or f"sqlite:///{(root / 'index.sqlite').absolute()}")
        self.rows, self.transaction, self.close = self._index.rows, self._index.transaction, self._index.close

    def folder(self, bucket: str) -> Path:
        """Where the files of a bucket lie; `bucket` is a name that the index holds."""
        return self.root / "data" / bucket

    def draft(self, bucket: str) -> Draft:
        """A new empty file in the folder of `bucket`."""
        return Draft(self._new_path(bucket), self.files)

    def duplicate(self, file: Path, bucket: str) -> Path:
        """A second name for a file, in the folder of `bucket`: a copy, as files never change."""
        path = self._new_path(bucket)
        self.files.bring(file)
        link_or_copy(file, path)
        sync(path.parent)
        self.files.put(path)
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
        self.files.tidy(now - SECONDS_PER_DAY, now - UNUSED_SECONDS, self._is_named)
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
        except (OSError, SQLAlchemyError):
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
