"""Access control lists: everything is its owner's alone, as in a bucket that is BucketOwnerEnforced.

Nobody is let in by a list here; one that lets in others is refused, as AWS refuses it for new buckets.
"""

from collections.abc import Mapping

from .errors import S3Error
from .request import XML, Endpoint, S3Answer, S3Request
from .settings import read_setting
from .xml import OWNER, Element, document

HEADER, GRANTS = "x-amz-acl", "x-amz-grant-"
OWNERS_ALONE = ("", "private", "bucket-owner-full-control", "bucket-owner-read")
ROOT = "AccessControlPolicy"
_GRANTEE = b'<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">'
LIST = document(
    ROOT,
    {
        "Owner": OWNER,
        "AccessControlList": {"Grant": {"Grantee": OWNER, "Permission": "FULL_CONTROL"}},
    },
).replace(b"<Grantee>", _GRANTEE)
"""The list of every bucket and object."""


def refuse_others(headers: Mapping[str, str]) -> None:
    """Raise AccessControlListNotSupported for headers that would let in anybody but the owner."""
    wanted = headers.get(HEADER, "")
    if wanted not in OWNERS_ALONE:
        raise _not_supported(f"{HEADER} is {wanted[:40]!r}")
    for name, value in headers.items():
        if name.startswith(GRANTS) and not all(OWNER["ID"] in grantee for grantee in value.split(",")):
            raise _not_supported(f"{name} names others than the owner")


async def get_bucket_acl(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """GetBucketAcl."""
    await endpoint.run(endpoint.buckets.bucket, request.bucket)
    return S3Answer(headers={"content-type": XML}, body=LIST)


async def put_bucket_acl(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """PutBucketAcl: a list for the owner alone, which is what there is."""
    await endpoint.run(endpoint.buckets.bucket, request.bucket)
    await _check_list(request)
    return S3Answer()


async def get_object_acl(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """GetObjectAcl."""
    await endpoint.run(endpoint.buckets.head, request.bucket, request.key)
    return S3Answer(headers={"content-type": XML}, body=LIST)


async def put_object_acl(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """PutObjectAcl: a list for the owner alone, which is what there is."""
    await endpoint.run(endpoint.buckets.head, request.bucket, request.key)
    await _check_list(request)
    return S3Answer()


async def _check_list(request: S3Request) -> None:
    if request.headers.get(HEADER) or any(name.startswith(GRANTS) for name in request.headers):
        return  # which `refuse_others` has seen
    root, _ = await read_setting(request, ROOT)
    if not all(_is_owners(grant) for grant in root.findall("AccessControlList/Grant")):
        raise _not_supported("the list names others than the owner")


def _is_owners(grant: Element) -> bool:
    return grant.findtext("Grantee/ID", "").strip() == OWNER["ID"]


def _not_supported(what: str) -> S3Error:
    text = f"{what}: access control lists let nobody in here; make an access key for whoever is to be let in"
    return S3Error("AccessControlListNotSupported", text)
