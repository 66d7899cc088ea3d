"""A table's files on a local disk: locked, moved, synced, deleted. Where S3 differs it differs here alone.

delta-rs never syncs what it writes, so that a commit might not outlive a power failure: it is synced here.
"""

import shutil
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path

from presage.files import locked, make_folder, sync

_LOG = "_delta_log"
_DIGITS = 20
"""The files of Delta's log begin with their version, in so many digits."""


class LocalFolder:
    """The folder of one table, or where it will be. Beside it lie its lock and, for a while, its draft.

    Parameters
    ----------
    path : the folder
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def uri(self) -> str:
        """Where delta-rs finds the table."""
        return str(self.path)

    @property
    def draft(self) -> Path:
        """The folder in which the only writer prepares files."""
        return self.path.with_suffix(".draft")

    @contextmanager
    def writing(self) -> Generator[Path]:
        """The only writer's turn: the draft, empty; what is left in it at the end is gone."""
        with locked(self.path.with_suffix(".lock")):
            shutil.rmtree(self.draft, ignore_errors=True)
            self.draft.mkdir()
            try:
                yield self.draft
            finally:
                shutil.rmtree(self.draft, ignore_errors=True)

    @contextmanager
    def reading(self) -> Generator[None]:
        """While this lasts, files that the newest version does not need may still be needed."""
        with locked(self.path.with_suffix(".reading"), shared=True):
            yield

    @contextmanager
    def unread(self) -> Generator[None]:
        """Wait until nobody is `reading`; who wants to meanwhile waits."""
        with locked(self.path.with_suffix(".reading")):
            yield

    def take(self, files: Sequence[Path], names: Sequence[str]) -> list[int]:
        """Move drafted files in under these names, on disk when this returns; their sizes in bytes."""
        make_folder(self.path)
        for file, name in zip(files, names, strict=True):
            file.replace(self.path / name)
        paths = self.paths(names)
        sync(*paths, self.path)
        return [path.stat().st_size for path in paths]

    def paths(self, names: Iterable[str]) -> list[Path]:
        """Where files can be read."""
        return [self.path / name for name in names]

    def names(self) -> set[str]:
        """The Parquet files that lie in the folder, needed or not."""
        return {path.name for path in self.path.glob("*.parquet")}

    def delete(self, names: Iterable[str]) -> None:
        """Delete Parquet files, if they are there."""
        for path in self.paths(names):
            path.unlink(missing_ok=True)

    def sync_log(self, after: int) -> int:
        """Put what was committed after a version on disk; the newest version."""
        newest = after
        while (self.path / _LOG / f"{newest + 1:0{_DIGITS}d}.json").exists():
            newest += 1
        fresh = [path for version, path in self._log_entries() if version > after]
        sync(*fresh, *(self.path / _LOG).glob("_last_checkpoint"), self.path / _LOG, self.path)
        return newest

    def expire_log(self, before: int) -> None:
        """Delete the log entries that no version from `before` on needs: those older than its checkpoint."""
        entries = list(self._log_entries())
        checkpoints = [path for version, path in entries if version <= before and ".checkpoint" in path.name]
        if checkpoints:
            base = max(checkpoints)
            sync(base, self.path / _LOG)
            for version, path in entries:
                if version < _version(base):
                    path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete the table."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _log_entries(self) -> Generator[tuple[int, Path]]:
        for path in (self.path / _LOG).iterdir():
            if path.name[:_DIGITS].isdigit():
                yield _version(path), path


def _version(entry: Path) -> int:
    return int(entry.name[:_DIGITS])
