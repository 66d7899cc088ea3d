"""A real server, met over HTTP: declare, tell, ask; what is wrong is said; `kill -9` loses and doubles nothing."""

import json
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ..features.bts.documents import BLOCK, WINDOW
from ..jobs.running import eventually
from ..operations.shop import INTERACTIONS, Shop
from ..running import RunningServer
from ..test_access import make_key
from .documents import TRACKED

EXAMPLE = Path(__file__).parents[2] / "examples/offer-ai"
START = datetime(2024, 1, 1, tzinfo=UTC)


def call(server, method, path, body=None, key=None):
    """(status, decoded answer)."""
    url = f"{server.url}/features{path}"
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = AWSRequest(method, url, data=data)
    if key:
        SigV4Auth(Credentials(*key), "features", "us-east-1").add_auth(request)
    sent = urllib.request.Request(url, data, dict(request.headers), method=method)
    try:
        with urllib.request.urlopen(sent, timeout=30) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def told(user, number):
    at = (START + timedelta(minutes=number)).isoformat()
    return {"user": user, "time": at, "kind": "play", "session": number // 10, "level": number % 3}


def declared(text=BLOCK, window=WINDOW):
    return {"streaming": text, "window": window}


def test_the_example_is_declared_told_and_asked_for(server):
    body = declared((EXAMPLE / "sessions.yml").read_text(), (EXAMPLE / "rows.yml").read_text())
    assert call(server, "PUT", "/example", body)[0] == 201
    assert call(server, "PUT", "/example", body)[0] == 200
    events = (EXAMPLE / "first-session.jsonl").read_bytes() + (EXAMPLE / "next-days.jsonl").read_bytes()
    assert call(server, "POST", "/example/events", events) == (200, {"events": 15})
    user = "72a039b9-6759-901a-cf3a-3354d21beed2"
    found = eventually(lambda: (answer := call(server, "GET", f"/example/{user}"))[0] == 200 and answer[1])
    assert found["records"]["session"]["session_id"] == "s3"
    assert found["features"]["prev_week.purchases_amount"] == pytest.approx(6.98)
    assert "example" in call(server, "GET", "")[1]["featureSets"]
    assert call(server, "GET", "/example")[1]["events"]["folded"] == 15
    assert call(server, "DELETE", "/example")[0] == 204
    assert call(server, "GET", f"/example/{user}")[0] == 404


def test_an_identity_may_hold_any_sign(server):
    call(server, "PUT", "/signs", declared())
    for user in ("a/b", "ü ?#%2F", "events"):
        assert call(server, "POST", "/signs/events", told(user, 0))[0] == 200
        path = f"/signs/{quote(user, safe='')}"
        found = eventually(lambda path=path: (got := call(server, "GET", path))[0] == 200 and got[1])
        assert found["identity"] == user


def test_an_identity_is_forgotten_for_good(tmp_path):
    server = RunningServer(tmp_path / "data", workers=0).start()
    try:
        call(server, "PUT", "/s", declared())
        events = [told(user, number) for user in ("a/b", "v") for number in range(20)]
        call(server, "POST", "/s/events", "\n".join(map(json.dumps, events)).encode())
        eventually(lambda: call(server, "GET", "/s/v")[0] == 200)
        assert call(server, "DELETE", "/s/a%2Fb") == (204, None)
        assert call(server, "DELETE", "/s/nobody") == (204, None)
        eventually(lambda: call(server, "GET", "/s/a%2Fb")[0] == 404)
        for is_lost in (False, True):
            server.kill()
            for file in (tmp_path / "data").glob("online.sqlite*") if is_lost else ():
                file.unlink()
            server.start()
            eventually(lambda: call(server, "GET", "/s/v")[0] == 200)
            eventually(lambda: call(server, "GET", "/s")[1]["events"]["forgotten"] == 2)
            assert call(server, "GET", "/s/a%2Fb")[0] == 404
        left = logged(tmp_path / "data")
        assert [one["user"] for one in left if "user" in one] == ["v"] * 20
        call(server, "POST", "/s/events", told("a/b", 3))
        found = eventually(lambda: (got := call(server, "GET", "/s/a%2Fb"))[0] == 200 and got[1])
        assert found["records"]["session"]["plays"] == 1
    finally:
        server.stop()


def test_what_an_event_tracker_is_told_is_folded_too(server):
    shop = Shop(server)
    shop.dataset("INTERACTIONS", INTERACTIONS)
    made = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    shop.wait("event_tracker", made["eventTrackerArn"])
    body = {"streaming": TRACKED, "datasetGroupArn": shop.group}
    assert call(server, "PUT", "/tracked", body)[0] == 201
    server.settle()
    at = 1_700_000_000
    events = [
        {"eventType": "view", "itemId": "i1", "sentAt": at},
        {"eventType": "buy", "itemId": "i2", "sentAt": at + 1, "properties": '{"price": 2.5}'},
    ]
    for user in ({"userId": "u"}, {}):
        shop.events.put_events(trackingId=made["trackingId"], sessionId="s", eventList=events, **user)
    found = eventually(lambda: (got := call(server, "GET", "/tracked/u"))[0] == 200 and got[1])
    visit = found["records"]["visit"]
    assert (visit["session"], visit["items"], visit["spent"]) == ("s", ["i1", "i2"], 2.5)
    assert visit["_start_time"] == "2023-11-14T22:13:20+00:00"
    eventually(
        lambda: call(server, "GET", "/tracked")[1]["events"]["dropped"] == 2
    )  # whose they are is unknown


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("PUT", "/x", {"streaming": "Type: x", "window": "Type: y"}, 400, "window"),
        ("PUT", "/x", {"streaming": 3, "speed": 1}, 400, "speed is no member"),
        ("PUT", "/x", b"{", 400, "not valid JSON"),
        ("PUT", "/x%20y", declared(), 400, "the name 'x y'"),
        ("PUT", "/x", declared() | {"datasetGroupArn": "arn:none"}, 400, "datasetGroupArn is 'arn:none'"),
        ("PUT", "/wrong", declared(window=""), 400, "exists already"),
        ("POST", "/wrong/events", b'{"user": "u"}\n{"time": "2024"}\n', 400, "event 1: Time"),
        ("POST", "/wrong/events", b'{"user": "u"}\n[]\n', 400, "line 2 is no JSON object"),
        ("POST", "/wrong/events", b"\n", 400, "no event"),
        ("POST", "/wrong/events", told("u", 0) | {"presage:forget": "v"}, 400, "event 1: an event may not"),
        ("DELETE", "/nobody/u", None, 404, "no feature set named 'nobody'"),
        ("POST", "/wrong/events", told("u", 0) | {"n": 1 << 70}, 400, "64"),
        ("POST", "/nobody/events", told("u", 0), 404, "no feature set named 'nobody'"),
        ("GET", "/wrong/u", None, 404, "no event of 'u'"),
        ("PATCH", "/wrong", b"", 405, "not for PATCH"),
    ],
)
def test_what_is_wrong_is_said(server, method, path, body, status, said):
    call(server, "PUT", "/wrong", declared())
    found, answer = call(server, method, path, body)
    assert (found, said in answer["message"]) == (status, True), answer


