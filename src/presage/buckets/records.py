"""What buckets hold: objects, uploads and their parts, and the rules of keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import KeyTooLongError

MAX_KEY_BYTES = 1024


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket.

    Parameters
    ----------
    created_at : seconds since 1970
    region : where it was asked to be; empty if nobody said
    """

    name: str
    created_at: float
    region: str


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """An object as it was when it was looked up.

    Parameters
    ----------
    size : bytes
    etag : without quotes
    modified_at : seconds since 1970
    headers : the HTTP headers kept with it, in lower case: content type, user metadata (`x-amz-meta-...`)
    checksums : algorithm such as `crc32` -> value in base64, as S3 writes it
    path : the file with its bytes, which never changes; it goes when the object is replaced or deleted
    """

    bucket: str
    key: str
    size: int
    etag: str
    modified_at: float
    headers: Mapping[str, str]
    checksums: Mapping[str, str]
    path: Path


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A page of a bucket in the order of the keys' UTF-8 bytes.

    Parameters
    ----------
    objects : those whose key holds no delimiter after the prefix
    folders : the others, rolled up: the key up to and with the first delimiter after the prefix
    next_after : the name to go on after; None at the end
    """

    objects: list[StoredObject]
    folders: list[str]
    next_after: str | None


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A multipart upload that is neither completed nor aborted."""

    id: str
    bucket: str
    key: str
    created_at: float
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part that has arrived; `etag` is the MD5 of its bytes in hex, `checksums` as those of an object."""

    number: int
    size: int
    etag: str
    modified_at: float
    checksums: Mapping[str, str]
    path: Path


def check_key(key: str) -> None:
    """Raise KeyTooLongError for a key of more than 1024 bytes."""
    n_bytes = len(key.encode())
    if n_bytes > MAX_KEY_BYTES:
        raise KeyTooLongError(n_bytes)


def successor(prefix: bytes) -> bytes:
    """The least byte string after all UTF-8 strings that begin with `prefix`."""
    return prefix[:-1] + bytes([prefix[-1] + 1]) if prefix else b"\xff"
