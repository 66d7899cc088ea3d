"""A table's files on a local disk: locked, moved, synced, deleted. `shared` does the same on an S3.

delta-rs never syncs what it writes, so that a commit might not outlive a power failure: it is synced here.
"""

import shutil
from collections.abc import Generator, Iterable, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol, Self

from presage.files import link_or_copy, locked, make_folder, sync

LOG = "_delta_log"
_DIGITS = 20
"""The files of Delta's log begin with their version, in so many digits."""


class TableFolder(Protocol):
    """The folder of one table, or of several, or where it will be."""

    @property
    def uri(self) -> str:
        """Where delta-rs finds the table."""
        ...

    @property
    def options(self) -> dict[str, str] | None:
        """What delta-rs must know to reach it."""
        ...

    @property
    def draft(self) -> Path:
        """The folder on this machine in which the only writer prepares files."""
        ...

    def below(self, name: str) -> Self:
        """A folder in this one."""
        ...

    def asking(self) -> AbstractContextManager[None]:
        """While delta-rs is asked: Unavailable if the place does not answer."""
        ...

    def writing(self) -> AbstractContextManager[Path]:
        """The only writer's turn: the draft, empty; what is left in it at the end is gone."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """While this lasts, files that the newest version does not need may still be needed."""
        ...

    def unread(self) -> AbstractContextManager[None]:
        """Wait until nobody is `reading`; who wants to meanwhile waits."""
        ...

    def take(self, files: Sequence[Path], names: Sequence[str]) -> list[int]:
        """Move drafted files in under these names, there to last when this returns; their sizes in bytes."""
        ...

    def paths(self, names: Iterable[str]) -> list[Path]:
        """Where files can be read on this machine."""
        ...

    def names(self) -> set[str]:
        """The Parquet files that lie in the folder, needed or not."""
        ...

    def delete(self, names: Iterable[str]) -> None:
        """Delete Parquet files, if they are there."""
        ...

    def link_log(self, version: int, into: Path) -> None:
        """Give the log entries up to a version a second name in another folder. Raises FileNotFoundError."""
        ...

    def sync_log(self, after: int) -> int:
        """Let what was committed after a version last; the newest version."""
        ...

    def expire_log(self, before: int) -> None:
        """Delete the log entries that no version from `before` on needs: those older than its checkpoint."""
        ...

    def remove(self) -> None:
        """Delete what lies in the folder."""
        ...

    def sweep(self) -> None:
        """Delete copies on this machine of Parquet files that others have deleted."""
        ...


class LocalFolder:
    """The folder of one table, or where it will be. Beside it lie its lock and, for a while, its draft.

    Parameters
    ----------
    path : the folder
    """

    options: dict[str, str] | None = None

    def __init__(self, path: Path) -> None:
        self.path = path

    def below(self, name: str) -> "LocalFolder":
        """See `TableFolder`."""
        return LocalFolder(self.path / name)

    def asking(self) -> AbstractContextManager[None]:
        """See `TableFolder`: a disk answers."""
        return nullcontext()

    @property
    def uri(self) -> str:
        """See `TableFolder`."""
        return str(self.path)

    @property
    def draft(self) -> Path:
        """See `TableFolder`."""
        return self.path.with_suffix(".draft")

    @contextmanager
    def writing(self) -> Generator[Path]:
        """See `TableFolder`."""
        with locked(self.path.with_suffix(".lock")):
            shutil.rmtree(self.draft, ignore_errors=True)
            self.draft.mkdir()
            try:
                yield self.draft
            finally:
                shutil.rmtree(self.draft, ignore_errors=True)

    @contextmanager
    def reading(self) -> Generator[None]:
        """See `TableFolder`."""
        with locked(self.path.with_suffix(".reading"), shared=True):
            yield

    @contextmanager
    def unread(self) -> Generator[None]:
        """See `TableFolder`."""
        with locked(self.path.with_suffix(".reading")):
            yield

    def take(self, files: Sequence[Path], names: Sequence[str]) -> list[int]:
        """See `TableFolder`."""
        make_folder(self.path)
        for file, name in zip(files, names, strict=True):
            file.replace(self.path / name)
        paths = self.paths(names)
        sync(*paths, self.path)
        return [path.stat().st_size for path in paths]

    def paths(self, names: Iterable[str]) -> list[Path]:
        """See `TableFolder`."""
        return [self.path / name for name in names]

    def names(self) -> set[str]:
        """See `TableFolder`."""
        return {path.name for path in self.path.glob("*.parquet")}

    def delete(self, names: Iterable[str]) -> None:
        """See `TableFolder`."""
        for path in self.paths(names):
            path.unlink(missing_ok=True)

    def link_log(self, version: int, into: Path) -> None:
        """See `TableFolder`."""
        for number, path in list(self._log_entries()):
            if number <= version:
                link_or_copy(path, into / path.name)

    def sync_log(self, after: int) -> int:
        """See `TableFolder`."""
        newest = after
        while (self.path / LOG / entry_of(newest + 1)).exists():
            newest += 1
        fresh = [path for version, path in self._log_entries() if version > after]
        sync(*fresh, *(self.path / LOG).glob("_last_checkpoint"), self.path / LOG, self.path)
        return newest

    def expire_log(self, before: int) -> None:
        """See `TableFolder`."""
        names = [path.name for _, path in self._log_entries()]
        if base := checkpoint_of(names, before):
            sync(self.path / LOG / base, self.path / LOG)
            for name in older_than(base, names):
                (self.path / LOG / name).unlink(missing_ok=True)

    def remove(self) -> None:
        """See `TableFolder`."""
        shutil.rmtree(self.path, ignore_errors=True)

    def sweep(self) -> None:
        """See `TableFolder`: there are no copies."""

    def _log_entries(self) -> Generator[tuple[int, Path]]:
        for path in (self.path / LOG).iterdir():
            if path.name[:_DIGITS].isdigit():
                yield version_of(path.name), path


def entry_of(version: int) -> str:
    """What Delta's log calls the entry of a version."""
    return f"{version:0{_DIGITS}d}.json"


def version_of(entry: str) -> int:
    """The version that a file of Delta's log is of."""
    return int(entry[:_DIGITS])


def checkpoint_of(entries: Iterable[str], version: int) -> str:
    """The newest checkpoint that is no newer than a version; empty if there is none."""
    checkpoints = (one for one in entries if ".checkpoint" in one and version_of(one) <= version)
    return max(checkpoints, default="")


def older_than(base: str, entries: Iterable[str]) -> list[str]:
    """The entries that are older than another."""
    return [one for one in entries if version_of(one) < version_of(base)]
