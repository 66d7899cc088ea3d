"""A request to the S3 endpoint and its answer, as plain values, and what the operations work on."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, ParamSpec, TypeVar
from urllib.parse import parse_qsl, unquote_to_bytes

from presage.buckets.buckets import Buckets
from presage.buckets.uploads import Uploads
from presage.wire import http
from presage.wire.numbers import whole

from .chunks import ChunkSigner
from .errors import S3Error
from .incoming import Incoming
from .xml import document

XML = "application/xml"
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class S3Request:
    """A request.

    Parameters
    ----------
    method, headers : as they arrived; header names in lower case
    bucket, key : empty where the path names none
    query : the last value of each parameter
    signer : checks the chunks of a body that is signed in chunks; None if nobody asks for signatures
    """

    method: str
    headers: Mapping[str, str]
    bucket: str
    key: str
    query: Mapping[str, str]
    body: Incoming
    signer: ChunkSigner | None = None

    def number(self, name: str, default: int, largest: int) -> int:
        """A query parameter that is a whole number from 0, cut off at `largest`. Raises InvalidArgument."""
        text = self.query.get(name, str(default))
        number = whole(text, largest)
        if number is None:
            raise S3Error("InvalidArgument", f"{name} is {text[:40]!r}; it must be a whole number from 0")
        return number


@dataclass(frozen=True, kw_only=True)
class S3Answer:
    """An answer; `size`, in bytes, is that of a streamed body, or of the one that HEAD leaves out."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | AsyncGenerator[bytes] = b""
    size: int | None = None


def xml_answer(name: str, content: Any, headers: Mapping[str, str] | None = None) -> S3Answer:
    """An answer whose body is the XML document `name`; see `xml.element` for its content."""
    return S3Answer(headers={"content-type": XML, **(headers or {})}, body=document(name, content))


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """What the operations work on; file work runs on `executor`'s threads, not on the event loop."""

    buckets: Buckets
    uploads: Uploads
    region: str
    executor: Executor

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work`, done on a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.executor, lambda: work(*args, **kwargs))


def read_request(raw: http.Request, body: Incoming) -> S3Request:
    """What a request means to S3: path style, or virtual-host style below `localhost`. Raises InvalidURI."""
    try:
        path = unquote_to_bytes(raw.path.split(b"?")[0]).decode().removeprefix("/")
        query = dict(parse_qsl(raw.query.decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise S3Error("InvalidURI", "path and query must be percent-encoded UTF-8") from None
    bucket, key = bucket_of_host(raw.headers.get("host", "")), path
    if not bucket:
        bucket, _, key = path.partition("/")
    return S3Request(method=raw.method, headers=raw.headers, bucket=bucket, key=key, query=query, body=body)


def bucket_of_host(host: str) -> str:
    """The bucket that a host such as `my-bucket.localhost:4600` (virtual-host style) names, or nothing."""
    name = host.partition(":")[0].lower()
    return name.removesuffix(".localhost") if name.endswith(".localhost") else ""


def http_time(at: float) -> str:
    """Seconds since 1970 as HTTP headers write them."""
    return formatdate(int(at), usegmt=True)
