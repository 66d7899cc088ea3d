"""Bodies of S3 requests: decoded, checked against what the request declares, and written as they come."""

from collections.abc import AsyncIterator, Callable

from presage.buckets.store import Draft

from .checksums import Checks
from .chunks import read_chunks
from .errors import S3Error
from .request import Endpoint, S3Request
from .xml import Element, parse

WRITE_BYTES = 1024 * 1024  # a thread is asked to write about so much at once
MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
SIGNED_CHUNKS = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


async def write_body(endpoint: Endpoint, request: S3Request, draft: Draft) -> dict[str, str]:
    """Write a request's content to a draft, and return the checksums to keep with it.

    Raises S3Error, the draft discarded, if the content is not what the request declares.
    """
    with draft.writing():
        return await _write_checked(endpoint, request, draft)


async def _write_checked(endpoint: Endpoint, request: S3Request, draft: Draft) -> dict[str, str]:
    checks = Checks(request.headers)

    def take(data: bytes) -> None:
        checks.update(data)
        draft.write(data)

    trailers = await _each_batch(endpoint, request, take)
    length = request.headers.get("x-amz-decoded-content-length", str(draft.size))
    if length != str(draft.size):
        raise S3Error("IncompleteBody", f"{length} bytes were announced and {draft.size} came")
    return checks.finish(trailers)


async def read_document(request: S3Request) -> bytes:
    """A small body, whole. Raises S3Error, as `write_body` does and for more than 8 MiB."""
    checks = Checks(request.headers)
    trailers: dict[str, str] = {}
    body = bytearray()
    async for data in _content(request, trailers):
        body += data
        if len(body) > MAX_DOCUMENT_BYTES:
            raise S3Error("EntityTooLarge", f"the document has more than {MAX_DOCUMENT_BYTES} bytes")
    checks.update(bytes(body))
    checks.finish(trailers)
    return bytes(body)


async def read_xml(request: S3Request) -> Element:
    """The XML document that a request carries. Raises S3Error: MalformedXML and those of `read_document`."""
    body = await read_document(request)
    try:
        return parse(body)
    except ValueError as error:
        raise S3Error("MalformedXML", f"the body is not the XML document that S3 expects: {error}") from None


async def _each_batch(
    endpoint: Endpoint, request: S3Request, take: Callable[[bytes], None]
) -> dict[str, str]:
    """Give the content, in batches, to `take` on a thread; return the trailers."""
    trailers: dict[str, str] = {}
    batch: list[bytes] = []
    size = 0
    async for data in _content(request, trailers):
        batch.append(data)
        size += len(data)
        if size >= WRITE_BYTES:
            await endpoint.run(take, b"".join(batch))
            batch, size = [], 0
    if batch:
        await endpoint.run(take, b"".join(batch))
    return trailers


def _content(request: S3Request, trailers: dict[str, str]) -> AsyncIterator[bytes]:
    """The content of the body, taken out of its encoding."""
    payload = request.headers.get("x-amz-content-sha256", "")
    if payload in SIGNED_CHUNKS:
        return read_chunks(request.body.chunks(), trailers, request.signer)
    if payload == UNSIGNED_CHUNKS:
        return read_chunks(request.body.chunks(), trailers, None)
    if payload.startswith("STREAMING-"):
        raise S3Error("NotImplemented", f"the payload encoding {payload} is not supported")
    return request.body.chunks()
