"""Signatures made by botocore's own signers, checked here."""

import hashlib
import re
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.utils import percent_encode, percent_encode_sequence
from hypothesis import given
from hypothesis import strategies as st

from presage.resources.keys import AccessKey
from presage.wire import signature
from presage.wire.faults import Refused
from presage.wire.http import Request
from presage.wire.signature import S3_CODES, read_signature, seconds, signing_key, verify

KEY = AccessKey(access_key_id="AKID", secret="s3cr3t/+", allow=("personalize:Get*", "s3:*"))
FIND = {"AKID": KEY}.get
BODY = b'{"a": 1}'


def arrived(made):
    """A signed botocore request as a server gets it: path and query as sent, headers in lower case."""
    made = made.prepare()
    address, _, query = made.url.partition("?")
    _, _, path = address.removeprefix("http://").partition("/")
    headers = {name.lower(): str(value) for name, value in made.headers.items()}
    return Request(made.method, f"/{path}".encode(), query.encode(), {"host": "localhost:4600", **headers})


def signed(service="personalize", secret=KEY.secret, token=None, key="AKID"):
    made = AWSRequest("POST", "http://localhost:4600/", headers={"X-Amz-Target": "T"}, data=BODY)
    SigV4Auth(Credentials(key, secret, token), service, "eu-central-1").add_auth(made)
    return arrived(made)


def s3(method, url, body=b"", signer=S3SigV4Auth, **options):
    made = AWSRequest(method, url, data=body)
    signer(Credentials("AKID", KEY.secret), "s3", "us-east-1", **options).add_auth(made)
    return arrived(made)


def check(request, body=BODY, service="personalize", find_key=FIND, **options):
    return verify(request, hashlib.sha256(body).hexdigest(), service, find_key, **options)


def refusal(request, **options):
    with pytest.raises(Refused) as caught:
        check(request, **options)
    return caught.value.code, caught.value.status


WRONG = ("InvalidSignatureException", 403)


def test_a_good_signature_names_its_caller():
    caller = check(signed())
    assert caller.key == KEY
    assert (caller.signature.region, caller.signature.service) == ("eu-central-1", "personalize")


def test_without_configured_keys_anybody_may_call():
    assert check(signed(secret="wrong"), find_key=None) is None
    assert check(Request("POST", b"/", b"", {}), find_key=None) is None


def test_a_wrong_secret_is_refused():
    assert refusal(signed(secret="wrong")) == WRONG


def test_an_unknown_key_is_refused():
    assert refusal(signed(key="AKNOBODY")) == ("UnrecognizedClientException", 403)


def test_a_session_token_is_refused_by_name():
    request = signed(token="temporary")
    assert refusal(request) == ("UnrecognizedClientException", 403)
    with pytest.raises(Refused, match="temporary credentials"):
        check(request)


def test_an_unsigned_request_is_refused():
    assert refusal(Request("POST", b"/", b"", {"host": "localhost"})) == ("MissingAuthenticationToken", 403)


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"path": b"/events"},
        {"query": b"a=b"},
    ],
)
def test_a_changed_request_is_refused(change):
    assert refusal(replace(signed(), **change)) == WRONG


@pytest.mark.parametrize("header", ["host", "x-amz-target", "x-amz-date"])
def test_a_changed_header_is_refused(header):
    request = signed()
    changed = request.headers | {header: request.headers[header].replace("0", "1") + "1"}
    with pytest.raises(Refused):
        check(replace(request, headers=changed))


def test_a_changed_body_is_refused():
    assert refusal(signed(), body=b'{"a": 2}') == WRONG


def test_an_amz_header_added_on_the_way_is_refused():
    request = signed()
    assert refusal(replace(request, headers=request.headers | {"x-amz-extra": "1"})) == WRONG
    kept = replace(
        request, headers=request.headers | {"x-amz-user-agent": "aws-sdk-js", "x-forwarded-for": "1"}
    )
    assert check(kept).key == KEY


def test_the_scope_must_name_the_service():
    assert refusal(signed(service="forecast")) == WRONG
    assert check(signed(service="forecast"), service="forecast").key == KEY


@pytest.mark.parametrize(("minutes", "good"), [(0, True), (14, True), (-14, True), (16, False), (-16, False)])
def test_a_signature_holds_for_15_minutes(minutes, good):
    def clock():
        return time.time() + minutes * 60

    if good:
        assert check(signed(), clock=clock).key == KEY
    else:
        assert refusal(signed(), clock=clock) == ("RequestExpired", 400)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic Zm9v",
        "AWS AKID:signature",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=AKID, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/r/personalize/aws4, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/r/personalize/aws4_request, Signature=00",
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/r/personalize/aws4_request, SignedHeaders=host",
        "AWS4-ECDSA-P256-SHA256 Credential=a, SignedHeaders=b, Signature=c",
    ],
)
def test_an_incomplete_signature_is_refused(header):
    request = signed()
    broken = replace(request, headers=request.headers | {"authorization": header})
    assert refusal(broken) == ("IncompleteSignature", 400)


