"""What a file is that is not what its name says; gzip that names itself so is unpacked.

A format is told by its first bytes, whatever the file is called.
"""

import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from presage.errors import JobFailure

_HEAD_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 20
_LOOK_BYTES = 1000
_PARQUET = b"PAR1"
_GZIP = b"\x1f\x8b"
_UNPACK = "unpack it before it is uploaded, or pack it with gzip and name it .csv.gz"
_WORKBOOK = ("an Excel workbook", "save it as CSV in UTF-8")
_FORMATS = (
    (_GZIP, "gzip", "give it a name that ends in .csv.gz, or unpack it before it is uploaded"),
    (_PARQUET + rb"[^\w,\"\r\n]", "Parquet", "give it a name that ends in .parquet"),
    (
        rb"PK\x03\x04|PK\x05\x06",
        "a zip archive",
        "upload the file that is in it, or pack it with gzip as .csv.gz",
    ),
    (rb"BZh\d1AY&SY", "bzip2", _UNPACK),
    (rb"\xfd7zXZ\0", "xz", _UNPACK),
    (rb"\(\xb5/\xfd", "zstd", _UNPACK),
    (rb"\xd0\xcf\x11\xe0", *_WORKBOOK),
    (rb"\xff\xfe|\xfe\xff|[^\0]\0[^\0]\0|\0[^\0]\0[^\0]", "UTF-16", "save it as UTF-8"),
)
"""How the beginning of a file looks, what the file is then, and what to do."""


def check_is_csv(path: Path, name: str) -> None:
    """Raise JobFailure that says what a file is, if it is known to be something else than CSV."""
    if found := _format_of(path):
        what, advice = found
        raise JobFailure(f"The file is {what}, not CSV in UTF-8; {advice} ({name})")


def check_is_parquet(path: Path, name: str) -> None:
    """Raise JobFailure that says what a file is, if it does not begin as Parquet does."""
    if _begins_with(_PARQUET, path):
        return
    found = _format_of(path)
    what = found[0] if found else _look_of(path)
    raise JobFailure(f"The file is not Parquet, as its name says, but {what} ({name})")


def is_parquet_name(name: str) -> bool:
    """Whether a file of this name is read as Parquet; every other is read as CSV."""
    return _plain_name(name).endswith(".parquet")


@contextmanager
def unpacked(path: Path, name: str, draft: Path) -> Generator[Path]:
    """The file as it was before it was packed with gzip, if its name says that it was; `path` or `draft`.

    Raises JobFailure if it is damaged.
    """
    if _plain_name(name) == name.lower() or not _begins_with(_GZIP, path):
        yield path
        return
    try:
        with gzip.open(path) as packed, draft.open("wb") as out:
            shutil.copyfileobj(packed, out, _CHUNK_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise JobFailure(f"The gzip file is damaged: {error}; pack and upload it again ({name})") from None
    yield draft
    draft.unlink()


def _plain_name(name: str) -> str:
    """A name in lower case, without `.gz` at its end."""
    return name.lower().removesuffix(".gz")


def _begins_with(begins: bytes, path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(begins)) == begins


def _look_of(path: Path) -> str:
    """What a file of no known format looks like."""
    with path.open("rb") as file:
        head = file.read(_LOOK_BYTES)
    if not head:
        return "empty"
    return "of no known format" if b"\0" in head else "text, as CSV is"


def _format_of(path: Path) -> tuple[str, str] | None:
    """What a file is, and what to do about it; None if it may be CSV."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for begins, what, advice in _FORMATS:
        if re.match(begins, head):
            return _WORKBOOK if _is_workbook(path) else (what, advice)
    if b"\r" in head and b"\n" not in head:
        return "text whose lines end in CR alone", "end them in LF or CRLF"
    return None


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(entry.startswith("xl/") for entry in archive.namelist())
    except zipfile.BadZipFile:
        return False
