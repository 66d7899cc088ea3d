"""The `aws-chunked` encoding: a body in chunks, each perhaps signed, with checksums in trailers after it.

A chunk is `size-in-hex[;chunk-signature=...]`, CRLF, its bytes, CRLF; the last has size 0 and no bytes, and
is followed by trailer lines. Source: AWS, "Signature Calculations for the Authorization Header: Transferring
Payload in Multiple Chunks" and "Checking object integrity: trailing checksums".
"""

import hashlib
import hmac
from collections.abc import AsyncIterator, MutableMapping

from presage.wire.numbers import whole
from presage.wire.signature import ALGORITHM, Caller, signing_key

from .errors import S3Error

LONGEST_LINE = 8192
LARGEST_CHUNK_BYTES = 1 << 62
_NOTHING = hashlib.sha256(b"").hexdigest()


class ChunkSigner:
    """The chain of signatures over the chunks of one request: each signs the one before it too."""

    def __init__(self, caller: Caller) -> None:
        signature, key = caller.signature, caller.key
        self._key = signing_key(key.secret, signature.day, signature.region, signature.service)
        self._head = f"{signature.at}\n{signature.scope}"
        self._previous = signature.signature

    def check_chunk(self, signature: str, digest: str) -> None:
        """Hold a chunk's signature against the SHA-256 (hex) of its bytes. Raises SignatureDoesNotMatch."""
        self._check(signature, f"{ALGORITHM}-PAYLOAD", f"{_NOTHING}\n{digest}")

    def check_trailers(self, signature: str, lines: bytes) -> None:
        """Hold the trailers' signature against their lines. Raises SignatureDoesNotMatch."""
        self._check(signature, f"{ALGORITHM}-TRAILER", hashlib.sha256(lines).hexdigest())

    def _check(self, signature: str, algorithm: str, content: str) -> None:
        text = f"{algorithm}\n{self._head}\n{self._previous}\n{content}"
        right = hmac.digest(self._key, text.encode(), "sha256").hex()
        if not hmac.compare_digest(right.encode(), signature.encode()):
            raise S3Error("SignatureDoesNotMatch", "a chunk's signature does not match its content")
        self._previous = right


async def read_chunks(
    pieces: AsyncIterator[bytes], trailers: MutableMapping[str, str], signer: ChunkSigner | None
) -> AsyncIterator[bytes]:
    """The content of an encoded body.

    Parameters
    ----------
    pieces : the body as it comes in
    trailers : filled, by lower-case name, once all content is out
    signer : None if the chunks are not signed, or nobody asks for signatures

    Raises S3Error: IncompleteBody, SignatureDoesNotMatch.
    """
    reader = _Reader(pieces)
    size = -1
    while size:
        size, signature = _chunk_head(await reader.line())
        digest = hashlib.sha256()
        async for content in reader.exactly(size):
            if signer:
                digest.update(content)
            yield content
        if size and await reader.line():
            raise _malformed("a chunk is longer than it says")
        if signer:
            signer.check_chunk(signature, digest.hexdigest())
    await _read_trailers(reader, trailers, signer)


async def _read_trailers(
    reader: "_Reader", trailers: MutableMapping[str, str], signer: ChunkSigner | None
) -> None:
    lines = b""
    while line := await reader.line(at_end=b""):
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "x-amz-trailer-signature":
            if signer:
                signer.check_trailers(value, lines)
            return
        trailers[name.strip().lower()] = value.strip()
        lines += line + b"\n"
    if signer and lines:
        raise S3Error("SignatureDoesNotMatch", "the trailers are not signed, though the chunks are")


def _chunk_head(line: bytes) -> tuple[int, str]:
    """Size and signature of a chunk."""
    text, _, extension = line.decode("latin-1").partition(";")
    size = whole(text, LARGEST_CHUNK_BYTES, base=16)
    if size is None:
        raise _malformed(f"{text[:20]!r} is no chunk size in hex")
    return size, extension.removeprefix("chunk-signature=")


class _Reader:
    """Lines and runs of bytes from pieces of any size."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._buffer = b""

    async def line(self, at_end: bytes | None = None) -> bytes:
        """The next line without its CRLF; `at_end` if the body ends here and that is not None."""
        while b"\r\n" not in self._buffer:
            piece = await anext(self._pieces, b"")
            if not piece and not self._buffer and at_end is not None:
                return at_end
            if not piece or len(self._buffer) > LONGEST_LINE:
                raise _malformed("a line does not end")
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    async def exactly(self, size: int) -> AsyncIterator[bytes]:
        """The next `size` bytes."""
        while size:
            piece = self._buffer or await anext(self._pieces, b"")
            if not piece:
                raise _malformed(f"{size} bytes of a chunk are missing")
            self._buffer = piece[size:]
            size -= len(piece[:size])
            yield piece[: len(piece) - len(self._buffer)]


def _malformed(what: str) -> S3Error:
    return S3Error("IncompleteBody", f"the aws-chunked body is malformed: {what}")