@pytest.mark.parametrize("at", ["", "yesterday", "20260230T000000Z", "2026-01-01T00:00:00Z"])
def test_a_date_that_is_none_is_refused(at):
    request = signed()
    assert refusal(replace(request, headers=request.headers | {"x-amz-date": at}))[1] in (400, 403)
    with pytest.raises(Refused):
        seconds(at)


@given(st.text(st.characters(max_codepoint=255)), st.binary())
def test_any_header_and_query_is_refused_and_raises_nothing_else(header, query):
    for headers in ({"authorization": header, "x-amz-date": "20260101T000000Z"}, {}):
        with pytest.raises(Refused):
            check(Request("POST", b"/", b"X-Amz-Signature=0&" + query, headers))


@given(st.sampled_from(["Credential", "SignedHeaders", "Signature", "Date", "Expires"]), st.text())
def test_a_presigned_url_with_any_text_in_a_field_is_refused_and_raises_nothing_else(field, text):
    request = s3("GET", "http://localhost:4600/bucket/key", signer=S3SigV4QueryAuth, expires=60)
    query = dict(parse_qsl(request.query.decode()))
    query[f"X-Amz-{field}"] = query[f"X-Amz-{field}"].replace("us-east-1", text) if len(text) % 2 else text
    changed = replace(request, query=urlencode(query).encode())
    if changed.query != urlencode(dict(parse_qsl(request.query.decode()))).encode():
        with pytest.raises(Refused):
            verify(changed, "UNSIGNED-PAYLOAD", "s3", FIND)


@given(st.text(st.characters(max_codepoint=255)))
def test_a_signature_of_any_characters_is_refused_and_raises_nothing_else(text):
    good = signed()
    header = good.headers["authorization"].rpartition("=")[0] + "=" + text
    with pytest.raises(Refused):
        check(replace(good, headers=good.headers | {"authorization": header}))


KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), min_size=1, max_size=12)


@given(KEYS, st.dictionaries(KEYS, KEYS, max_size=3))
def test_s3_paths_and_queries_of_any_characters_match(key, query):
    url = f"http://localhost:4600/bucket/{percent_encode(key, safe='/~')}"
    request = s3("PUT", url + (f"?{percent_encode_sequence(query)}" if query else ""), body=BODY)
    assert check(request, service="s3").key == KEY
    assert refusal(replace(request, path=request.path + b"x"), service="s3") == WRONG


@given(KEYS)
def test_presigned_urls_match(key):
    url = f"http://localhost:4600/bucket/{percent_encode(key, safe='/~')}?versionId=7"
    request = s3("GET", url, signer=S3SigV4QueryAuth, expires=60)
    caller = verify(request, "UNSIGNED-PAYLOAD", "s3", FIND)
    assert caller.signature.expires_seconds == 60


@pytest.mark.parametrize(("seconds_later", "good"), [(59, True), (61, False), (-1000, False)])
def test_a_presigned_url_expires(seconds_later, good):
    request = s3("GET", "http://localhost:4600/bucket/key", signer=S3SigV4QueryAuth, expires=60)
    clock = lambda: seconds(read_signature(request).at) + seconds_later  # noqa: E731
    if good:
        assert verify(request, "UNSIGNED-PAYLOAD", "s3", FIND, clock).key == KEY
    else:
        with pytest.raises(Refused, match=r"expired|more than 15 minutes"):
            verify(request, "UNSIGNED-PAYLOAD", "s3", FIND, clock)


@pytest.mark.parametrize("expires", ["0", "-1", "604801", "", "soon", "²", "1" + "0" * 5000])
def test_a_presigned_url_holds_a_week_at_most(expires):
    request = s3("GET", "http://localhost:4600/bucket/key", signer=S3SigV4QueryAuth, expires=expires)
    with pytest.raises(Refused, match="X-Amz-Expires"):
        verify(request, "UNSIGNED-PAYLOAD", "s3", FIND)


def test_what_s3_says_of_its_payload_is_signed():
    request = s3("PUT", "http://localhost:4600/bucket/key", body=BODY)
    assert request.headers["x-amz-content-sha256"] == hashlib.sha256(BODY).hexdigest()
    with pytest.raises(Refused):
        verify(request, "UNSIGNED-PAYLOAD", "s3", FIND)


def test_the_signing_key_is_aws_s_published_example():
    # Source: AWS, "Examples of how to derive a signing key for Signature Version 4".
    key = signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20120215", "us-east-1", "iam")
    assert key.hex() == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"


def test_a_key_may_do_what_its_globs_allow():
    caller = check(signed())
    caller.demand("personalize:GetRecommendations")
    with pytest.raises(Refused, match="not authorized to perform: personalize:PutEvents") as caught:
        caller.demand("personalize:PutEvents")
    assert (caught.value.code, caught.value.status) == ("AccessDeniedException", 400)


def test_s3_has_its_own_name_for_every_refusal():
    source = Path(signature.__file__).read_text()
    assert set(re.findall(r'Refused\(\s*"(\w+)"', source)) == S3_CODES.keys()
