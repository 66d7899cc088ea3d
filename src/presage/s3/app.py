"""The local S3 endpoint: the part of S3 that data tools use, over presage's own buckets.

Path style (`/bucket/key`), and virtual-host style below `localhost`. What is not served is answered with S3's
`NotImplemented`.
"""

import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import structlog

from presage.buckets.buckets import Buckets
from presage.buckets.errors import BucketError
from presage.buckets.uploads import Uploads
from presage.resources.keys import AccessKey
from presage.wire import http
from presage.wire.calls import UNREADABLE, refused_for_now
from presage.wire.faults import Refused
from presage.wire.signature import S3_CODES, UNSIGNED_PAYLOAD, FindKey, verify

from .acl import refuse_others
from .chunks import ChunkSigner
from .errors import STATUS, S3Error, error_document
from .incoming import Incoming
from .presigned import KEY_PARAMETER, check_presigned
from .request import XML, Endpoint, S3Answer, S3Request, read_request
from .routes import find_route

N_THREADS = 8
BODILESS = (204, 304)

log = structlog.get_logger()


def s3_application(buckets: Buckets, *, find_key: FindKey | None, region: str = "us-east-1") -> http.ASGIApp:
    """The ASGI application that serves buckets to S3 clients.

    Parameters
    ----------
    find_key : the access key of an id; None = anybody may do anything
    region : where the buckets are said to be
    """
    endpoint = Endpoint(
        buckets=buckets,
        uploads=Uploads(buckets),
        region=region,
        executor=ThreadPoolExecutor(N_THREADS, thread_name_prefix="s3"),
    )

    async def application(scope: http.Scope, receive: http.Receive, send: http.Send) -> None:
        raw = http.Request.of(scope)
        body = Incoming(raw.headers, receive)
        with suppress(http.ClientGone):
            headers, answer = await _answer_or_refusal(endpoint, raw, body, find_key)
            if not await body.settle():
                headers["connection"] = "close"
            await _send(answer, headers, send, body, is_head=raw.method == "HEAD")

    return application


async def _answer_or_refusal(
    endpoint: Endpoint, raw: http.Request, body: Incoming, find_key: FindKey | None
) -> tuple[dict[str, str], S3Answer]:
    """What to answer, and the headers that every answer has. Raises ClientGone."""
    request_id = uuid.uuid4().hex
    headers = {"x-amz-request-id": request_id}
    try:
        return headers, await _answer(endpoint, raw, body, find_key)
    except http.ClientGone:
        raise
    except (S3Error, BucketError) as error:
        code, message = error.code, str(error)
    except UNREADABLE as error:
        log.exception("s3 request cannot be read", request_id=request_id, method=raw.method)
        code, message = "InvalidRequest", f"a value of the request cannot be read: {type(error).__name__}"
        message += "; send plain numbers, dates and UTF-8, nested at most a few levels deep"
    except Exception as error:
        if passing := refused_for_now(error, request_id, raw.method):
            code, message = passing.code, passing.message
        else:
            log.exception("s3 request failed", request_id=request_id, method=raw.method)
            code, message = "InternalError", "an internal error occurred; please try again"
    document = error_document(code, message, raw.path.decode("latin-1"), request_id)
    return headers, S3Answer(status=STATUS[code], headers={"content-type": XML}, body=document)


async def _answer(
    endpoint: Endpoint, raw: http.Request, body: Incoming, find_key: FindKey | None
) -> S3Answer:
    request = read_request(raw, body)
    route = find_route(request)
    raw.trail["operation"] = route.actions[0]
    if find_key:
        key, signer = _identify(raw, request, find_key)
        for action in route.actions:
            if not key.may(action):
                allowed = ", ".join(key.allow) or "nothing"
                text = f"the access key {key.access_key_id} may not {action}; it may {allowed}"
                raise S3Error("AccessDenied", text)
        request = replace(request, signer=signer)
    refuse_others(raw.headers)
    return await route.operation(endpoint, request)


def _identify(
    raw: http.Request, request: S3Request, find_key: FindKey
) -> tuple[AccessKey, ChunkSigner | None]:
    """Who signed a request, and what checks the chunks of its body. Raises S3Error."""
    if KEY_PARAMETER in request.query:
        return check_presigned(request, raw.path, raw.query, find_key), None
    payload = raw.headers.get("x-amz-content-sha256") or request.query.get("X-Amz-Content-Sha256")
    try:
        caller = verify(raw, payload or UNSIGNED_PAYLOAD, "s3", find_key)
    except Refused as refused:
        raise S3Error(S3_CODES[refused.code], refused.message) from None
    assert caller, "verify answers None only without keys"
    return caller.key, ChunkSigner(caller)


async def _send(
    answer: S3Answer, headers: dict[str, str], send: http.Send, asked: Incoming, *, is_head: bool
) -> None:
    """Send an answer; one to HEAD tells the size of the body that it leaves out. Raises ClientGone."""
    body = answer.body
    headers |= answer.headers
    if answer.status not in BODILESS:
        size = len(body) if isinstance(body, bytes) and answer.size is None else answer.size
        headers["content-length"] = str(size)
    await send({"type": "http.response.start", "status": answer.status, "headers": _raw(headers)})
    if isinstance(body, bytes):
        leaves_out = is_head or answer.status in BODILESS
        await send({"type": "http.response.body", "body": b"" if leaves_out else body})
        return
    async for data in asked.while_there(body):
        await send({"type": "http.response.body", "body": data, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
