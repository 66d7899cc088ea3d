"""Tags, the same for every kind of every service that has an ARN here."""

from collections.abc import Iterable, Mapping
from typing import Any

from presage.errors import InvalidInputException, ResourceNotFoundException
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.records import Writer

from .dialects import Dialect
from .server import Server

MOST_TAGS = 50
_RESERVED = "aws:"
Request = dict[str, Any]
Answer = dict[str, Any]


def put_tags(records: Writer, dialect: Dialect, arn: str, new: Iterable[Mapping[str, str]]) -> None:
    """Set tags of a resource, over those with the same keys; raises when it would carry too many."""
    wanted = {tag[dialect.tag_key]: tag[dialect.tag_value] for tag in new}
    for key in wanted:
        if key.lower().startswith(_RESERVED):
            raise InvalidInputException(f"The tag key {key!r} begins with {_RESERVED}, which is AWS's own.")
    n_tags = records.put_tags(arn, wanted) if wanted else 0
    if n_tags > MOST_TAGS:
        raise dialect.too_many_tags(f"{arn} would carry {n_tags} tags; at most {MOST_TAGS} are allowed.")


def tag_resource(server: Server, request: Request) -> Answer:
    """TagResource: a key that is there already gets the new value."""
    with server.records.writing() as records:
        record = _existing(records, request)
        put_tags(records, server.kind_of(record).dialect, record.arn, _member(request, "Tags"))
    return {}


def untag_resource(server: Server, request: Request) -> Answer:
    """UntagResource: keys that are not there are no error."""
    keys: list[str] = _member(request, "TagKeys")
    with server.records.writing() as records:
        record = _existing(records, request)
        too_many = server.kind_of(record).dialect.too_many_tag_keys
        if too_many and len(keys) > MOST_TAGS:
            raise too_many(f"{len(keys)} tag keys in one request; at most {MOST_TAGS} are allowed.")
        records.drop_tags(record.arn, keys)
    return {}


def list_tags_for_resource(server: Server, request: Request) -> Answer:
    """ListTagsForResource: by key."""
    record = _existing(server.records, request)
    dialect = server.kind_of(record).dialect
    tags = server.records.tags(record.arn)
    shown = [{dialect.tag_key: key, dialect.tag_value: value} for key, value in tags.items()]
    return {dialect.member("Tags"): shown}


def _member(request: Request, name: str) -> Any:
    """A member of a request, in the spelling of whichever service was asked."""
    return request[name] if name in request else request[name[0].lower() + name[1:]]


def _existing(records: Reader, request: Request) -> Record:
    arn = _member(request, "ResourceArn")
    record = records.get(arn)
    if record is None:
        raise ResourceNotFoundException(f"No resource has the ARN {arn}.")
    return record
