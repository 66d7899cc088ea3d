"""What does the wire cost a GetRecommendations call, and where does the time go?

    .venv/bin/python benchmarks/wire.py

One signed request is sent through the whole ASGI application, in process, with a handler that answers 25
items at once: signature check with a cached signing key, parsing, validation, serialisation. The parts are
then timed alone. CPU microseconds a call, the best of 7 rounds of 2,000.

Answer (2 shared cores at load 6, Python 3.11; three runs): 123 to 146 us signed, 69 to 73 us with no keys
configured; an access log line adds 30 to 45. Alone and warm: signature and permission 26, parsing and validating 11, writing 25 items 15; a
PutEvents of 10 events parses and validates in 32. Since issue 5: 130 us signed with an access log; signature and
permission 14, parsing and validating 8, a PutEvents of 10 events 35.
"""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import structlog
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from presage.resources.keys import AccessKey
from presage.wire.access import with_access_log
from presage.wire.app import application
from presage.wire.calls import Calls
from presage.wire.http import Request
from presage.wire.models import OPERATIONS

CALLS, ROUNDS = 2_000, 7
KEY = AccessKey(access_key_id="AKIABENCHMARK", secret="secret", allow=("personalize:*",))
OPERATION = OPERATIONS["personalize-runtime", "GetRecommendations"]
EVENTS = OPERATIONS["personalize-events", "PutEvents"]
ARN = "arn:aws:personalize:us-east-1:000000000000"
MEMBERS = {
    "campaignArn": f"{ARN}:campaign/shop",
    "userId": "12345",
    "numResults": 25,
    "filterArn": f"{ARN}:filter/unseen",
    "filterValues": {"GENRE": '"Comedy"'},
    "context": {"DEVICE": "phone"},
}
BODY = orjson.dumps(MEMBERS)
EVENTS_BODY = orjson.dumps(
    {
        "trackingId": "c2a5c5a0-0d3c-4a44-8a4f-7a3d9d6a0a11",
        "sessionId": "s-1",
        "userId": "12345",
        "eventList": [
            {"eventType": "click", "itemId": f"{n}", "sentAt": 1_700_000_000 + n, "properties": '{"a":1}'}
            for n in range(10)
        ],
    }
)
ANSWER = {
    "itemList": [{"itemId": f"{n}", "score": 0.04 - n / 1000} for n in range(25)],
    "recommendationId": "RID-2f4b1c3e-1111-2222-3333-444455556666",
}


def signed_scope() -> dict[str, Any]:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Boto3/1.44 md/Botocore#1.44 ua/2.1 os/linux lang/python#3.11",
    }
    request = AWSRequest("POST", f"http://localhost:4600{OPERATION.path}", headers=headers, data=BODY)
    SigV4Auth(Credentials(KEY.access_key_id, KEY.secret), "personalize", "us-east-1").add_auth(request)
    sent = {"Host": "localhost:4600", **dict(request.headers), "Content-Length": str(len(BODY))}
    return {
        "type": "http",
        "method": "POST",
        "path": OPERATION.path,
        "raw_path": OPERATION.path.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
    }


def best_us(work: Callable[[], Any]) -> float:
    """CPU microseconds a call of `work`, which makes CALLS of them."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times) / CALLS * 1e6


def times(work: Callable[[], Any]) -> Callable[[], None]:
    def repeat() -> None:
        for _ in range(CALLS):
            work()

    return repeat


def whole(find_key: Any, around: Callable[[Any], Any] = lambda app: app) -> Callable[[], None]:
    async def handler(members: dict[str, Any]) -> dict[str, Any]:
        assert members == MEMBERS
        return ANSWER

    handlers = {(OPERATION.service, OPERATION.name): handler}
    app = around(application(handlers, find_key=find_key, ready=lambda: True))
    scope = signed_scope()
    statuses: set[int] = set()

    async def receive() -> Any:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.add(message["status"])

    async def run() -> None:
        for _ in range(CALLS):
            await app(dict(scope), receive, send)

    def work() -> None:
        asyncio.run(run())
        assert statuses == {200}

    return work


def log_as_json(file: BinaryIO) -> None:
    """Log lines as a server would write them."""
    structlog.configure(
        processors=[structlog.processors.TimeStamper("iso"), structlog.processors.JSONRenderer(orjson.dumps)],
        logger_factory=structlog.BytesLoggerFactory(file),
        cache_logger_on_first_use=True,
    )


def main() -> None:
    scope = signed_scope()
    request = Request.of(scope)
    calls = Calls({}, {KEY.access_key_id: KEY}.get, 1 << 20)
    parts = {
        "whole call, signed": whole({KEY.access_key_id: KEY}.get),
        "whole call, no keys configured": whole(None),
        "whole call, signed, access log in JSON": whole({KEY.access_key_id: KEY}.get, with_access_log),
        "  request from ASGI scope": times(lambda: Request.of(scope)),
        "  signature and permission": times(lambda: calls.caller(OPERATION, request, BODY)),
        "  parse and validate": times(lambda: OPERATION.read(orjson.loads(BODY))),
        "  write 25 items": times(lambda: orjson.dumps(OPERATION.write(ANSWER))),
        "PutEvents of 10: parse and validate": times(lambda: EVENTS.read(orjson.loads(EVENTS_BODY))),
    }
    with Path(os.devnull).open("wb") as nowhere:
        log_as_json(nowhere)
        for name, work in parts.items():
            print(f"{name:40} {best_us(work):7.1f} us")


if __name__ == "__main__":
    main()
