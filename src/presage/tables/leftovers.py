"""Files that tools leave in a folder beside the data: markers, checksums, lists of files."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from presage.errors import JobFailure, few

_LISTS = ("manifest", "manifest.json")


class StoredFile(Protocol):
    """A file in a bucket."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def key(self) -> str:
        """Its key in the bucket."""
        ...

    @property
    def size(self) -> int:
        """Its bytes."""
        ...


File = TypeVar("File", bound=StoredFile)


def is_folder(key: str) -> bool:
    """Whether a location with this key means the files of a folder, not one file."""
    return not key or key.endswith("/")


def split_leftovers(files: Sequence[File], location: str) -> tuple[list[File], list[str]]:
    """The files of a folder that are data, and the names of the others.

    Raises JobFailure naming the location if none is data.
    """
    data = [file for file in files if not is_leftover(file)]
    others = [file.name for file in files if is_leftover(file)]
    if not data:
        raise JobFailure(
            f"Invalid Data location: {location} holds no data; empty files, and those whose names begin with"
            f" _ or . as tools leave them, are none: {few(others)}"
        )
    return data, others


def is_leftover(file: StoredFile) -> bool:
    """Whether a tool left it: Spark, Hadoop and Hive take names that begin with `_` or `.` for hidden."""
    name = file.key.rsplit("/", 1)[-1].lower()
    return not file.size or name.startswith(("_", ".")) or name.endswith(".crc") or name in _LISTS
