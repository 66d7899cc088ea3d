import asyncio
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presage.buckets.buckets import Buckets
from presage.buckets.errors import BucketError
from presage.buckets.uploads import LEAST_PART_BYTES
from presage.resources.keys import AccessKey
from presage.s3 import app as s3
from presage.s3.algorithms import ALGORITHMS
from presage.s3.app import s3_application
from presage.s3.errors import STATUS
from presage.s3.routes import ROUTES, SUBRESOURCES
from presage.s3.xml import parse
from presage.wire.signature import S3_CODES

from ..wire.asgi import call, exchange
from ..wire.generate import Raw
from .test_parts import encoded


@pytest.fixture
def buckets(tmp_path):
    buckets = Buckets(tmp_path / "buckets")
    buckets.create("shop")
    yield buckets
    buckets.close()


@pytest.fixture
def app(buckets):
    return s3_application(buckets, find_key=None)


def ask(app, method, path, query="", headers=None, body=(b"",)):
    given_headers = {"host": "127.0.0.1:4600", "content-length": str(sum(map(len, body))), **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in given_headers.items()
        ],
    }
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in body]
    messages[-1]["more_body"] = False
    return exchange(app, scope, messages)


def code_of(answer):
    return parse(answer.body).findtext("Code")


def files(buckets):
    return [path for path in (buckets.store.root / "data").rglob("*") if path.is_file()]


def test_a_success_without_content_has_an_empty_body(app):
    for method, path, query in (
        ("PUT", "/depot", ""),
        ("PUT", "/depot/a", ""),
        ("DELETE", "/depot/a", ""),
        ("DELETE", "/depot", ""),
        ("HEAD", "/shop", ""),
    ):
        answer = ask(app, method, path, query)
        assert answer.status in (200, 204)
        assert answer.body == b""


def test_a_host_below_localhost_names_the_bucket(app, buckets):
    buckets.put("shop", "in/a", [b"1"])
    assert ask(app, "GET", "/in/a", headers={"host": "shop.localhost:4600"}).body == b"1"
    listing = parse(ask(app, "GET", "/", "list-type=2", {"host": "shop.localhost"}).body)
    assert [node.text for node in listing.findall("Contents/Key")] == ["in/a"]
    assert code_of(ask(app, "GET", "/in/a", headers={"host": "localhost:4600"})) == "NoSuchBucket"


def test_an_error_is_a_document_that_names_the_request(app):
    answer = ask(app, "GET", "/shop/no%20ne")
    assert answer.status == 404
    root = parse(answer.body)
    assert root.findtext("Code") == "NoSuchKey"
    assert root.findtext("Resource") == "/shop/no%20ne"
    assert root.findtext("RequestId") == answer.headers["x-amz-request-id"]
    assert ask(app, "HEAD", "/shop/none").body == b""


def test_head_tells_the_size_and_sends_nothing(app, buckets):
    buckets.put("shop", "a", [b"123"], {"content-type": "text/csv", "x-amz-meta-a": "b"})
    answer = ask(app, "HEAD", "/shop/a")
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "3", b"")
    assert (answer.headers["content-type"], answer.headers["x-amz-meta-a"]) == ("text/csv", "b")


