"""The S3 operations on single objects, and the batch delete."""

from collections.abc import AsyncGenerator
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from presage.buckets.records import StoredObject

from . import tags
from .body import read_xml, write_body
from .checksums import checksum_headers, object_elements
from .conditions import KEPT, check_conditions, kept_headers, wanted_range, write_conditions
from .errors import S3Error
from .request import Endpoint, S3Answer, S3Request, http_time, xml_answer
from .xml import iso_time

READ_BYTES = 1024 * 1024
MOST_KEYS = 1000
COPY_SOURCE = "x-amz-copy-source"


async def put_object(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """PutObject."""
    headers, conditions = kept_headers(request.headers), write_conditions(request.headers)
    draft = await endpoint.run(endpoint.buckets.draft, request.bucket, request.key)
    checksums = await write_body(endpoint, request, draft)
    kept = await endpoint.run(
        endpoint.buckets.keep,
        draft,
        request.bucket,
        request.key,
        headers=headers,
        checksums=checksums,
        **conditions,
    )
    return S3Answer(headers={"etag": f'"{kept.etag}"', **checksum_headers(kept.checksums)})


async def get_object(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """GetObject."""
    found, file = await endpoint.run(endpoint.buckets.open, request.bucket, request.key)
    try:
        check_conditions(found, request.headers)
        status, headers, begin, end = _description(found, request)
    except BaseException:
        file.close()
        raise
    body = _content(endpoint, file, begin, end)
    return S3Answer(status=status, headers=headers, body=body, size=end - begin)


async def head_object(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """HeadObject."""
    found = await endpoint.run(endpoint.buckets.head, request.bucket, request.key)
    check_conditions(found, request.headers)
    status, headers, begin, end = _description(found, request)
    return S3Answer(status=status, headers=headers, size=end - begin)


async def delete_object(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """DeleteObject."""
    await endpoint.run(endpoint.buckets.delete, request.bucket, request.key)
    return S3Answer(status=204)


async def delete_objects(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """DeleteObjects."""
    wanted = await read_xml(request)
    keys = [node.findtext("Key", "") for node in wanted.findall("Object")]
    if len(keys) > MOST_KEYS or not keys or not all(keys):
        raise S3Error("MalformedXML", f"the document must name 1 to {MOST_KEYS} keys")
    await endpoint.run(endpoint.buckets.delete, request.bucket, *keys)
    is_quiet = wanted.findtext("Quiet", "").strip().lower() == "true"
    deleted = [] if is_quiet else [{"Key": key} for key in keys]
    return xml_answer("DeleteResult", {"Deleted": deleted})


async def copy_object(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """CopyObject."""
    source = await copy_source(endpoint, request)
    replaces = request.headers.get("x-amz-metadata-directive", "COPY").upper() == "REPLACE"
    if (source.bucket, source.key) == (request.bucket, request.key) and not replaces:
        text = "an object can be copied to itself only with x-amz-metadata-directive: REPLACE"
        raise S3Error("InvalidRequest", text)
    copied = await endpoint.run(
        endpoint.buckets.copy, source, request.bucket, request.key, _copied_headers(request, source, replaces)
    )
    content = {"ETag": f'"{copied.etag}"', "LastModified": iso_time(copied.modified_at)}
    return xml_answer("CopyObjectResult", content | object_elements(copied.checksums))


def _copied_headers(request: S3Request, source: StoredObject, replaces: bool) -> dict[str, str] | None:
    """The headers of a copy, None = those of the source; tags are replaced apart from the others."""
    replaces_tags = request.headers.get(tags.DIRECTIVE, "COPY").upper() == "REPLACE"
    if not replaces and not replaces_tags:
        return None
    headers, own = dict(source.headers), kept_headers(request.headers)
    tagging = (own if replaces_tags else headers).pop(tags.HEADER, "")
    kept = (own if replaces else headers) | {tags.HEADER: tagging}
    return {name: value for name, value in kept.items() if value}


async def copy_source(endpoint: Endpoint, request: S3Request) -> StoredObject:
    """The object that a copy reads, if its conditions hold. Raises InvalidArgument, PreconditionFailed."""
    header = request.headers[COPY_SOURCE]
    try:
        bucket, _, key = unquote_to_bytes(header.split("?")[0]).decode().removeprefix("/").partition("/")
    except UnicodeDecodeError:
        bucket, key = "", ""
    if not bucket or not key:
        text = f"{COPY_SOURCE} is {header!r}; it must be bucket/key, percent-encoded UTF-8"
        raise S3Error("InvalidArgument", text)
    source = await endpoint.run(endpoint.buckets.head, bucket, key)
    try:
        check_conditions(source, request.headers, prefix=f"{COPY_SOURCE}-")
    except S3Error as error:
        raise S3Error("PreconditionFailed", error.message) from None
    return source


def _description(found: StoredObject, request: S3Request) -> tuple[int, dict[str, str], int, int]:
    """Status, headers, first byte and end of what a GET or HEAD answers."""
    wanted = wanted_range(request.headers.get("range", ""), found.size)
    n_tags = len(tags.tags_of(found))
    headers = {
        **{name: value for name, value in found.headers.items() if name != tags.HEADER},
        **({tags.COUNT: str(n_tags)} if n_tags else {}),
        "etag": f'"{found.etag}"',
        "last-modified": http_time(found.modified_at),
        "accept-ranges": "bytes",
    }
    headers |= _overrides(request)
    if wanted:
        begin, end = wanted
        return 206, headers | {"content-range": f"bytes {begin}-{end - 1}/{found.size}"}, begin, end
    if request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
        headers |= checksum_headers(found.checksums)
    return 200, headers, 0, found.size


def _overrides(request: S3Request) -> dict[str, str]:
    """The headers that the query asks for in place of those kept. Raises InvalidArgument."""
    wanted = {name: request.query[f"response-{name}"] for name in KEPT if f"response-{name}" in request.query}
    for name, value in wanted.items():
        if not (value.isascii() and value.isprintable()):
            raise S3Error("InvalidArgument", f"response-{name} is {value!r}; it must be printable ASCII")
    return wanted


async def _content(endpoint: Endpoint, file: BinaryIO, begin: int, end: int) -> AsyncGenerator[bytes]:
    """The bytes of an open file from `begin` to before `end`; the file is closed afterwards."""
    with file:
        file.seek(begin)
        while begin < end:
            data = await endpoint.run(file.read, min(READ_BYTES, end - begin))
            begin += len(data)
            yield data
