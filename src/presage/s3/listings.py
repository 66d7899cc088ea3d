"""The S3 operations that list the objects of a bucket."""

import base64
import binascii
from typing import Any
from urllib.parse import quote

from presage.buckets.records import Listing, StoredObject

from .errors import S3Error
from .request import Endpoint, S3Answer, S3Request, xml_answer
from .xml import OWNER, iso_time

LARGEST_PAGE = 1000
NULL_VERSION = "null"


async def list_objects_v2(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """ListObjectsV2."""
    token = request.query.get("continuation-token")
    after = _name_of(token) if token is not None else request.query.get("start-after", "")
    listing = await _page(endpoint, request, after)
    content = _common(request, listing) | {
        "KeyCount": len(listing.objects) + len(listing.folders),
        "ContinuationToken": token,
        "NextContinuationToken": None if listing.next_after is None else _token_of(listing.next_after),
        "StartAfter": _spelt(request, request.query.get("start-after")),
        "Contents": _contents(request, listing, with_owner=request.query.get("fetch-owner") == "true"),
    }
    return xml_answer("ListBucketResult", content)


async def list_objects(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """ListObjects, the first version."""
    marker = request.query.get("marker", "")
    listing = await _page(endpoint, request, marker)
    content = _common(request, listing) | {
        "Marker": _spelt(request, marker),
        "NextMarker": _spelt(request, listing.next_after),
        "Contents": _contents(request, listing, with_owner=True),
    }
    return xml_answer("ListBucketResult", content)


async def list_object_versions(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """ListObjectVersions: each object is its one version, whose id is `null`, as where versioning is off."""
    marker = request.query.get("key-marker", "")
    listing = await _page(endpoint, request, marker)
    entries = _contents(request, listing, with_owner=True)
    content = _common(request, listing) | {
        "KeyMarker": _spelt(request, marker),
        "VersionIdMarker": "",
        "NextKeyMarker": _spelt(request, listing.next_after),
        "NextVersionIdMarker": None if listing.next_after is None else NULL_VERSION,
        "Version": [{**entry, "VersionId": NULL_VERSION, "IsLatest": True} for entry in entries],
    }
    return xml_answer("ListVersionsResult", content)


async def _page(endpoint: Endpoint, request: S3Request, after: str) -> Listing:
    return await endpoint.run(
        endpoint.buckets.objects,
        request.bucket,
        prefix=request.query.get("prefix", ""),
        delimiter=request.query.get("delimiter", ""),
        after=after,
        limit=request.number("max-keys", LARGEST_PAGE, LARGEST_PAGE),
    )


def _common(request: S3Request, listing: Listing) -> dict[str, Any]:
    return {
        "Name": request.bucket,
        "Prefix": _spelt(request, request.query.get("prefix", "")),
        "Delimiter": _spelt(request, request.query.get("delimiter")),
        "MaxKeys": request.number("max-keys", LARGEST_PAGE, LARGEST_PAGE),
        "EncodingType": request.query.get("encoding-type"),
        "IsTruncated": listing.next_after is not None,
        "CommonPrefixes": [{"Prefix": _spelt(request, folder)} for folder in listing.folders],
    }


def _contents(request: S3Request, listing: Listing, *, with_owner: bool) -> list[dict[str, Any]]:
    def entry(found: StoredObject) -> dict[str, Any]:
        return {
            "Key": _spelt(request, found.key),
            "LastModified": iso_time(found.modified_at),
            "ETag": f'"{found.etag}"',
            "Size": found.size,
            "StorageClass": "STANDARD",
            "Owner": OWNER if with_owner else None,
        }

    return [entry(found) for found in listing.objects]


def _spelt(request: S3Request, name: str | None) -> str | None:
    """A key as the client wants it: percent-encoded if it says so, as XML cannot hold every character."""
    if name is None or request.query.get("encoding-type") != "url":
        return name
    return quote(name, safe="/")


def _token_of(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _name_of(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise S3Error("InvalidArgument", "the continuation token is not one that this server gave") from None
