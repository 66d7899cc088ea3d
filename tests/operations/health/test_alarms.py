"""The calls below /health, on a running server."""

import json
import re
import urllib.error
import urllib.request
from uuid import uuid4

import pytest


def call(server, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.url}/health/{path}", data, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.fixture
def name():
    return f"a-{uuid4().hex[:8]}"


def test_an_alarm_is_made_seen_changed_and_forgotten(server, name):
    alarm = {"name": name, "metric": "disk_free_share", "below": 0.001, "channels": []}
    status, found = call(server, "POST", "alarms", alarm)
    assert (status, found["origin"], found["tells"], found["standing"]) == (200, "made", [], [])
    assert found["alarm"]["forSeconds"] == 0
    call(server, "POST", "alarms", alarm | {"below": 0.002, "isOn": False})
    status, found = call(server, "GET", f"alarms/{name}")
    assert (found["alarm"]["below"], found["alarm"]["isOn"]) == (0.002, False)
    listed = call(server, "GET", "alarms")[1]["alarms"]
    assert {"disk", "latency", name} <= {one["alarm"]["name"] for one in listed}
    assert call(server, "DELETE", f"alarms/{name}") == (204, None)
    assert call(server, "GET", f"alarms/{name}")[0] == 404


def test_a_built_in_alarm_is_made_anew_and_comes_back(server):
    call(
        server, "POST", "alarms", {"name": "log-lag", "metric": "log_lag_seconds", "above": 1, "isOn": False}
    )
    assert call(server, "GET", "alarms/log-lag")[1]["origin"] == "made"
    call(server, "DELETE", "alarms/log-lag")
    assert call(server, "GET", "alarms/log-lag")[1]["origin"] == "built in"
    status, error = call(server, "DELETE", "alarms/log-lag")
    assert status == 400
    assert "isOn false" in error["message"]


@pytest.mark.parametrize(
    ("alarm", "what"),
    [
        ({"metric": "disk", "above": 1}, "there are: .*disk_free_share"),
        ({"metric": "jobs"}, "needs one bound"),
        ({"metric": "jobs", "above": 1, "channels": ["lost"]}, "no channel 'lost'; it has: none"),
        ({"metric": "jobs", "above": 1, "channels": ["json://u:secret@h/"]}, r"no channel 'json://…'; it"),
        ({"metric": "jobs", "above": 1, "forSeconds": -1}, "forSeconds"),
        ({"metric": "jobs", "above": 1, "more": 1}, "more"),
        ({"metric": "jobs", "above": 1, "name": "a/b"}, "name"),
        ([], "object"),
    ],
)
def test_a_wrong_alarm_is_refused(server, name, alarm, what):
    body = {"name": name, **alarm} if isinstance(alarm, dict) else alarm
    status, error = call(server, "POST", "alarms", body)
    assert status == 400
    assert re.search(what, error["message"]), error["message"]


def test_readings_and_notices_are_listed(server):
    readings = call(server, "GET", "readings")[1]["readings"]
    assert {"disk_free_share", "log_lag_seconds"} <= {one["metric"] for one in readings}
    assert call(server, "GET", "notices?maxResults=5")[0] == 200
    assert call(server, "GET", "notices?maxResults=0")[0] == 400


def test_a_month_on_aws(server):
    status, found = call(server, "GET", "prices?prices=study-2021")
    assert (status, found["until"] > found["since"]) == (200, True)
    assert call(server, "GET", "prices?month=2026-13")[0] == 400
    assert call(server, "GET", "prices?prices=none")[0] == 400
