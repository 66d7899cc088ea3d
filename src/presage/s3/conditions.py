"""What headers say of an object: which are kept with it, conditions on reads and writes, ranges."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from presage.buckets.records import StoredObject
from presage.wire.numbers import whole

from . import tags
from .errors import S3Error

KEPT = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)
USER_METADATA = "x-amz-meta-"
LARGEST_METADATA_BYTES = 2048
DEFAULT_TYPE = "binary/octet-stream"
FARTHEST = 1 << 62  # bytes: beyond the end of any object
_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that are stored with an object and come back with it. Raises MetadataTooLarge."""
    kept = {name: headers[name] for name in KEPT if name in headers}
    encodings = [word.strip() for word in kept.pop("content-encoding", "").split(",")]
    if encoding := ",".join(word for word in encodings if word not in ("", "aws-chunked")):
        kept["content-encoding"] = encoding
    kept.setdefault("content-type", DEFAULT_TYPE)
    if tags.HEADER in headers:
        tags.check_header(headers[tags.HEADER])
        kept[tags.HEADER] = headers[tags.HEADER]
    metadata = {name: value for name, value in headers.items() if name.startswith(USER_METADATA)}
    n_bytes = sum(len(name) - len(USER_METADATA) + len(value) for name, value in metadata.items())
    if n_bytes > LARGEST_METADATA_BYTES:
        raise S3Error(
            "MetadataTooLarge",
            f"the user metadata has {n_bytes} bytes; at most {LARGEST_METADATA_BYTES} are allowed",
        )
    return kept | metadata


def write_conditions(headers: Mapping[str, str]) -> dict[str, str]:
    """The conditions of a write, as `Buckets.keep` takes them. Raises NotImplemented for those it lacks."""
    if_none_match = headers.get("if-none-match", "")
    if if_none_match not in ("", "*"):
        raise S3Error("NotImplemented", f"If-None-Match is {if_none_match!r}; a write knows only '*'")
    return {"if_match": headers.get("if-match", "").strip('"'), "if_none_match": if_none_match}


def check_conditions(found: StoredObject, headers: Mapping[str, str], prefix: str = "") -> None:
    """Hold an object against a read's `If-...` headers, whose names may begin with `prefix`.

    Raises S3Error: PreconditionFailed or, where the client has this version already, NotModified.
    Source: RFC 9110, section 13.2.2, the order in which conditions count.
    """

    def given(name: str) -> str:
        return headers.get(prefix + name, "")

    if given("if-match"):
        if not _names(given("if-match"), found.etag):
            raise S3Error("PreconditionFailed", "the object's ETag is not one of If-Match")
    elif (at := _seconds(given("if-unmodified-since"))) is not None and int(found.modified_at) > at:
        raise S3Error("PreconditionFailed", "the object was modified after If-Unmodified-Since")
    if given("if-none-match"):
        if _names(given("if-none-match"), found.etag):
            raise S3Error("NotModified", "the object's ETag is one of If-None-Match")
    elif (at := _seconds(given("if-modified-since"))) is not None and int(found.modified_at) <= at:
        raise S3Error("NotModified", "the object was not modified after If-Modified-Since")


def wanted_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and end of what a Range header wants of `size` bytes; None = all. Raises InvalidRange.

    A header that is malformed, or wants several ranges, is as none (S3's way).
    """
    match = _RANGE.fullmatch(header.strip())
    if not match or match[0] == "bytes=-":
        return None
    first, last = (whole(text, FARTHEST) for text in match.groups())
    if first is None:
        begin, end = max(size - (last or 0), 0), size
    elif last is not None and last < first:
        return None
    else:
        begin, end = first, size if last is None else min(last + 1, size)
    if begin >= end:
        raise S3Error("InvalidRange", f"the range {header[:40]!r} lies outside the object's {size} bytes")
    return begin, end


def _names(header: str, etag: str) -> bool:
    return any(word.strip().removeprefix("W/").strip('"') in ("*", etag) for word in header.split(","))


def _seconds(date: str) -> float | None:
    """An HTTP date in seconds since 1970; None if it is none, which makes the condition void."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
