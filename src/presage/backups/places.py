"""Where back-ups go: a folder, or what lies below a prefix of an S3."""

import os
import shutil
from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from presage.config import Config
from presage.files import locked, make_folder, sync
from presage.remote import ObjectStore, leased

_LOCK = "lock"


class Place(Protocol):
    """Files by key, whole or absent."""

    def keys(self, prefix: str) -> dict[str, int]:
        """Key -> bytes, of all files whose key begins with a prefix that ends in `/`."""
        ...

    def upload(self, path: Path, key: str) -> object:
        """Store a file under a key, to last."""
        ...

    def download(self, key: str, path: Path) -> object:
        """Put what a key names in the place of a file. Raises FileNotFoundError."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Forget keys."""
        ...

    def turn(self) -> AbstractContextManager[None]:
        """Wait for, then be, the only writer."""
        ...


class FolderPlace:
    """A folder, which only its owner can read."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keys(self, prefix: str) -> dict[str, int]:
        """See `Place`."""
        found = (self._root / prefix).rglob("*")
        return {
            one.relative_to(self._root).as_posix(): one.stat().st_size
            for one in found
            if one.is_file() and not one.name.startswith(".")
        }

    def upload(self, path: Path, key: str) -> None:
        """See `Place`."""
        target = self._root / key
        make_folder(target.parent)
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            shutil.copyfile(path, draft)
            sync(draft)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        sync(target.parent)

    def download(self, key: str, path: Path) -> None:
        """See `Place`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self._root / key, path)

    def delete(self, keys: Iterable[str]) -> None:
        """See `Place`."""
        for key in keys:
            (self._root / key).unlink(missing_ok=True)

    @contextmanager
    def turn(self) -> Generator[None]:
        """See `Place`."""
        make_folder(self._root)
        self._root.chmod(0o700)
        with locked(self._root / _LOCK):
            yield


class BucketPlace:
    """What lies below a prefix of an S3."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.upload, self.download, self.delete = store.upload, store.download, store.delete

    def keys(self, prefix: str) -> dict[str, int]:
        """See `Place`."""
        return {key: found.size for key, found in self._store.list(prefix).items()}

    def turn(self) -> AbstractContextManager[None]:
        """See `Place`."""
        return leased(self._store, _LOCK)


def open_place(where: str, config: Config) -> Place:
    """The place of a folder's path or an s3:// URL; raises ValueError."""
    if not where.startswith("s3://"):
        return FolderPlace(Path(where))
    endpoint = config.object_store_endpoint or config.s3_endpoint
    return BucketPlace(ObjectStore(where, endpoint=endpoint, region=config.region))
