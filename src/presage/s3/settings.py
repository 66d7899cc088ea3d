"""What clients put on buckets beside policies: a table of sub-resources, kept as the documents that they are.

What is harmless to keep is kept and given back; what would switch on something that is not there is refused.
What nobody has put is answered as AWS answers it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .body import read_document
from .errors import S3Error
from .request import XML, Endpoint, S3Answer, S3Request
from .xml import Element, document, parse

LARGEST_BYTES = 256 * 1024
Check = Callable[[Element], None]
"""Raises S3Error for a document that promises what is not held."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One sub-resource of buckets.

    Parameters
    ----------
    root : the element that its document consists of
    permission : what a key must be allowed: to Get it, to Put it
    unset : the document, or the code of the error, that is answered as long as nobody has put any
    check : what speaks against a document
    can_be_deleted : whether DELETE takes it away
    """

    root: str
    permission: str
    unset: bytes | str
    check: Check = lambda _: None
    can_be_deleted: bool = False


def _refusing(what: str, is_wanted: Callable[[Element], bool]) -> Check:
    def check(root: Element) -> None:
        if is_wanted(root):
            raise S3Error("NotImplemented", f"{what} here, so that it cannot be switched on")

    return check


def _says(path: str, *values: str) -> Callable[[Element], bool]:
    return lambda root: any((node.text or "").strip() in values for node in root.findall(path))


def _holds_anything(root: Element) -> bool:
    return len(root) > 0


def ownership_controls(ownership: str) -> bytes:
    """The document that says who owns the objects of a bucket."""
    return document("OwnershipControls", {"Rule": {"ObjectOwnership": ownership}})


MOST_TAGS, LONGEST_TAG_KEY, LONGEST_TAG_VALUE = 50, 128, 256


def tags_in(root: Element) -> list[tuple[str, str]]:
    """The tags of a Tagging document."""
    return [(tag.findtext("Key", ""), tag.findtext("Value", "")) for tag in root.findall("TagSet/Tag")]


def check_tags(tags: Sequence[tuple[str, str]], most: int) -> None:
    """Raise InvalidTag unless tags are within S3's limits, each key once."""
    if len(tags) > most:
        raise S3Error("InvalidTag", f"there are {len(tags)} tags; at most {most} are allowed")
    for key, value in tags:
        if not 1 <= len(key) <= LONGEST_TAG_KEY or len(value) > LONGEST_TAG_VALUE:
            text = f"a key has 1 to {LONGEST_TAG_KEY} characters, a value up to {LONGEST_TAG_VALUE}"
            raise S3Error("InvalidTag", f"the tag {key[:40]!r} is too long or has no key; {text}")
    if len({key for key, _ in tags}) < len(tags):
        raise S3Error("InvalidTag", "two tags have the same key; each may be given once")


