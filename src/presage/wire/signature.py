"""Signature Version 4, checked: who sent a request, that nobody changed it, and that it is recent.

The canonical request is built from path and query as they arrived. A signature may stand in the Authorization
header or, for presigned S3 URLs, in the query. Source: AWS, "Create a signed AWS API request".
"""

import hashlib
import hmac
import re
import time
from calendar import timegm
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from presage.resources.keys import AccessKey

from .faults import Refused
from .http import Request
from .numbers import whole

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
SKEW_SECONDS = 15 * 60
MOST_EXPIRY_SECONDS = 7 * 24 * 3600
MAY_GO_UNSIGNED = frozenset(["x-amz-user-agent"])  # x-amz-* headers that some SDKs send but do not sign
LONGEST_KEPT = 1000  # a header that states more is read anew each time
PLAIN_PATH = re.compile(rb"[A-Za-z0-9_.~/-]*")
NEW_KEY = "`presage keys create` makes one that is accepted"

# S3 has names of its own for the refusals of this file.
S3_CODES = {
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "UnrecognizedClientException": "InvalidAccessKeyId",
    "RequestExpired": "RequestTimeTooSkewed",
    "MissingAuthenticationToken": "AccessDenied",
    "IncompleteSignature": "AuthorizationHeaderMalformed",
    "AccessDeniedException": "AccessDenied",
}

