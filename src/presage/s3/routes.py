"""Which operation a request means, and what a key must be allowed to do for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from . import acl, buckets, listings, objects, settings, tags, uploads
from .errors import S3Error
from .request import Endpoint, S3Answer, S3Request

# Query parameters that make another operation of a request.
SUBRESOURCES = frozenset(
    "accelerate acl analytics attributes cors delete encryption intelligent-tiering inventory legal-hold"
    " lifecycle list-type location logging metrics notification object-lock ownershipControls partNumber"
    " policy policyStatus publicAccessBlock replication requestPayment restore retention select session"
    " tagging torrent uploadId uploads versionId versioning versions website".split()
)


@dataclass(frozen=True)
class Route:
    """An operation, and what a key must be allowed to do for it."""

    operation: Callable[[Endpoint, S3Request], Awaitable[S3Answer]]
    actions: tuple[str, ...]


def _route(operation: Callable[[Endpoint, S3Request], Awaitable[S3Answer]], *actions: str) -> Route:
    return Route(operation, tuple(f"s3:{action}" for action in actions))


# (method, what the path names, subresources) -> operation.
ROUTES: dict[tuple[str, str, str], Route] = {
    ("GET", "service", ""): _route(buckets.list_buckets, "ListAllMyBuckets"),
    ("PUT", "bucket", ""): _route(buckets.create_bucket, "CreateBucket"),
    ("HEAD", "bucket", ""): _route(buckets.head_bucket, "ListBucket"),
    ("DELETE", "bucket", ""): _route(buckets.delete_bucket, "DeleteBucket"),
    ("GET", "bucket", ""): _route(listings.list_objects, "ListBucket"),
    ("GET", "bucket", "list-type"): _route(listings.list_objects_v2, "ListBucket"),
    ("GET", "bucket", "versions"): _route(listings.list_object_versions, "ListBucketVersions"),
    ("GET", "bucket", "location"): _route(buckets.get_bucket_location, "GetBucketLocation"),
    ("GET", "bucket", "policy"): _route(buckets.get_bucket_policy, "GetBucketPolicy"),
    ("PUT", "bucket", "policy"): _route(buckets.put_bucket_policy, "PutBucketPolicy"),
    ("DELETE", "bucket", "policy"): _route(buckets.delete_bucket_policy, "DeleteBucketPolicy"),
    ("GET", "bucket", "policyStatus"): _route(settings.get_bucket_policy_status, "GetBucketPolicyStatus"),
    ("GET", "bucket", "acl"): _route(acl.get_bucket_acl, "GetBucketAcl"),
    ("PUT", "bucket", "acl"): _route(acl.put_bucket_acl, "PutBucketAcl"),
    ("GET", "bucket", "uploads"): _route(uploads.list_multipart_uploads, "ListBucketMultipartUploads"),
    ("POST", "bucket", "delete"): _route(objects.delete_objects, "DeleteObject"),
    ("PUT", "object", ""): _route(objects.put_object, "PutObject"),
    ("PUT", "object", "copy"): _route(objects.copy_object, "PutObject", "GetObject"),
    ("GET", "object", ""): _route(objects.get_object, "GetObject"),
    ("HEAD", "object", ""): _route(objects.head_object, "GetObject"),
    ("DELETE", "object", ""): _route(objects.delete_object, "DeleteObject"),
    ("GET", "object", "acl"): _route(acl.get_object_acl, "GetObjectAcl"),
    ("PUT", "object", "acl"): _route(acl.put_object_acl, "PutObjectAcl"),
    ("GET", "object", "tagging"): _route(tags.get_object_tagging, "GetObjectTagging"),
    ("PUT", "object", "tagging"): _route(tags.put_object_tagging, "PutObjectTagging"),
    ("DELETE", "object", "tagging"): _route(tags.delete_object_tagging, "DeleteObjectTagging"),
    ("POST", "object", "uploads"): _route(uploads.create_multipart_upload, "PutObject"),
    ("PUT", "object", "partNumber uploadId"): _route(uploads.upload_part, "PutObject"),
    ("PUT", "object", "partNumber uploadId copy"): _route(uploads.upload_part_copy, "PutObject", "GetObject"),
    ("GET", "object", "uploadId"): _route(uploads.list_parts, "ListMultipartUploadParts"),
    ("POST", "object", "uploadId"): _route(uploads.complete_multipart_upload, "PutObject"),
    ("DELETE", "object", "uploadId"): _route(uploads.abort_multipart_upload, "AbortMultipartUpload"),
}
for _name, _setting in settings.SETTINGS.items():
    _put = f"Put{_setting.permission}"
    ROUTES["GET", "bucket", _name] = _route(partial(settings.get_setting, _name), f"Get{_setting.permission}")
    ROUTES["PUT", "bucket", _name] = _route(partial(settings.put_setting, _name), _put)
    if _setting.can_be_deleted:
        ROUTES["DELETE", "bucket", _name] = _route(partial(settings.delete_setting, _name), _put)


def find_route(request: S3Request) -> Route:
    """The operation that a request means. Raises S3Error: NotImplemented, MethodNotAllowed."""
    level = "object" if request.key else "bucket" if request.bucket else "service"
    marks = sorted(SUBRESOURCES & request.query.keys())
    if request.method == "PUT" and objects.COPY_SOURCE in request.headers:
        marks.append("copy")
    route = ROUTES.get((request.method, level, " ".join(marks)))
    if route:
        return route
    if marks:
        raise S3Error(
            "NotImplemented", f"{request.method} ?{'&'.join(marks)} of a {level} is not served here"
        )
    raise S3Error("MethodNotAllowed", f"the method {request.method} means nothing for a {level}")