@pytest.mark.parametrize(
    ("method", "path", "query", "code"),
    [
        ("GET", "/shop", "inventory", "NotImplemented"),
        ("PUT", "/shop", "analytics", "NotImplemented"),
        ("PUT", "/shop/a", "retention", "NotImplemented"),
        ("PUT", "/shop", "lifecycle", "MalformedXML"),
        ("PUT", "/shop/none", "acl", "NoSuchKey"),
        ("GET", "/depot", "cors", "NoSuchBucket"),
        ("PUT", "/depot", "versioning", "MalformedXML"),
        ("GET", "/shop/a", "versionId=1", "NotImplemented"),
        ("PATCH", "/shop/a", "", "MethodNotAllowed"),
        ("POST", "/", "", "MethodNotAllowed"),
        ("GET", "/shop/%ff", "", "InvalidURI"),
        ("GET", "/shop", "prefix=%ff", "InvalidURI"),
        ("GET", "/shop", "list-type=2&max-keys=x", "InvalidArgument"),
        ("GET", "/shop", "list-type=2&max-keys=-1", "InvalidArgument"),
        ("GET", "/shop", "list-type=2&continuation-token=%21", "InvalidArgument"),
        ("PUT", "/shop/a", "partNumber=0&uploadId=x", "NoSuchUpload"),
        ("PUT", "/No", "", "InvalidBucketName"),
        ("PUT", "/shop/" + "a" * 1025, "", "KeyTooLongError"),
        ("POST", "/shop", "delete", "MalformedXML"),
        ("PUT", "/shop", "policy", "MalformedPolicy"),
    ],
)
def test_what_cannot_be_answered_has_s3s_code(app, method, path, query, code):
    assert code_of(ask(app, method, path, query)) == code


def test_a_part_has_a_number_from_1_to_10_000(app):
    upload = parse(ask(app, "POST", "/shop/a", "uploads").body).findtext("UploadId")
    for number in ("0", "10001", "x", "-1"):
        assert (
            code_of(ask(app, "PUT", "/shop/a", f"partNumber={number}&uploadId={upload}")) == "InvalidArgument"
        )
    assert ask(app, "PUT", "/shop/a", f"partNumber=10000&uploadId={upload}").status == 200


def begin(app, headers=None):
    return parse(ask(app, "POST", "/shop/a", "uploads", headers).body).findtext("UploadId")


def send_part(app, upload, content, headers=None, number=1):
    return ask(app, "PUT", "/shop/a", f"partNumber={number}&uploadId={upload}", headers, (content,))


def end(app, upload, etags, headers=None):
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        for number, etag in enumerate(etags, 1)
    )
    return ask(app, "POST", "/shop/a", f"uploadId={upload}", headers, (f"<C>{parts}</C>".encode(),))


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_checksum_of_the_whole_object_ends_an_upload(app, buckets, name):
    upload = begin(app)
    etag = send_part(app, upload, b"1,2\n").headers["etag"]
    wrong, right = encoded(name, b"x"), encoded(name, b"1,2\n")
    assert code_of(end(app, upload, [etag], {f"x-amz-checksum-{name}": wrong})) == "BadDigest"
    answer = parse(end(app, upload, [etag], {f"x-amz-checksum-{name}": right}).body)
    assert answer.findtext(f"Checksum{name.upper()}") == right
    assert answer.findtext("ChecksumType") == "FULL_OBJECT"
    assert buckets.path("shop", "a").read_bytes() == b"1,2\n"


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_part_with_a_wrong_checksum_leaves_nothing(app, buckets, name):
    upload, header = begin(app), f"x-amz-checksum-{name}"
    trailing = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-trailer": header}
    wrong = encoded(name, b"x")
    for content, headers in (
        (b"1,2\n", {header: wrong}),
        (f"4\r\n1,2\n\r\n0\r\n{header}:{wrong}\r\n\r\n".encode(), trailing),
    ):
        assert code_of(send_part(app, upload, content, headers)) == "BadDigest"
        assert code_of(ask(app, "PUT", "/shop/a", "", headers, (content,))) == "BadDigest"
    assert files(buckets) == []


def test_the_checksum_type_that_an_upload_was_begun_with_counts(app, buckets):
    wanted = {"x-amz-checksum-algorithm": "CRC32C", "x-amz-checksum-type": "FULL_OBJECT"}
    begun = ask(app, "POST", "/shop/a", "uploads", wanted)
    assert begun.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    upload = parse(begun.body).findtext("UploadId")
    etag = send_part(app, upload, b"1", {"x-amz-checksum-crc32c": encoded("crc32c", b"1")}).headers["etag"]
    other = {"x-amz-checksum-type": "COMPOSITE"}
    assert code_of(end(app, upload, [etag], other)) == "BadDigest"
    assert end(app, upload, [etag]).status == 200
    told = ask(app, "HEAD", "/shop/a", headers={"x-amz-checksum-mode": "ENABLED"}).headers
    assert told["x-amz-checksum-crc32c"] == encoded("crc32c", b"1")
    assert buckets.head("shop", "a").headers == {"content-type": "binary/octet-stream"}


