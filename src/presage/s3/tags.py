"""Tags of objects: kept as the header that PutObject gives them in, so that copies have them too."""

from urllib.parse import parse_qsl, urlencode

from presage.buckets.records import StoredObject

from .errors import S3Error
from .request import Endpoint, S3Answer, S3Request, xml_answer
from .settings import check_tags, read_setting, tags_in

HEADER, DIRECTIVE = "x-amz-tagging", "x-amz-tagging-directive"
COUNT = "x-amz-tagging-count"
MOST_TAGS = 10


async def get_object_tagging(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """GetObjectTagging."""
    found = await endpoint.run(endpoint.buckets.head, request.bucket, request.key)
    listed = [{"Key": key, "Value": value} for key, value in tags_of(found)]
    return xml_answer("Tagging", {"TagSet": {"Tag": listed}})


async def put_object_tagging(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """PutObjectTagging."""
    root, _ = await read_setting(request, "Tagging")
    tags = tags_in(root)
    check_tags(tags, MOST_TAGS)
    await endpoint.run(endpoint.buckets.set_header, request.bucket, request.key, HEADER, urlencode(tags))
    return S3Answer()


async def delete_object_tagging(endpoint: Endpoint, request: S3Request) -> S3Answer:
    """DeleteObjectTagging."""
    await endpoint.run(endpoint.buckets.set_header, request.bucket, request.key, HEADER, "")
    return S3Answer(status=204)


def tags_of(found: StoredObject) -> list[tuple[str, str]]:
    """The tags of an object."""
    return parse_qsl(found.headers.get(HEADER, ""), keep_blank_values=True)


def check_header(header: str) -> None:
    """Raise InvalidArgument, InvalidTag unless an `x-amz-tagging` header holds tags within S3's limits."""
    try:
        tags = parse_qsl(header, keep_blank_values=True, strict_parsing=bool(header))
    except ValueError:
        text = f"{HEADER} is {header[:40]!r}; it must be such as key1=value1&key2=value2"
        raise S3Error("InvalidArgument", text) from None
    check_tags(tags, MOST_TAGS)