FindKey = Callable[[str], AccessKey | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature as the request states it, nothing of it checked yet.

    Parameters
    ----------
    day, region, service : the credential's scope
    signed_headers : their lower-case names, in the order signed
    at : when it was signed, as `20260131T120000Z`
    expires_seconds : how long a presigned URL holds; None for a signature in the header
    """

    access_key_id: str
    day: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    at: str
    expires_seconds: int | None = None

    @property
    def scope(self) -> str:
        """The credential's scope as the string to sign holds it."""
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: the key, and the signature that proves it (S3's chunk signatures build on it)."""

    key: AccessKey
    signature: Signature

    def prove(self, request: Request, payload_hash: str) -> None:
        """Raises Refused if the signature was not made with the key over this request; see `verify`."""
        made = sign(request, self.signature, payload_hash, self.key.secret)
        if not hmac.compare_digest(made, self.signature.signature):
            text = (
                "the signature does not match the request: check the secret access key, and that no proxy"
                " changes the host, path, query or signed headers"
            )
            raise Refused("InvalidSignatureException", text, 403)

    def demand(self, action: str) -> None:
        """Raises Refused (AccessDeniedException) if the key does not allow `action`."""
        if not self.key.may(action):
            allowed = ", ".join(self.key.allow) or "nothing"
            text = f"User: {self.key.access_key_id} is not authorized to perform: {action}; it may: {allowed}"
            raise Refused("AccessDeniedException", text)


def verify(
    request: Request,
    payload_hash: str,
    service: str,
    find_key: FindKey | None,
    clock: Callable[[], float] = time.time,
) -> Caller | None:
    """Who signed this request; None if no keys are configured (`find_key` None), when anybody may call.

    Parameters
    ----------
    payload_hash : SHA-256 of the body in hex, or what S3's x-amz-content-sha256 header says of it
    service : the name that the credential's scope must hold: `personalize`, `forecast` or `s3`

    Raises Refused with the codes of the JSON services; `S3_CODES` translates them for S3.
    """
    if find_key is None:
        return None
    caller = stated_caller(request, service, find_key, clock)
    caller.prove(request, payload_hash)
    return caller


def stated_caller(
    request: Request, service: str, find_key: FindKey, clock: Callable[[], float] = time.time
) -> Caller:
    """Who says to have signed this request, as far as its head tells: the signature itself is not checked.

    Raises Refused if key, scope, signed headers or time are not good.
    """
    signature = read_signature(request)
    if "x-amz-security-token" in request.headers or b"X-Amz-Security-Token=" in request.query:
        text = f"temporary credentials (X-Amz-Security-Token) are not accepted; {NEW_KEY}"
        raise Refused("UnrecognizedClientException", text, 403)
    key = find_key(signature.access_key_id)
    if key is None:
        text = f"no access key is named {signature.access_key_id!r}; {NEW_KEY}"
        raise Refused("UnrecognizedClientException", text, 403)
    if signature.service != service:
        text = f"the credential is scoped to service {signature.service!r}; it must be {service!r}"
        raise Refused("InvalidSignatureException", text, 403)
    _check_headers(request, signature.signed_headers)
    _check_time(signature, clock())
    return Caller(key, signature)


def read_signature(request: Request) -> Signature:
    """The signature that a request states, in its header or in its query.

    Raises Refused: MissingAuthenticationToken if there is none, IncompleteSignature if a part is missing.
    """
    header = request.headers.get("authorization")
    if header is not None:
        return _from_header(header, request.headers.get("x-amz-date", ""))
    if b"X-Amz-Signature=" in request.query:
        query = dict(parse_qsl(request.query.decode("latin-1")))
        fields = {name.removeprefix("X-Amz-"): value for name, value in query.items()}
        stated = fields.get("Expires", "")
        expires = whole(stated, MOST_EXPIRY_SECONDS + 1)
        if not expires or expires > MOST_EXPIRY_SECONDS:
            text = f"X-Amz-Expires is {stated[:20]!r}; it must be from 1 to {MOST_EXPIRY_SECONDS} seconds"
            raise Refused("IncompleteSignature", text)
        return _signature(fields.get("Algorithm", ""), fields, fields.get("Date", ""), expires)
    raise Refused(
        "MissingAuthenticationToken", f"the request is not signed; sign it with an access key: {NEW_KEY}", 403
    )


def _from_header(header: str, at: str) -> Signature:
    """A client's headers differ in the signature alone, which comes last: the rest is read once."""
    stated, found, signature = header.rpartition("Signature=")
    if not found or not (signature.isascii() and signature.isalnum()) or len(stated) > LONGEST_KEPT:
        return _read_header(header, at)
    if not at:
        return _read_header(header, at)
    read = _read_before(stated)
    return Signature(
        access_key_id=read.access_key_id,
        day=read.day,
        region=read.region,
        service=read.service,
        signed_headers=read.signed_headers,
        signature=signature,
        at=at,
    )


@lru_cache(maxsize=1024)
def _read_before(stated: str) -> Signature:
    """What a header states before its signature."""
    return _read_header(f"{stated}Signature=0", "0")


def _read_header(header: str, at: str) -> Signature:
    algorithm, _, rest = header.partition(" ")
    pairs = (part.strip().partition("=") for part in rest.split(","))
    return _signature(algorithm, {name: value for name, _, value in pairs}, at, None)


def _signature(algorithm: str, fields: dict[str, str], at: str, expires_seconds: int | None) -> Signature:
    if algorithm != ALGORITHM:
        raise Refused(
            "IncompleteSignature", f"the algorithm is {algorithm[:40]!r}; only {ALGORITHM} is accepted"
        )
    missing = [name for name in ("Credential", "SignedHeaders", "Signature") if not fields.get(name)]
    missing += [] if at else ["X-Amz-Date"]
    if missing:
        raise Refused("IncompleteSignature", f"the signature lacks {', '.join(missing)}")
    if not f"{fields['Credential']}{fields['SignedHeaders']}{fields['Signature']}{at}".isascii():
        raise Refused("IncompleteSignature", "the signature holds characters that are not ASCII")
    parts = fields["Credential"].rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request":
        text = (
            f"the credential is {fields['Credential'][:80]!r}; it must be key/day/region/service/aws4_request"
        )
        raise Refused("IncompleteSignature", text)
    access_key_id, day, region, service, _ = parts
    return Signature(
        access_key_id=access_key_id,
        day=day,
        region=region,
        service=service,
        signed_headers=tuple(fields["SignedHeaders"].split(";")),
        signature=fields["Signature"],
        at=at,
        expires_seconds=expires_seconds,
    )


def _check_headers(request: Request, signed: tuple[str, ...]) -> None:
    """Host and x-amz-* headers decide what is done: whoever does not hold the secret must not change them."""
    unsigned = [name for name in request.headers if name[:6] == "x-amz-" and name not in signed]
    unsigned += () if "host" in signed else ("host",)
    unsigned = set(unsigned) - MAY_GO_UNSIGNED if unsigned else ()
    if unsigned:
        text = f"headers are not signed that must be: {', '.join(sorted(unsigned))}"
        raise Refused("InvalidSignatureException", text, 403)


def _check_time(signature: Signature, now: float) -> None:
    signed_at = seconds(signature.at)
    if not signature.at.startswith(signature.day):
        text = f"the credential's day {signature.day[:20]!r} is not that of X-Amz-Date {signature.at!r}"
        raise Refused("InvalidSignatureException", text, 403)
    if signature.expires_seconds is not None:
        if now > signed_at + signature.expires_seconds:
            raise Refused(
                "AccessDeniedException", "Request has expired: the presigned URL is no longer valid", 403
            )
        if now < signed_at - SKEW_SECONDS:
            raise _skewed(signature.at, now)
    elif abs(now - signed_at) > SKEW_SECONDS:
        raise _skewed(signature.at, now)


def _skewed(at: str, now: float) -> Refused:
    here = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    text = f"the request was signed at {at}, more than 15 minutes from now, {here}; set the client's clock"
    return Refused("RequestExpired", text)


@lru_cache(maxsize=256)
def seconds(at: str) -> int:
    """`20260131T120000Z` as seconds since 1970. Raises Refused if it is no such date."""
    try:
        return timegm(time.strptime(at, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        text = f"X-Amz-Date is {at[:40]!r}; it must be such as 20260131T120000Z"
        raise Refused("IncompleteSignature", text) from None


def sign(request: Request, signature: Signature, payload_hash: str, secret: str) -> str:
    """What the signature must be if it was made with `secret` over this request."""
    canonical = canonical_request(request, signature.signed_headers, payload_hash)
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    text = f"{ALGORITHM}\n{signature.at}\n{signature.scope}\n{digest}"
    mac = _keyed(secret, signature.day, signature.region, signature.service).copy()
    mac.update(text.encode("latin-1"))
    return mac.hexdigest()


@lru_cache(maxsize=256)
def _keyed(secret: str, day: str, region: str, service: str) -> hmac.HMAC:
    """What has taken in the signing key: going on from a copy takes half the time of beginning anew."""
    return hmac.new(signing_key(secret, day, region, service), digestmod="sha256")


@lru_cache(maxsize=256)
def signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    """The key that a secret gives for one day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def canonical_request(request: Request, signed_headers: Iterable[str], payload_hash: str) -> str:
    """The one spelling of a request that both sides sign; runs of spaces in a header count as one."""
    headers = request.headers
    names = tuple(signed_headers)
    lines = [f"{name}:{_single_spaced(headers.get(name, ''))}" for name in names]
    parts = (request.method, _canonical_path(request.path), _canonical_query(request.query), *lines)
    return "\n".join((*parts, "", ";".join(names), payload_hash))


def _single_spaced(value: str) -> str:
    return value if value.isprintable() and " " not in value else " ".join(value.split())


def _canonical_path(path: bytes) -> str:
    """Percent-encoded once, as S3 wants it; the JSON services' own paths hold nothing that is encoded."""
    if PLAIN_PATH.fullmatch(path):
        return path.decode()
    return quote(unquote_to_bytes(path), safe="/~")


def _canonical_query(query: bytes) -> str:
    if not query:
        return ""
    pairs = (part.partition(b"=") for part in query.split(b"&") if part)
    encoded = sorted((_encode(name), _encode(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded if name != "X-Amz-Signature")


def _encode(text: bytes) -> str:
    return quote(unquote_to_bytes(text), safe="~")
