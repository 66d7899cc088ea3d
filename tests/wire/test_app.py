import asyncio

import pytest

from presage.wire.app import application
from presage.wire.http import Answer

from .asgi import call, exchange, scope_of
from .generate import Raw, encode

S3_HEADER = (
    "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
)


def named(name):
    async def app(scope, receive, send):
        await Answer(200, name.encode()).send(send)

    return app


async def nothing(members):
    return {}


def listener(**options):
    handlers = {("personalize", "ListCampaigns"): nothing, ("personalize-events", "PutEvents"): nothing}
    return application(handlers, **({"find_key": None} | options))


def get(path, app, method="GET", **headers):
    return call(app, Raw(method, path, {"host": "localhost", **headers}, b""))


WHOLE = listener(s3=named("s3"), other={"console": named("console"), "": named("home")})


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("GET", "/bucket/key", {}, b"s3"),
        ("PUT", "/events", {}, b"s3"),
        ("GET", "/", {}, b"home"),
        ("GET", "/console", {}, b"console"),
        ("POST", "/console/keys", {}, b"console"),
        ("GET", "/consoles", {}, b"s3"),
        ("GET", "/", {"authorization": S3_HEADER}, b"s3"),
        ("GET", "/console", {"authorization": S3_HEADER}, b"s3"),
        ("POST", "/events", {"authorization": S3_HEADER}, b"s3"),
        ("GET", "/healthz", {"authorization": S3_HEADER}, b"s3"),
        ("GET", "/console?X-Amz-Credential=A%2F20260101%2Fus-east-1%2Fs3%2Faws4_request", {}, b"s3"),
    ],
)
def test_each_request_reaches_whoever_answers_it(method, path, headers, body):
    assert get(path, WHOLE, method, **headers).body == body


def test_a_call_reaches_its_handler_beside_the_others():
    assert call(WHOLE, encode("personalize", "ListCampaigns", {})).json == {}
    members = {"trackingId": "t", "sessionId": "s", "eventList": [{"eventType": "e", "sentAt": 0}]}
    assert call(WHOLE, encode("personalize-events", "PutEvents", members)).status == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("HEAD", "/"), ("GET", "/recommendations"), ("PUT", "/x/y")]
)
def test_what_nobody_answers_is_an_unknown_operation(method, path):
    response = get(path, listener(), method)
    assert (response.status, response.code) == (404, "UnknownOperationException")


def test_a_path_signed_for_an_aws_call_that_does_not_exist_is_an_unknown_operation():
    header = S3_HEADER.replace("/s3/", "/personalize/")
    response = get("/nowhere", WHOLE, "POST", authorization=header)
    assert (response.status, response.code) == (404, "UnknownOperationException")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "MissingAuthenticationToken"),
        ("AWS4-HMAC-SHA256 Credential=A", "IncompleteSignature"),
        (S3_HEADER.replace("/s3/", "/personalize/"), "UnrecognizedClientException"),
    ],
)
def test_who_does_not_name_a_key_is_refused_before_the_body_is_asked_for(header, code):
    async def hangs():
        pytest.fail("the body was asked for")

    async def send(message):
        sent.append(message)

    sent = []
    raw = encode("personalize", "ListCampaigns", {})
    headers = raw.headers | {"x-amz-date": "20260101T000000Z"} | ({"authorization": header} if header else {})
    scope = scope_of(Raw(raw.method, raw.path, headers, b""))
    asyncio.run(listener(find_key={}.get)(scope, hangs, send))
    assert sent[0]["status"] in {400, 403}
    assert dict(sent[0]["headers"])[b"x-amzn-errortype"] == code.encode()


def test_the_bodies_of_many_calls_at_once_are_bounded(monkeypatch):
    monkeypatch.setattr("presage.wire.app.MOST_BODY_BYTES", 0)
    app = listener(max_request_bytes=1000)
    scope = scope_of(encode("personalize", "ListCampaigns", {}))

    async def one(*chunks):
        left, sent = list(chunks), []

        async def receive():
            await asyncio.sleep(0.01)
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

        async def send(message):
            sent.append(message)

        await app(dict(scope), receive, send)
        return sent[0]["status"]

    async def together():
        large = b'{"a": "', b"x" * 500, b'"}'
        return await asyncio.gather(one(*large), one(*large), one(b"{}"))

    assert sorted(asyncio.run(together())) == [200, 200, 503]
    assert asyncio.run(one(b"{}")) == 200, "and their share is given back"


def test_probes_tell_health_and_readiness():
    states = []
    app = listener(why_not_ready=lambda: "" if states else "starting", s3=named("s3"))
    assert get("/healthz", app).status == 200
    assert get("/readyz", app).status == 503
    states.append("started")
    assert get("/readyz", app).json == {"status": "ready"}


def test_a_request_larger_than_the_limit_is_refused():
    app = listener(max_request_bytes=100)
    raw = encode("personalize", "ListCampaigns", {"nextToken": "x" * 200})
    response = call(app, raw, chunk_bytes=50)
    assert (response.status, response.code) == (413, "RequestEntityTooLarge")
    without_length = {name: value for name, value in raw.headers.items() if name != "content-length"}
    assert call(app, Raw(raw.method, raw.path, without_length, raw.body), chunk_bytes=50).status == 413


def test_a_client_that_hangs_up_gets_no_answer():
    raw = encode("personalize", "ListCampaigns", {})
    response = exchange(listener(), scope_of(raw), [{"type": "http.disconnect"}])
    assert response.status == 0


def test_the_server_s_start_and_stop_are_acknowledged():
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message["type"])

    asyncio.run(listener()({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_web_sockets_are_refused():
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message["type"])

    asyncio.run(listener()({"type": "websocket", "headers": []}, receive, send))
    assert sent == ["websocket.close"]