@pytest.mark.parametrize("name", ["crc32c", "crc64nvme"])
def test_parts_checked_on_their_way_make_the_objects_checksum(app, buckets, monkeypatch, name):
    """The parts are not read again for it, and a copy keeps it."""
    contents = [b"b" * LEAST_PART_BYTES, b"s"]
    upload = begin(app)
    etags = [
        send_part(app, upload, content, {f"x-amz-checksum-{name}": encoded(name, content)}, number).headers[
            "etag"
        ]
        for number, content in enumerate(contents, 1)
    ]
    monkeypatch.setattr("presage.s3.parts._read_digest", None)
    answer = parse(end(app, upload, etags, {"x-amz-checksum-type": "FULL_OBJECT"}).body)
    assert answer.findtext(f"Checksum{name.upper()}") == encoded(name, *contents)
    copied = parse(ask(app, "PUT", "/shop/b", "", {"x-amz-copy-source": "shop/a"}).body)
    assert copied.findtext(f"Checksum{name.upper()}") == encoded(name, *contents)
    assert copied.findtext("ChecksumType") == "FULL_OBJECT"


@pytest.mark.parametrize("value", ["text/html%0d%0aset-cookie:a", "%e2%82%ac"])
def test_a_query_cannot_write_headers_of_its_own(app, buckets, value):
    buckets.put("shop", "a", [b"1"])
    assert code_of(ask(app, "GET", "/shop/a", f"response-content-type={value}")) == "InvalidArgument"


def test_a_client_that_goes_away_leaves_nothing(app, buckets):
    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/shop/a",
        "query_string": b"",
        "headers": [(b"content-length", b"9")],
    }
    messages = [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]
    assert exchange(app, scope, messages).status == 0
    assert files(buckets) == []


def test_an_object_is_not_read_for_a_client_that_has_gone(app, buckets):
    body = b"x" * 20_000_000
    call(app, Raw("PUT", "/shop/large", {"host": "localhost", "content-length": str(len(body))}, body))
    scope = {"type": "http", "method": "GET", "path": "/shop/large", "query_string": b"", "headers": []}
    sent = 0

    async def run():
        gone = asyncio.Event()

        async def receive():
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            nonlocal sent
            sent += len(message.get("body", b""))
            if sent:
                gone.set()
                await asyncio.sleep(0)

        await app(scope, receive, send)

    asyncio.run(run())
    assert 0 < sent < 10_000_000


def test_every_code_has_a_status():
    assert set(S3_CODES.values()) <= STATUS.keys()
    assert {error.__name__ for error in BucketError.__subclasses__()} <= STATUS.keys()


def test_a_body_that_is_not_what_was_declared_leaves_nothing(app, buckets):
    answer = ask(app, "PUT", "/shop/a", "", {"x-amz-checksum-crc32": "AAAAAA=="}, (b"1,2\n",))
    assert code_of(answer) == "BadDigest"
    encoded = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "5",
    }
    assert code_of(ask(app, "PUT", "/shop/a", "", encoded, (b"4\r\n1,2\n\r\n0\r\n\r\n",))) == "IncompleteBody"
    ecdsa = {"x-amz-content-sha256": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}
    assert code_of(ask(app, "PUT", "/shop/a", "", ecdsa)) == "NotImplemented"
    assert files(buckets) == []


