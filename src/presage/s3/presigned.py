"""Presigned URLs of the older signature version, which boto3 still makes for us-east-1 unless told otherwise.

They say `AWSAccessKeyId`, `Signature` and `Expires`. Source: AWS, "Signing and authenticating REST requests
(Signature Version 2)", query string alternative; botocore's signer computes it.
"""

import hmac
import time
from collections.abc import Callable
from http.client import HTTPMessage
from typing import Any
from urllib.parse import SplitResult

from presage.resources.keys import AccessKey
from presage.wire.numbers import whole
from presage.wire.signature import FindKey

from .errors import S3Error
from .request import S3Request

KEY_PARAMETER = "AWSAccessKeyId"
LATEST = 1 << 62  # seconds since 1970: later than any clock


def check_presigned(
    request: S3Request, path: bytes, query: bytes, find_key: FindKey, clock: Callable[[], float] = time.time
) -> AccessKey:
    """The key that signed a URL.

    Parameters
    ----------
    path, query : of the URL, as they arrived

    Raises S3Error: InvalidAccessKeyId, AccessDenied (expired), SignatureDoesNotMatch.
    """
    key_id, expires = request.query[KEY_PARAMETER], request.query.get("Expires", "")
    key = find_key(key_id)
    if key is None:
        raise S3Error("InvalidAccessKeyId", f"no access key is named {key_id!r}")
    expires_at = whole(expires, LATEST)
    if expires_at is None:
        raise S3Error("AccessDenied", f"Expires is {expires[:40]!r}; it must be seconds since 1970")
    if expires_at < clock():
        raise S3Error("AccessDenied", "Request has expired: the presigned URL is no longer valid")
    # Not parsed as a URL: a path may begin with what reads as a host.
    url = SplitResult("", "", path.decode("latin-1"), query.decode("latin-1"), "")
    right = _signature(request, url, key, expires)
    if not hmac.compare_digest(right.encode(), request.query.get("Signature", "").encode()):
        text = (
            "the signature does not match the URL: check the secret access key, and change nothing in the URL"
        )
        raise S3Error("SignatureDoesNotMatch", text)
    return key


def _signature(request: S3Request, url: SplitResult, key: AccessKey, expires: str) -> str:
    from botocore.auth import HmacV1Auth  # noqa: PLC0415 - rarely needed, and slow to load
    from botocore.credentials import Credentials  # noqa: PLC0415

    class Signer(HmacV1Auth):
        def _get_date(self) -> str:
            return expires

    headers = HTTPMessage()
    for name, value in [*request.headers.items(), *request.query.items()]:
        if name.startswith("x-amz-") or name in ("content-md5", "content-type"):
            headers[name] = value
    signer: Any = Signer(Credentials(key.access_key_id, key.secret))
    return signer.get_signature(request.method, url, headers)