SETTINGS = {
    "accelerate": Setting(
        root="AccelerateConfiguration",
        permission="AccelerateConfiguration",
        unset=document("AccelerateConfiguration", {}),
        check=_refusing("nothing is accelerated", _says("Status", "Enabled")),
    ),
    "cors": Setting(
        root="CORSConfiguration",
        permission="BucketCORS",
        unset="NoSuchCORSConfiguration",
        can_be_deleted=True,
    ),
    "encryption": Setting(
        root="ServerSideEncryptionConfiguration",
        permission="EncryptionConfiguration",
        unset="ServerSideEncryptionConfigurationNotFoundError",
        can_be_deleted=True,
    ),
    "lifecycle": Setting(
        root="LifecycleConfiguration",
        permission="LifecycleConfiguration",
        unset="NoSuchLifecycleConfiguration",
        can_be_deleted=True,
    ),
    "logging": Setting(
        root="BucketLoggingStatus",
        permission="BucketLogging",
        unset=document("BucketLoggingStatus", {}),
        check=_refusing("requests are logged to no bucket", _holds_anything),
    ),
    "notification": Setting(
        root="NotificationConfiguration",
        permission="BucketNotification",
        unset=document("NotificationConfiguration", {}),
        check=_refusing("nobody is notified", _holds_anything),
    ),
    "object-lock": Setting(
        root="ObjectLockConfiguration",
        permission="BucketObjectLockConfiguration",
        unset="ObjectLockConfigurationNotFoundError",
        check=_refusing("objects are not locked", lambda _: True),
    ),
    "ownershipControls": Setting(
        root="OwnershipControls",
        permission="BucketOwnershipControls",
        unset=ownership_controls("BucketOwnerEnforced"),
        can_be_deleted=True,
    ),
    "publicAccessBlock": Setting(
        root="PublicAccessBlockConfiguration",
        permission="BucketPublicAccessBlock",
        unset=document(
            "PublicAccessBlockConfiguration",
            dict.fromkeys(
                ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
            ),
        ),
        can_be_deleted=True,
    ),
    "replication": Setting(
        root="ReplicationConfiguration",
        permission="ReplicationConfiguration",
        unset="ReplicationConfigurationNotFoundError",
        check=_refusing("nothing is replicated", lambda _: True),
        can_be_deleted=True,
    ),
    "requestPayment": Setting(
        root="RequestPaymentConfiguration",
        permission="BucketRequestPayment",
        unset=document("RequestPaymentConfiguration", {"Payer": "BucketOwner"}),
        check=_refusing("nobody pays", _says("Payer", "Requester")),
    ),
    "tagging": Setting(
        root="Tagging",
        permission="BucketTagging",
        unset="NoSuchTagSet",
        check=lambda root: check_tags(tags_in(root), MOST_TAGS),
        can_be_deleted=True,
    ),
    "versioning": Setting(
        root="VersioningConfiguration",
        permission="BucketVersioning",
        unset=document("VersioningConfiguration", {}),
        check=_refusing("older versions of objects are not kept", _says("Status", "Enabled")),
    ),
    "website": Setting(
        root="WebsiteConfiguration",
        permission="BucketWebsite",
        unset="NoSuchWebsiteConfiguration",
        check=_refusing("buckets are no websites", lambda _: True),
        can_be_deleted=True,
    ),
}
"""Sub-resource -> what is kept under it."""


async def get_setting(name: str, endpoint: Endpoint, request: S3Request) -> S3Answer:
    """GetBucket<setting>: the document that was put, or what stands for none."""
    kept = await endpoint.run(endpoint.buckets.setting, request.bucket, name)
    found = SETTINGS[name].unset if kept is None else kept
    if isinstance(found, str):
        raise S3Error(found, f"the bucket {request.bucket!r} has no {name} configuration")
    return S3Answer(headers={"content-type": XML}, body=found)


async def put_setting(name: str, endpoint: Endpoint, request: S3Request) -> S3Answer:
    """PutBucket<setting>."""
    root, body = await read_setting(request, SETTINGS[name].root)
    SETTINGS[name].check(root)
    await endpoint.run(endpoint.buckets.set_setting, request.bucket, name, body)
    return S3Answer()


async def delete_setting(name: str, endpoint: Endpoint, request: S3Request) -> S3Answer:
    """DeleteBucket<setting>."""
    await endpoint.run(endpoint.buckets.set_setting, request.bucket, name, None)
    return S3Answer(status=204)


async def get_bucket_policy_status(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """GetBucketPolicyStatus: whatever the policy says, only access keys let anybody in."""
    await endpoint.run(endpoint.buckets.policy, request.bucket)
    return S3Answer(headers={"content-type": XML}, body=document("PolicyStatus", {"IsPublic": False}))


async def read_setting(request: S3Request, name: str) -> tuple[Element, bytes]:
    """The document of a request, whose root must be `name`. Raises MalformedXML, EntityTooLarge."""
    body = await read_document(request)
    if len(body) > LARGEST_BYTES:
        raise S3Error(
            "EntityTooLarge", f"the document has {len(body)} bytes; at most {LARGEST_BYTES} are kept"
        )
    try:
        root = parse(body)
    except ValueError as error:
        raise S3Error("MalformedXML", f"the body is no XML document {name}: {error}") from None
    if root.tag != name:
        raise S3Error("MalformedXML", f"the document is {root.tag[:40]!r}; it must be {name}")
    return root, body
