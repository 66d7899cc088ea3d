"""The checksums by which S3 clients and servers make sure of what they sent and got."""

import base64
import binascii
from collections.abc import Mapping

from .algorithms import ALGORITHMS
from .errors import S3Error

HEADER = "x-amz-checksum-"
ALGORITHM_HEADER, TYPE_HEADER = f"{HEADER}algorithm", f"{HEADER}type"
COMPOSITE, FULL_OBJECT = "COMPOSITE", "FULL_OBJECT"


class Checks:
    """What a request declares about its body, held against the body as it comes in.

    Parameters
    ----------
    headers : of the request

    Raises S3Error: InvalidDigest for what cannot be a checksum, InvalidRequest for a trailer that is none.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._declared = declared_checksums(headers)
        self._promised = promised_checksum(headers)
        self._declared_sha256 = headers.get("x-amz-content-sha256", "")
        self._declared_md5 = headers.get("content-md5", "")
        names = {*self._declared, self._promised}
        names |= {"sha256"} if len(self._declared_sha256) == 64 else set()
        names |= {"md5"} if self._declared_md5 else set()
        self._hashers = {name: ALGORITHMS[name].begin() for name in names if name}

    def update(self, data: bytes) -> None:
        """Take in more of the body."""
        for hasher in self._hashers.values():
            hasher.update(data)

    def finish(self, trailers: Mapping[str, str]) -> dict[str, str]:
        """The checksums to keep, once the whole body is in; `trailers` came after it.

        Raises S3Error: BadDigest, InvalidDigest, MalformedTrailerError or XAmzContentSHA256Mismatch.
        """
        declared = self._declared | self._trailing(trailers)
        for name, value in declared.items():
            right = self._hashers[name].digest()
            if decoded(name, value) != right:
                text = f"the {name} declared is {value}; that of the body is {encoded(right)}"
                raise S3Error("BadDigest", text)
        if len(self._declared_sha256) == 64:
            self._check_sha256()
        if self._declared_md5:
            self._check_md5()
        return declared

    def _trailing(self, trailers: Mapping[str, str]) -> dict[str, str]:
        """The checksums in the trailers: the one that was promised, and no other."""
        found = declared_checksums(trailers)
        if self._promised and self._promised not in found:
            raise S3Error("MalformedTrailerError", f"the trailer '{HEADER}{self._promised}' did not come")
        for name in found.keys() - self._hashers.keys():
            text = f"the trailer '{HEADER}{name}' came unannounced; x-amz-trailer must name it"
            raise S3Error("MalformedTrailerError", text)
        return found

    def _check_sha256(self) -> None:
        if self._hashers["sha256"].digest().hex() != self._declared_sha256.lower():
            raise S3Error(
                "XAmzContentSHA256Mismatch", "the body does not have the SHA-256 of x-amz-content-sha256"
            )

    def _check_md5(self) -> None:
        if decoded("md5", self._declared_md5, "Content-MD5") != self._hashers["md5"].digest():
            raise S3Error("BadDigest", f"the Content-MD5 declared, {self._declared_md5}, is not the body's")


def declared_checksums(headers: Mapping[str, str]) -> dict[str, str]:
    """Algorithm -> value, of the checksum headers. Raises InvalidDigest if one cannot be a checksum."""
    found = {name: headers[HEADER + name] for name in ALGORITHMS if HEADER + name in headers}
    for name, value in found.items():
        decoded(name, value.partition("-")[0])
    return found


def promised_checksum(headers: Mapping[str, str]) -> str:
    """The algorithm of the checksum that is to come after the body; empty = none. Raises InvalidRequest."""
    trailer = headers.get("x-amz-trailer", "").strip().lower()
    name = trailer.removeprefix(HEADER)
    if trailer and (name == trailer or name not in ALGORITHMS):
        text = f"x-amz-trailer is {trailer!r}; it must be {HEADER} and one of {', '.join(ALGORITHMS)}"
        raise S3Error("InvalidRequest", text)
    return name


def decoded(algorithm: str, value: str, name: str = "") -> bytes:
    """The bytes that a checksum's base64 means. Raises InvalidDigest if they cannot be one.

    Parameters
    ----------
    name : what the message calls the checksum; empty = its algorithm
    """
    size = ALGORITHMS[algorithm].size
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != size:
        text = f"the {name or algorithm} declared is {value!r}; it must be base64 of {size} bytes"
        raise S3Error("InvalidDigest", text)
    return digest


def encoded(digest: bytes) -> str:
    """A digest as S3 writes it."""
    return base64.b64encode(digest).decode()


def checksum_headers(checksums: Mapping[str, str]) -> dict[str, str]:
    """The headers that tell the checksums of an object, or of a part."""
    told = {HEADER + name: value for name, value in checksums.items()}
    return {TYPE_HEADER: _type_of(checksums)} | told if told else {}


def object_elements(checksums: Mapping[str, str]) -> dict[str, str]:
    """The XML elements that tell the checksums of an object."""
    return {"ChecksumType": _type_of(checksums)} | checksum_elements(checksums) if checksums else {}


def checksum_elements(checksums: Mapping[str, str]) -> dict[str, str]:
    """The XML elements that tell the checksums of a part, such as `ChecksumCRC32`."""
    return {f"Checksum{name.upper()}": value for name, value in checksums.items()}


def _type_of(checksums: Mapping[str, str]) -> str:
    return COMPOSITE if any("-" in value for value in checksums.values()) else FULL_OBJECT
