"""The S3 operations of multipart uploads."""

from dataclasses import replace
from xml.etree.ElementTree import Element

from presage.buckets.records import Part, StoredObject, Upload
from presage.buckets.store import Draft
from presage.wire.numbers import whole

from .body import read_xml, write_body
from .checksums import (
    HEADER,
    TYPE_HEADER,
    checksum_elements,
    checksum_headers,
    declared_checksums,
    object_elements,
)
from .conditions import kept_headers, wanted_range, write_conditions
from .errors import S3Error
from .objects import COPY_SOURCE, copy_source
from .parts import check_parts, wanted_checksum, whole_checksums
from .request import Endpoint, S3Answer, S3Request, xml_answer
from .xml import OWNER, iso_time

MOST_PARTS = 10_000
LARGEST_PAGE = 1000
READ_BYTES = 1024 * 1024


async def create_multipart_upload(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """CreateMultipartUpload."""
    wanted = wanted_checksum(request.headers)
    headers = kept_headers(request.headers) | wanted
    upload = await endpoint.run(endpoint.uploads.begin, request.bucket, request.key, headers)
    content = {"Bucket": request.bucket, "Key": request.key, "UploadId": upload.id}
    return xml_answer("InitiateMultipartUploadResult", content, wanted)


async def upload_part(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """UploadPart."""
    upload, number = await _upload(endpoint, request), _part_number(request)
    draft = await endpoint.run(endpoint.buckets.draft, request.bucket, request.key)
    checksums = await write_body(endpoint, request, draft)
    await endpoint.run(endpoint.uploads.keep_part, draft, upload, number, checksums)
    return S3Answer(headers={"etag": f'"{draft.etag}"', **checksum_headers(checksums)})


async def upload_part_copy(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """UploadPartCopy."""
    upload, number = await _upload(endpoint, request), _part_number(request)
    source = await copy_source(endpoint, request)
    wanted = wanted_range(request.headers.get(f"{COPY_SOURCE}-range", ""), source.size) or (0, source.size)
    draft = await endpoint.run(endpoint.buckets.draft, request.bucket, request.key)
    await endpoint.run(_copy_bytes, endpoint, source, wanted, draft)
    await endpoint.run(endpoint.uploads.keep_part, draft, upload, number, {})
    content = {"ETag": f'"{draft.etag}"', "LastModified": iso_time(endpoint.buckets.clock())}
    return xml_answer("CopyPartResult", content)


async def list_parts(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """ListParts."""
    upload = await _upload(endpoint, request)
    after = request.number("part-number-marker", 0, MOST_PARTS)
    limit = request.number("max-parts", LARGEST_PAGE, LARGEST_PAGE)
    parts = [part for part in await endpoint.run(endpoint.uploads.parts, upload) if part.number > after]
    page = parts[:limit]
    content = {
        "Bucket": request.bucket,
        "Key": request.key,
        "UploadId": upload.id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": page[-1].number if page else None,
        "MaxParts": limit,
        "IsTruncated": len(parts) > len(page),
        "StorageClass": "STANDARD",
        "Owner": OWNER,
        "Part": [_part_elements(part) for part in page],
    }
    return xml_answer("ListPartsResult", content)


async def list_multipart_uploads(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """ListMultipartUploads: all of them on one page."""
    prefix = request.query.get("prefix", "")
    uploads = await endpoint.run(endpoint.uploads.uploads, request.bucket, prefix)
    listed = [
        {"Key": upload.key, "UploadId": upload.id, "Initiated": iso_time(upload.created_at)}
        | {"StorageClass": "STANDARD", "Owner": OWNER}
        for upload in uploads
    ]
    content = {"Bucket": request.bucket, "Prefix": prefix, "IsTruncated": False, "Upload": listed}
    return xml_answer("ListMultipartUploadsResult", content)


async def complete_multipart_upload(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """CompleteMultipartUpload."""
    upload, conditions = await _upload(endpoint, request), write_conditions(request.headers)
    # Here the checksum headers speak of the object, not of the document.
    headers = {name: value for name, value in request.headers.items() if not name.startswith(HEADER)}
    nodes = (await read_xml(replace(request, headers=headers))).findall("Part")
    wanted = [(_number_of(node), node.findtext("ETag", "").strip('"')) for node in nodes]
    if not wanted:
        raise S3Error("MalformedXML", "the document must name at least one part")
    parts = await endpoint.run(endpoint.uploads.choose, upload, wanted)
    await endpoint.run(check_parts, nodes, parts)
    declared = declared_checksums(request.headers)
    checksums = await endpoint.run(whole_checksums, declared, _wanted_type(request, upload), parts)
    upload = replace(upload, headers=kept_headers(upload.headers))
    kept = await endpoint.run(endpoint.uploads.complete, upload, parts, checksums=checksums, **conditions)
    content = {
        "Location": f"/{request.bucket}/{request.key}",
        "Bucket": request.bucket,
        "Key": request.key,
        "ETag": f'"{kept.etag}"',
        **object_elements(kept.checksums),
    }
    return xml_answer("CompleteMultipartUploadResult", content)


async def abort_multipart_upload(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """AbortMultipartUpload."""
    await endpoint.run(endpoint.uploads.abort, await _upload(endpoint, request))
    return S3Answer(status=204)


async def _upload(endpoint: Endpoint, request: S3Request) -> Upload:
    return await endpoint.run(endpoint.uploads.upload, request.bucket, request.key, request.query["uploadId"])


def _part_number(request: S3Request) -> int:
    number = request.number("partNumber", 0, MOST_PARTS + 1)
    if not 1 <= number <= MOST_PARTS:
        raise S3Error("InvalidArgument", f"partNumber is {number}; it must be from 1 to {MOST_PARTS}")
    return number


def _number_of(node: Element) -> int:
    text = node.findtext("PartNumber", "").strip()
    number = whole(text, MOST_PARTS + 1)
    if number is None:
        raise S3Error("MalformedXML", f"PartNumber is {text[:40]!r}; it must be a whole number")
    return number


def _wanted_type(request: S3Request, upload: Upload) -> str:
    """The checksum type that the object is to have; empty = any. Raises InvalidRequest, BadDigest."""
    begun_as = upload.headers.get(TYPE_HEADER, "")
    wanted = wanted_checksum(request.headers).get(TYPE_HEADER, begun_as)
    if begun_as and wanted != begun_as:
        raise S3Error("BadDigest", f"{TYPE_HEADER} is {wanted}; the upload was begun with {begun_as}")
    return wanted


def _part_elements(part: Part) -> dict[str, object]:
    return {
        "PartNumber": part.number,
        "LastModified": iso_time(part.modified_at),
        "ETag": f'"{part.etag}"',
        "Size": part.size,
        **checksum_elements(part.checksums),
    }


def _copy_bytes(endpoint: Endpoint, source: StoredObject, wanted: tuple[int, int], draft: Draft) -> None:
    begin, end = wanted
    with draft.writing(), endpoint.buckets.open(source.bucket, source.key)[1] as file:
        file.seek(begin)
        while begin < end and (data := file.read(min(READ_BYTES, end - begin))):
            draft.write(data)
            begin += len(data)
