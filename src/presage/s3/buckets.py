"""The S3 operations on buckets and their policies."""

import json
import re

from presage.buckets.buckets import REGION

from .body import read_document
from .errors import S3Error
from .request import Endpoint, S3Answer, S3Request, xml_answer
from .settings import ownership_controls
from .xml import OWNER, iso_time, parse

_REGION = re.compile(r"EU|[a-z0-9-]{0,40}")
OWNERSHIP, OBJECT_LOCK = "x-amz-object-ownership", "x-amz-bucket-object-lock-enabled"
OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
LARGEST_POLICY_BYTES = 20 * 1024


async def list_buckets(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """ListBuckets."""
    prefix = request.query.get("prefix", "")
    buckets = await endpoint.run(endpoint.buckets.buckets)
    listed = [
        {
            "Name": bucket.name,
            "CreationDate": iso_time(bucket.created_at),
            "BucketRegion": bucket.region or endpoint.region,
        }
        for bucket in buckets
        if bucket.name.startswith(prefix)
    ]
    content = {"Owner": OWNER, "Buckets": {"Bucket": listed}}
    return xml_answer("ListAllMyBucketsResult", content)


async def create_bucket(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """CreateBucket; one that exists is the caller's own, so that creating it again succeeds."""
    region, ownership = await _wanted_region(request), request.headers.get(OWNERSHIP, "")
    if request.headers.get(OBJECT_LOCK, "").lower() == "true":
        raise S3Error("NotImplemented", f"{OBJECT_LOCK} is true; objects are not locked here")
    if ownership not in ("", *OWNERSHIPS):
        text = f"{OWNERSHIP} is {ownership[:40]!r}; it must be one of {', '.join(OWNERSHIPS)}"
        raise S3Error("InvalidArgument", text)
    settings = {REGION: region.encode()} if region else {}
    if ownership:
        settings["ownershipControls"] = ownership_controls(ownership)
    await endpoint.run(endpoint.buckets.create, request.bucket, settings)
    return S3Answer(headers={"location": f"/{request.bucket}"})


async def _wanted_region(request: S3Request) -> str:
    """The region that the body of a CreateBucket names; empty if it names none."""
    body = await read_document(request)
    if not body:
        return ""
    try:
        region = parse(body).findtext("LocationConstraint", "").strip()
    except ValueError as error:
        text = f"the body is no XML document CreateBucketConfiguration: {error}"
        raise S3Error("MalformedXML", text) from None
    if not _REGION.fullmatch(region):
        text = f"the LocationConstraint is {region[:40]!r}; it must be a region such as eu-west-1"
        raise S3Error("InvalidLocationConstraint", text)
    return region


async def head_bucket(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """HeadBucket."""
    bucket = await endpoint.run(endpoint.buckets.bucket, request.bucket)
    return S3Answer(headers={"x-amz-bucket-region": bucket.region or endpoint.region})


async def delete_bucket(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """DeleteBucket."""
    await endpoint.run(endpoint.buckets.drop, request.bucket)
    return S3Answer(status=204)


async def get_bucket_location(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """GetBucketLocation: empty for us-east-1."""
    bucket = await endpoint.run(endpoint.buckets.bucket, request.bucket)
    region = bucket.region or endpoint.region
    return xml_answer("LocationConstraint", "" if region == "us-east-1" else region)


async def get_bucket_policy(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """GetBucketPolicy."""
    policy = await endpoint.run(endpoint.buckets.policy, request.bucket)
    return S3Answer(headers={"content-type": "application/json"}, body=policy.encode())


async def put_bucket_policy(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """PutBucketPolicy: the document is kept and given back; access keys decide who may do what."""
    body = await read_document(request)
    if len(body) > LARGEST_POLICY_BYTES:
        raise S3Error(
            "MalformedPolicy", f"the policy has {len(body)} bytes; at most {LARGEST_POLICY_BYTES} are allowed"
        )
    try:
        policy = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise S3Error("MalformedPolicy", f"the policy is no JSON document: {error}") from None
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise S3Error("MalformedPolicy", "the policy must be a JSON object with a Statement")
    await endpoint.run(endpoint.buckets.set_policy, request.bucket, body.decode())
    return S3Answer(status=204)


async def delete_bucket_policy(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """DeleteBucketPolicy."""
    await endpoint.run(endpoint.buckets.set_policy, request.bucket, None)
    return S3Answer(status=204)
