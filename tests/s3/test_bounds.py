"""Numbers, dates, paths and documents beyond all bounds are the client's fault, never ours."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presage.buckets.buckets import Buckets
from presage.resources.keys import AccessKey
from presage.s3.app import s3_application
from presage.s3.routes import SUBRESOURCES

from .test_app import ask, begin, code_of, end, send_part

KEY = AccessKey(access_key_id="presage", secret="presage", allow=("*",))
LONG = "9" * 5000
PRESIGNED_V2 = "AWSAccessKeyId=presage&Signature=x&Expires="
PRESIGNED_V4 = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=presage/20260131/us-east-1/s3/aws4_request"
    "&X-Amz-SignedHeaders=host&X-Amz-Date=20260131T120000Z&X-Amz-Signature=x&X-Amz-Expires="
)
NO_SUCH_YEAR = "Mon, 01 Jan 99999999999 00:00:00 GMT"
CHUNKED = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}


@pytest.fixture
def buckets(tmp_path):
    buckets = Buckets(tmp_path / "buckets")
    buckets.create("shop")
    buckets.put("shop", "a", [b"123"])
    yield buckets
    buckets.close()


@pytest.fixture
def app(buckets):
    return s3_application(buckets, find_key=None)


@pytest.fixture
def keyed(buckets):
    return s3_application(buckets, find_key=lambda name: KEY if name == KEY.access_key_id else None)


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "status"),
    [
        ("GET", "/shop", f"max-keys={LONG}", {}, b"", 200),
        ("GET", "/shop", f"list-type=2&max-keys={LONG}", {}, b"", 200),
        ("GET", "/shop", f"uploads&max-uploads={LONG}", {}, b"", 200),
        ("GET", "/shop", "max-keys=%d9%a3", {}, b"", 400),
        ("GET", "/shop", "max-keys=%c2%b2", {}, b"", 400),
        ("GET", "/shop/a", "", {"range": f"bytes=0-{LONG}"}, b"", 206),
        ("GET", "/shop/a", "", {"range": f"bytes=-{LONG}"}, b"", 206),
        ("GET", "/shop/a", "", {"range": f"bytes={LONG}-"}, b"", 416),
        ("GET", "/shop/a", "", {"if-modified-since": NO_SUCH_YEAR}, b"", 200),
        ("GET", "/shop/a", "", {"if-unmodified-since": NO_SUCH_YEAR}, b"", 200),
        ("PUT", "/shop/b", "", {"expires": NO_SUCH_YEAR}, b"", 200),
        ("PUT", "/shop/b", "", CHUNKED, b"f" * 5000 + b"\r\nabc", 400),
        ("PUT", "/shop/b", "", CHUNKED | {"x-amz-decoded-content-length": LONG}, b"1\r\na\r\n0\r\n\r\n", 400),
        ("PUT", "/shop/b", "", {"content-length": LONG}, b"1", 200),
        ("PUT", "/shop", "policy", {}, b'{"Statement": ' + b"[" * 10_000, 400),
        ("POST", "/shop", "delete", {}, b"<a>" * 100_000 + b"</a>" * 100_000, 400),
        ("GET", "//[", "", {}, b"", 404),
        ("GET", "/%", "", {}, b"", 404),
    ],
)
def test_a_value_beyond_all_bounds_is_cut_off_or_refused(app, method, path, query, headers, body, status):
    assert ask(app, method, path, query, headers, (body,)).status == status


def test_numbers_of_an_upload_are_cut_off_or_refused(app):
    upload = begin(app)
    etag = send_part(app, upload, b"1").headers["etag"]
    for name in ("part-number-marker", "max-parts"):
        assert ask(app, "GET", "/shop/a", f"uploadId={upload}&{name}={LONG}").status == 200
    assert code_of(send_part(app, upload, b"1", number=LONG)) == "InvalidArgument"
    for number, code in ((LONG, "InvalidPart"), ("\N{ARABIC-INDIC DIGIT THREE}", "MalformedXML")):
        part = f"<C><Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part></C>".encode()
        assert code_of(ask(app, "POST", "/shop/a", f"uploadId={upload}", {}, (part,))) == code
    assert end(app, upload, [etag]).status == 200


@pytest.mark.parametrize("path", ["/shop/a", "//[", "//[/a", "/%", "//%e2%84%80", "//\xaa]"])
@pytest.mark.parametrize("expires", ["1", "99999999999", LONG, "%c2%b2"])
@pytest.mark.parametrize("signed", [PRESIGNED_V2, PRESIGNED_V4])
def test_a_url_that_nobody_signed_is_refused(keyed, path, signed, expires):
    assert ask(keyed, "GET", path, signed + expires).status in (400, 403, 405)


NASTY = st.sampled_from(
    f"{LONG}|-1|\xb2|1e9|\0|[|%|%%|//[|{NO_SUCH_YEAR}|bytes=1-{LONG}|bytes=-{LONG}|*||shop/a"
    f"|Mon, 01 Jan 0001 00:00:00 +2359|aws-chunked|=?utf-8?q?=ff?=|{CHUNKED['x-amz-content-sha256']}".split(
        "|"
    )
) | st.text(st.characters(max_codepoint=255), max_size=20)
PARAMETERS = (
    sorted(SUBRESOURCES)
    + (
        "max-keys max-parts max-uploads part-number-marker prefix delimiter marker continuation-token encoding-type"
        " start-after response-expires AWSAccessKeyId Signature Expires X-Amz-Signature X-Amz-Expires X-Amz-Date"
        " X-Amz-Credential X-Amz-SignedHeaders X-Amz-Algorithm X-Amz-Content-Sha256"
    ).split()
)
NAMES = (
    "range if-match if-none-match if-modified-since if-unmodified-since expires host content-md5 content-length"
    " content-type authorization x-amz-date x-amz-copy-source x-amz-copy-source-range x-amz-content-sha256"
    " x-amz-copy-source-if-modified-since x-amz-decoded-content-length x-amz-trailer x-amz-checksum-crc32"
    " x-amz-checksum-algorithm x-amz-meta-a x-amz-tagging x-amz-acl"
).split()


@settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.sampled_from(["GET", "PUT", "HEAD", "DELETE", "POST"]),
    st.sampled_from(["", "shop", "shop/a", "shop/", "/[", "%"]) | NASTY.map(quote),
    st.dictionaries(st.sampled_from(PARAMETERS), NASTY, max_size=3),
    st.sampled_from(["", PRESIGNED_V2 + "99999999999", PRESIGNED_V4 + "60"]),
    st.dictionaries(st.sampled_from(NAMES), NASTY, max_size=3),
    st.sampled_from([b"", b"<a>" * 5000, b"[" * 5000, b'{"Statement": ' + b"9" * 5000 + b"}", LONG.encode()])
    | st.binary(max_size=30),
)
def test_nothing_that_is_sent_is_our_fault(buckets, app, keyed, method, path, query, signed, headers, body):
    buckets.create("shop")
    encoded = "&".join([f"{name}={quote(value)}" for name, value in query.items()] + [signed] * bool(signed))
    for one in (app, keyed):
        answer = ask(one, method, "/" + path, encoded, headers, (body,))
        assert answer.status < 500 or answer.status == 501  # NotImplemented, as S3 says it
