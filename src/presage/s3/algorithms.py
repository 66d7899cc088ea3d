"""The algorithms of S3's checksums, each in the shape of a hashlib hash.

Source: the values of ChecksumAlgorithm in S3's service model; the CRCs by their names in the catalogue of
parametrised CRC algorithms.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import anycrc
import xxhash


class Hasher(Protocol):
    """Something that digests bytes as they come."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        ...

    def digest(self) -> bytes:
        """The digest of all bytes so far."""
        ...


class Crc:
    """A cyclic redundancy check in the shape of a hashlib hash.

    Parameters
    ----------
    model : anycrc's
    size : of the digest, in bytes
    """

    def __init__(self, model: Any, size: int) -> None:
        self._model = model
        self._size = size
        self._value = 0

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        self._value = self._model.calc(data, self._value)

    def digest(self) -> bytes:
        """The digest of all bytes so far, the most significant byte first."""
        return self._value.to_bytes(self._size, "big")


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """A checksum algorithm.

    Parameters
    ----------
    size : of a digest, in bytes
    begin : a hasher that has taken in nothing yet
    join : the digest of two runs of bytes from the digest of the first, that of the second, and the second's
        length in bytes; None where the bytes themselves are needed
    is_composable : whether S3 makes checksums of parts' checksums with it
    """

    size: int
    begin: Callable[[], Hasher]
    join: Callable[[bytes, bytes, int], bytes] | None = None
    is_composable: bool = True


def _crc(name: str, size: int, *, is_composable: bool = True) -> Algorithm:
    model = anycrc.Model(name)

    def join(first: bytes, second: bytes, length: int) -> bytes:
        joined = model.combine(int.from_bytes(first, "big"), int.from_bytes(second, "big"), length)
        return joined.to_bytes(size, "big")

    return Algorithm(size=size, begin=partial(Crc, model, size), join=join, is_composable=is_composable)


ALGORITHMS: Mapping[str, Algorithm] = {
    "crc32": _crc("CRC32", 4),
    "crc32c": _crc("CRC32C", 4),
    "crc64nvme": _crc("CRC64-NVME", 8, is_composable=False),
    "md5": Algorithm(size=16, begin=partial(hashlib.md5, usedforsecurity=False)),
    "sha1": Algorithm(size=20, begin=partial(hashlib.sha1, usedforsecurity=False)),
    "sha256": Algorithm(size=32, begin=hashlib.sha256),
    "sha512": Algorithm(size=64, begin=hashlib.sha512),
    "xxhash64": Algorithm(size=8, begin=xxhash.xxh64),
    "xxhash3": Algorithm(size=8, begin=xxhash.xxh3_64),
    "xxhash128": Algorithm(size=16, begin=xxhash.xxh3_128),
}