def test_with_access_keys_a_call_is_signed_and_allowed(tmp_path):
    data = tmp_path / "data"
    writer, reader = make_key(data, "features:*"), make_key(data, "features:Get*")
    server = RunningServer(data).start()
    try:
        assert call(server, "PUT", "/s", declared())[0] == 403
        assert call(server, "PUT", "/s", declared(), reader)[1]["__type"] == "AccessDeniedException"
        assert call(server, "PUT", "/s", declared(), writer)[0] == 201
        assert call(server, "POST", "/s/events", told("u", 0), writer)[0] == 200
        eventually(lambda: call(server, "GET", "/s/u", key=reader)[0] == 200)
    finally:
        server.stop()


class Sender(threading.Thread):
    """Tells a user's events in order, each until it is acknowledged; counts how often it had to try again."""

    def __init__(self, server, user, n_events):
        super().__init__(daemon=True)
        self.server, self.user, self.n_events, self.n_acknowledged, self.n_unsure = (
            server,
            user,
            n_events,
            0,
            0,
        )

    def run(self):
        for number in range(self.n_events):
            while (status := self._told(number)) != 200:
                assert status in {0, 503}, "a server that is going or coming answers nothing, or says so"
                self.n_unsure += 1  # it may be on disk all the same
                time.sleep(0.1)
            self.n_acknowledged += 1

    def _told(self, number):
        """The status of an answer; 0 if there was none, or half of one."""
        try:
            return call(self.server, "POST", "/kill/events", told(self.user, number))[0]
        except (OSError, HTTPException, ValueError):
            return 0


def test_kill_loses_and_doubles_nothing(tmp_path):
    server = RunningServer(tmp_path / "data").start()
    try:
        call(server, "PUT", "/kill", declared())
        senders = [Sender(server, f"u{number}", 250) for number in range(4)]
        for sender in senders:
            sender.start()
        eventually(lambda: sum(sender.n_acknowledged for sender in senders) >= 100)
        assert any(sender.is_alive() for sender in senders), "the kill must come while events arrive"
        server.kill()
        server.start()
        for sender in senders:
            sender.join(120)
            assert not sender.is_alive()
        eventually(lambda: call(server, "GET", "/kill/u0")[1]["newestEvent"] >= told("", 249)["time"])
        n_logged = sum(1 for one in logged(tmp_path / "data") if one["user"] in {s.user for s in senders})
        eventually(lambda: call(server, "GET", "/kill")[1]["events"]["folded"] == n_logged)
        for sender in senders:
            trail = call(server, "GET", f"/kill/{sender.user}")[1]["records"]["user"]["trail"]
            own = [one for one in logged(tmp_path / "data") if one["user"] == sender.user]
            assert len(trail) == len(own)
            assert 250 <= len(own) <= 250 + sender.n_unsure
            assert {one["time"] for one in own} == {told("", number)["time"] for number in range(250)}
    finally:
        server.stop()


def logged(data):
    """Every event in the log, in order: each counts once."""
    connection = sqlite3.connect(data / "events.sqlite")
    rows = connection.execute("SELECT record FROM log ORDER BY seq").fetchall()
    connection.close()
    return [json.loads(text) for (text,) in rows]