def test_a_refusal_before_the_body_closes_the_connection_or_reads_the_body(app):
    waiting = ask(app, "PUT", "/depot/a", "", {"expect": "100-continue"}, (b"1",))
    assert (code_of(waiting), waiting.headers["connection"]) == ("NoSuchBucket", "close")
    sending = ask(app, "PUT", "/depot/a", "", {}, (b"1", b"2"))
    assert (code_of(sending), sending.headers.get("connection")) == ("NoSuchBucket", None)
    endless = ask(app, "PUT", "/depot/a", "", {}, (b"x" * (1 << 20),) * 20)
    assert (code_of(endless), endless.headers["connection"]) == ("NoSuchBucket", "close")


def test_a_fault_of_ours_shows_its_number_and_not_its_trace(buckets, app, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(buckets, "head", broken)
    answer = ask(app, "GET", "/shop/a")
    assert (answer.status, code_of(answer)) == (500, "InternalError")
    assert b"secret" not in answer.body


@pytest.mark.parametrize("error", [ValueError, OverflowError, RecursionError, UnicodeEncodeError])
def test_a_value_that_cannot_be_read_is_the_clients_fault(buckets, app, monkeypatch, error):
    def reads(*_):
        raise error(*("utf-8", "\ud800", 0, 1, "x") if error is UnicodeEncodeError else ())

    monkeypatch.setattr(buckets, "head", reads)
    answer = ask(app, "GET", "/shop/a", "tagging")
    assert (answer.status, code_of(answer)) == (400, "InvalidRequest")


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_every_operation_asks_what_the_key_may(buckets, monkeypatch, route):
    """A key that lacks any one of the actions is refused; with all of them it is let in."""
    method, level, marks = route
    path = {"service": "/", "bucket": "/shop", "object": "/shop/a"}[level]
    query = "&".join(f"{mark}=1" for mark in marks.split() if mark != "copy")
    headers = {"x-amz-copy-source": "shop/b"} if "copy" in marks else {}
    demanded = ROUTES[route].actions
    assert demanded
    for missing in (None, *demanded):
        allow = tuple(action for action in demanded if action != missing)
        key = AccessKey(access_key_id="presage", secret="presage", allow=allow)
        monkeypatch.setattr(s3, "_identify", lambda *_, key=key: (key, None))
        answer = ask(s3_application(buckets, find_key=lambda _: None), method, path, query, headers)
        denied = b"<Code>AccessDenied</Code>" in answer.body or (method == "HEAD" and answer.status == 403)
        assert denied == (missing is not None)


TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from("/?&=%.\0"), max_size=12)
QUERY = st.dictionaries(
    st.sampled_from(
        sorted(SUBRESOURCES | {"max-keys", "prefix", "delimiter", "marker", "continuation-token"})
    ),
    TEXT | st.sampled_from(["", "1", "2", "url"]),
    max_size=3,
)
HEADER_NAMES = ["range", "if-match", "if-none-match", "content-md5", "x-amz-copy-source", "x-amz-trailer"]
HEADER_NAMES += [
    "x-amz-content-sha256",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-type",
    "x-amz-decoded-content-length",
    "if-modified-since",
]
HEADERS = st.dictionaries(
    st.sampled_from(HEADER_NAMES),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=12)
    | st.sampled_from(["*", "bytes=0-0", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "shop/a", "/shop/%00"]),
    max_size=2,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from(["GET", "PUT", "HEAD", "DELETE", "POST", "OPTIONS"]),
    st.sampled_from(["", "shop", "shop/", "shop/a", "depot/a"]) | TEXT,
    QUERY,
    HEADERS,
    st.binary(max_size=30) | st.sampled_from([b"<D><Object><Key>a</Key></Object></D>", b'{"Statement": []}']),
)
def test_no_request_is_our_fault(app, buckets, method, path, query, headers, body):
    buckets.create("shop")
    encoded = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    answer = ask(app, method, "/" + quote(path), encoded, headers, (body,))
    assert answer.status in (200, 204, 206, 304, 400, 403, 404, 405, 409, 412, 416, 501)
    if answer.status >= 400 and method != "HEAD":
        assert code_of(answer)
