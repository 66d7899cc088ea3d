"""Folders of files by name: on this machine alone, or shared by many through an object store.

A file of a shared folder is whole there or absent. Its copy here stands beside a mark, a small file with the
ETag that it had there, so that a change shows. Files without a mark have not been put there yet.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from presage.files import locked

from .store import Found, ObjectStore

_MARK = ".etag"
_LOCK = ".lock"


class Folders(Protocol):
    """Folders of files; a name may have several parts: `version/training`."""

    @property
    def root(self) -> Path:
        """Where they lie on this machine."""
        ...

    def pull(self, name: str = "") -> Path:
        """Where a folder lies on this machine, as it is now for all; empty = all folders."""
        ...

    def push(self, name: str) -> None:
        """Let all have a folder as it is on this machine."""
        ...

    def remove(self, name: str) -> None:
        """Delete a folder, for all."""
        ...

    def parts(self, name: str) -> set[str]:
        """The folders that lie in a folder."""
        ...

    def sweep(self) -> None:
        """Delete copies on this machine of what others have deleted."""
        ...

    def put(self, file: Path) -> None:
        """Let all have one file, which never changes from now on."""
        ...

    def bring(self, file: Path) -> None:
        """See that such a file is on this machine. Raises FileNotFoundError."""
        ...

    def bring_all(self) -> Path:
        """Where all such files lie on this machine."""
        ...

    def drop(self, file: Path) -> None:
        """Delete such a file, for all."""
        ...

    def tidy(self, left_before: float, unused_since: float, is_needed: Callable[[str], bool]) -> None:
        """Delete such files that nobody needs, and copies that were not used for a while.

        Parameters
        ----------
        left_before : a file that is not needed goes if it was put there before this, in seconds since 1970
        unused_since : a copy goes if it was used last before this
        is_needed : whether a file of a name is needed
        """
        ...


class LocalFolders:
    """Folders on this machine alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def pull(self, name: str = "") -> Path:
        """See `Folders`."""
        return self.root / name

    def push(self, name: str) -> None:
        """See `Folders`: it is there."""

    def remove(self, name: str) -> None:
        """See `Folders`."""
        shutil.rmtree(self.root / name, ignore_errors=True)

    def parts(self, name: str) -> set[str]:
        """See `Folders`."""
        folder = self.root / name
        return {one.name for one in folder.iterdir() if one.is_dir()} if folder.is_dir() else set()

    def sweep(self) -> None:
        """See `Folders`: there are no copies."""

    def put(self, file: Path) -> None:
        """See `Folders`: it is there."""

    def bring(self, file: Path) -> None:
        """See `Folders`: it is there, or was deleted, which its reader finds out."""

    def bring_all(self) -> Path:
        """See `Folders`."""
        return self.root

    def drop(self, file: Path) -> None:
        """See `Folders`."""
        file.unlink(missing_ok=True)

    def tidy(self, left_before: float, unused_since: float, is_needed: Callable[[str], bool]) -> None:
        """See `Folders`: there are no copies, and what is left is its owner's business."""


class SharedFolders:
    """Folders that an object store keeps; `root` is the cache of this machine.

    Every method may raise ObjectStoreError.

    Parameters
    ----------
    prefix : of their keys
    """

    def __init__(self, root: Path, store: ObjectStore, prefix: str) -> None:
        self.root = root
        self._store, self._prefix = store, prefix

    def pull(self, name: str = "") -> Path:
        """See `Folders`."""
        folder = self.root / name
        copies = list(_marked(folder))
        if kept := self._kept(name):
            with locked(folder / _LOCK):
                for file, found in kept.items():
                    if not file.exists() or _mark(file) != found.etag:
                        self._bring(file)
        _drop(file for file in copies if file not in kept)
        return folder

    def push(self, name: str) -> None:
        """See `Folders`. What came from there, and was deleted here since, is deleted there."""
        folder = self.root / name
        files = [one for one in folder.rglob("*") if one.is_file() and not _is_ours(one)]
        for file in files:
            _set_mark(file, self._store.upload(file, self._key(file)))
        gone = [file for file in _marked(folder) if not file.exists()]
        self._store.delete(self._key(file) for file in gone)
        for file in gone:
            _mark_path(file).unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """See `Folders`."""
        self._store.delete(self._store.list(f"{self._prefix}/{name}/"))
        shutil.rmtree(self.root / name, ignore_errors=True)

    def parts(self, name: str) -> set[str]:
        """See `Folders`."""
        inside = (file.relative_to(self.root / name).parts for file in self._kept(name))
        return {parts[0] for parts in inside if len(parts) > 1}

    def sweep(self) -> None:
        """See `Folders`."""
        copies = list(_marked(self.root))  # before the listing: what is put there meanwhile stays
        kept = self._kept("")
        _drop(file for file in copies if file not in kept)

    def put(self, file: Path) -> None:
        """See `Folders`."""
        self._store.upload(file, self._key(file))

    def bring(self, file: Path) -> None:
        """See `Folders`."""
        try:
            os.utime(file)
        except FileNotFoundError:
            self._store.download(self._key(file), file)

    def bring_all(self) -> Path:
        """See `Folders`."""
        for file in self._kept(""):
            with suppress(FileNotFoundError):  # deleted a moment ago
                self.bring(file)
        return self.root

    def drop(self, file: Path) -> None:
        """See `Folders`."""
        file.unlink(missing_ok=True)
        self._store.delete([self._key(file)])

    def tidy(self, left_before: float, unused_since: float, is_needed: Callable[[str], bool]) -> None:
        """See `Folders`."""
        for file, found in self._kept("").items():
            if found.modified_at < left_before and not is_needed(file.name):
                self.drop(file)
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < unused_since:
                    file.unlink()

    def _kept(self, name: str) -> dict[Path, Found]:
        """File of the cache, there or not -> what the store says of it."""
        prefix = f"{self._prefix}/{name}/" if name else f"{self._prefix}/"
        found = self._store.list(prefix)
        return {self.root / key.removeprefix(f"{self._prefix}/"): one for key, one in found.items()}

    def _bring(self, file: Path) -> None:
        try:
            _set_mark(file, self._store.download(self._key(file), file))
        except FileNotFoundError:
            return  # it was deleted a moment ago

    def _key(self, file: Path) -> str:
        return f"{self._prefix}/{file.relative_to(self.root).as_posix()}"


def _drop(files: Iterable[Path]) -> None:
    """Delete copies, and the folders that hold nothing then."""
    for file in files:
        file.unlink(missing_ok=True)
        _mark_path(file).unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            if all(_is_ours(one) for one in file.parent.iterdir()):
                shutil.rmtree(file.parent, ignore_errors=True)


def _marked(folder: Path) -> Iterator[Path]:
    """The files in and below a folder that have a mark, whether or not they are there still."""
    for mark in folder.rglob(f".*{_MARK}"):
        yield mark.with_name(mark.name.removeprefix(".").removesuffix(_MARK))


def _mark_path(file: Path) -> Path:
    return file.with_name(f".{file.name}{_MARK}")


def _mark(file: Path) -> str:
    try:
        return _mark_path(file).read_text()
    except FileNotFoundError:
        return ""


def _set_mark(file: Path, etag: str) -> None:
    _mark_path(file).write_text(etag)


def _is_ours(file: Path) -> bool:
    """Whether a file is a lock, a mark or a draft, none of which is shared."""
    return file.name.startswith(".") or file.name == "lock" or file.suffix == ".lock"
