"""What files on a local disk need: to be there after power loss, and one writer at a time."""

import errno
import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_TEXTS = ("No space left on device", "Disk quota exceeded", "database or disk is full")


def is_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it arose from, says that a disk is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if any(text in str(error) for text in _FULL_TEXTS):
            return True
        error = error.__cause__ or error.__context__
    return False


def sync(*paths: Path) -> None:
    """Return when the disk holds these files and folders as they are now."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def text_of(path: Path) -> str:
    """The text of a file that people write. Raises ValueError if it is no UTF-8, OSError."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is no UTF-8; save the file as UTF-8") from None


def make_folder(path: Path) -> None:
    """Make the folder, and those above it, if need be, to last."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync(path.parent)


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Generator[None]:
    """Wait for, then hold, a lock between threads and processes; it ends with its holder's life.

    Parameters
    ----------
    shared : any number may hold it who share it, and nobody else meanwhile
    """
    make_folder(path.parent)
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the disk knows no hard links."""
    try:
        os.link(source, target)
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError:
        shutil.copy2(source, target)
        sync(target)


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in the place of an old one; whatever dies meanwhile, one of the two is there, whole."""
    draft = path.with_name(f"{path.name}.draft")
    draft.write_bytes(data)
    sync(draft)
    draft.replace(path)
    sync(path.parent)
