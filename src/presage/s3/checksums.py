"""The checksums by which S3 clients and servers make sure of what they sent and got."""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from .errors import S3Error

HEADER = "x-amz-checksum-"
# CRC32C and CRC64NVME have no fast implementation here: they are kept and handed back for clients to check.
ALGORITHMS = {"crc32": 4, "crc32c": 4, "crc64nvme": 8, "sha1": 20, "sha256": 32}


class Hasher(Protocol):
    """Something that digests bytes as they come."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        ...

    def digest(self) -> bytes:
        """The digest of all bytes so far."""
        ...


class Crc32:
    """CRC-32 (ISO-HDLC) in the shape of a hashlib hash."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        """Four bytes, the most significant first."""
        return self._value.to_bytes(4, "big")


def _sha1() -> Hasher:
    return hashlib.sha1(usedforsecurity=False)


HASHERS: Mapping[str, Callable[[], Hasher]] = {"crc32": Crc32, "sha1": _sha1, "sha256": hashlib.sha256}


class Checks:
    """What a request declares about its body, held against the body as it comes in.

    Parameters
    ----------
    headers : of the request
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._declared = declared_checksums(headers)
        self._promised = headers.get("x-amz-trailer", "").strip().lower()
        algorithms = {*self._declared, self._promised.removeprefix(HEADER)}
        self._hashers = {name: HASHERS[name]() for name in algorithms if name in HASHERS}
        self._sha256 = headers.get("x-amz-content-sha256", "")
        if len(self._sha256) == 64:
            self._hashers.setdefault("sha256", hashlib.sha256())
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._declared_md5 = headers.get("content-md5", "")

    def update(self, data: bytes) -> None:
        """Take in more of the body."""
        for hasher in self._hashers.values():
            hasher.update(data)
        if self._declared_md5:
            self._md5.update(data)

    def finish(self, trailers: Mapping[str, str]) -> dict[str, str]:
        """The checksums to keep, once the whole body is in; `trailers` came after it.

        Raises S3Error: BadDigest, InvalidDigest, MalformedTrailerError or XAmzContentSHA256Mismatch.
        """
        if self._promised and self._promised not in trailers:
            raise S3Error("MalformedTrailerError", f"the trailer {self._promised!r} did not come")
        declared = {**self._declared, **declared_checksums(trailers)}
        for name, value in declared.items():
            if name in self._hashers and decoded(name, value) != self._hashers[name].digest():
                right = encoded(self._hashers[name].digest())
                raise S3Error("BadDigest", f"the {name} declared is {value}; that of the body is {right}")
        if len(self._sha256) == 64 and self._hashers["sha256"].digest().hex() != self._sha256.lower():
            raise S3Error(
                "XAmzContentSHA256Mismatch", "the body does not have the SHA-256 of x-amz-content-sha256"
            )
        if self._declared_md5 and decoded("Content-MD5", self._declared_md5, 16) != self._md5.digest():
            raise S3Error("BadDigest", f"the Content-MD5 declared, {self._declared_md5}, is not the body's")
        return declared


def declared_checksums(headers: Mapping[str, str]) -> dict[str, str]:
    """Algorithm -> value, of the checksum headers. Raises InvalidDigest if one cannot be a checksum."""
    found = {name: headers[HEADER + name] for name in ALGORITHMS if HEADER + name in headers}
    for name, value in found.items():
        decoded(name, value.partition("-")[0])
    return found


def decoded(name: str, value: str, size: int | None = None) -> bytes:
    """The bytes that a checksum's base64 means. Raises InvalidDigest if there are not `size` of them."""
    size = size or ALGORITHMS[name]
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != size:
        raise S3Error("InvalidDigest", f"the {name} declared is {value!r}; it must be base64 of {size} bytes")
    return digest


def encoded(digest: bytes) -> str:
    """A digest as S3 writes it."""
    return base64.b64encode(digest).decode()


def joined_checksums(parts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """S3's composite checksums of an object made of parts: that of their checksums, and their number."""
    joined: dict[str, str] = {}
    for name, hasher_of in HASHERS.items():
        if parts and all(name in checksums for checksums in parts):
            hasher = hasher_of()
            hasher.update(b"".join(decoded(name, checksums[name]) for checksums in parts))
            joined[name] = f"{encoded(hasher.digest())}-{len(parts)}"
    return joined


def checksum_headers(checksums: Mapping[str, str]) -> dict[str, str]:
    """The headers that tell kept checksums."""
    if not checksums:
        return {}
    kind = "COMPOSITE" if any("-" in value for value in checksums.values()) else "FULL_OBJECT"
    return {f"{HEADER}type": kind} | {HEADER + name: value for name, value in checksums.items()}


def checksum_elements(checksums: Mapping[str, str]) -> dict[str, str]:
    """The XML elements that tell kept checksums, such as `ChecksumCRC32`."""
    return {f"Checksum{name.upper()}": value for name, value in checksums.items()}
