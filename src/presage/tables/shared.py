"""A table's files on an S3, with copies on this machine of those that were read: they never change.

Delta's own log is on the S3 alone. A commit goes through only if no other took its place there, and a lease
keeps other writers waiting, whichever machine they are on. Readers elsewhere need no lock: what they have
found they have copied.
"""

import re
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path

from presage.files import locked, make_folder
from presage.remote import ObjectStore, ObjectStoreError, leased

from .folder import LOG, LocalFolder, checkpoint_of, older_than, version_of


class SharedFolder:
    """The folder of one table in an object store; see `TableFolder`.

    Every method may raise ObjectStoreError.

    Parameters
    ----------
    cache : the folder of the copies; beside it lie its locks
    prefix : of the keys
    """

    def __init__(self, cache: Path, store: ObjectStore, prefix: str) -> None:
        self._cache = LocalFolder(cache)
        self._store, self._prefix = store, prefix

    @property
    def uri(self) -> str:
        """See `TableFolder`."""
        return self._store.uri(self._prefix)

    @property
    def options(self) -> dict[str, str] | None:
        """See `TableFolder`."""
        return dict(self._store.options)

    @property
    def draft(self) -> Path:
        """See `TableFolder`."""
        return self._cache.draft

    def below(self, name: str) -> "SharedFolder":
        """See `TableFolder`."""
        return SharedFolder(self._cache.path / name, self._store, f"{self._prefix}/{name}")

    @contextmanager
    def asking(self) -> Generator[None]:
        """See `TableFolder`."""
        try:
            yield
        except OSError as error:
            reason = re.sub(r"\s*\x1b\[\d+m\W?|\s+", " ", str(error))
            raise ObjectStoreError(f"{self.uri}: {reason}") from None

    @contextmanager
    def writing(self) -> Generator[Path]:
        """See `TableFolder`; it is the only writer's turn on any machine."""
        with self._cache.writing() as draft, leased(self._store, f"{self._prefix}.lock"):
            yield draft

    @contextmanager
    def reading(self) -> Generator[None]:
        """See `TableFolder`."""
        with self._cache.reading():
            yield

    @contextmanager
    def unread(self) -> Generator[None]:
        """See `TableFolder`; who reads on another machine reads copies."""
        with self._cache.unread():
            yield

    def take(self, files: Sequence[Path], names: Sequence[str]) -> list[int]:
        """See `TableFolder`."""
        make_folder(self._cache.path)
        for file, name in zip(files, names, strict=True):
            self._store.upload(file, self._key(name))
            file.replace(self._cache.path / name)
        return [path.stat().st_size for path in self._cache.paths(names)]

    def paths(self, names: Iterable[str]) -> list[Path]:
        """See `TableFolder`."""
        paths = self._cache.paths(names)
        lacking = [path for path in paths if not path.exists()]
        if lacking:
            with locked(self._cache.path.with_suffix(".fetching")):
                for path in lacking:
                    if not path.exists():
                        self._store.download(self._key(path.name), path)
        return paths

    def names(self) -> set[str]:
        """See `TableFolder`."""
        return {name for name in self._listed(self._prefix) if name.endswith(".parquet") and "/" not in name}

    def delete(self, names: Iterable[str]) -> None:
        """See `TableFolder`."""
        gone = list(names)
        self._store.delete(self._key(name) for name in gone)
        self._cache.delete(gone)

    def link_log(self, version: int, into: Path) -> None:
        """See `TableFolder`."""
        for name in self._log_entries():
            if version_of(name) <= version:
                self._store.download(self._key(f"{LOG}/{name}"), into / name)

    def sync_log(self, after: int) -> int:
        """See `TableFolder`; what an S3 has taken lasts."""
        versions = [version_of(name) for name in self._log_entries() if name.endswith(".json")]
        return max([after, *versions])

    def expire_log(self, before: int) -> None:
        """See `TableFolder`."""
        names = self._log_entries()
        if base := checkpoint_of(names, before):
            self._store.delete(self._key(f"{LOG}/{name}") for name in older_than(base, names))

    def remove(self) -> None:
        """See `TableFolder`."""
        self._store.delete([self._key(name) for name in self._listed(self._prefix)])
        self._cache.remove()

    def sweep(self) -> None:
        """Delete copies of files that are gone from the S3, once nobody on this machine is `reading`."""
        if self._cache.path.is_dir():
            with self.unread():
                copies = self._cache.names()  # before the listing: what is put there meanwhile stays
                self._cache.delete(copies - self.names())

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    def _listed(self, prefix: str) -> list[str]:
        """The names of what lies below a prefix, without it."""
        return [key.removeprefix(f"{prefix}/") for key in self._store.list(f"{prefix}/")]

    def _log_entries(self) -> list[str]:
        return [name for name in self._listed(f"{self._prefix}/{LOG}") if name[:1].isdigit()]
