"""Deliveries that the server keeps: put, looked at and deleted by its calls, run by their names."""

import json
import urllib.error
import urllib.request
from uuid import uuid4

import pytest
import yaml

from .app import WEEKLY
from .test_content import command


def call(server, method, path="", **body):
    """(status, answer) of a call below /deliveries."""
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(f"{server.url}/deliveries{path}", data, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def put(server, name, definition):
    text = definition if isinstance(definition, str) else yaml.safe_dump(definition)
    return call(server, "POST", name=name, definition=text)


NAMELESS = {member: value for member, value in WEEKLY.items() if member != "name"}


@pytest.fixture
def name():
    return f"kept-{uuid4().hex[:8]}"


def test_a_delivery_is_put_listed_changed_and_deleted(server, name):
    status, made = put(server, name, NAMELESS)
    assert (status, made["period"], made["channels"]) == (200, "week", ["hook"])
    assert made["deliveryArn"].endswith(f":delivery/{name}")
    assert put(server, name, json.dumps({**NAMELESS, "name": name, "period": "day"}))[1]["period"] == "day"
    assert call(server, "GET", f"/{name}")[1]["definition"].startswith('{"audience"')
    put(server, f"{name}-2", NAMELESS)
    listed = call(server, "GET", "?maxResults=1")[1]
    assert [one["name"] for one in listed["deliveries"]] == [f"{name}-2"]
    following = call(server, "GET", f"?maxResults=1&nextToken={listed['nextToken']}")[1]
    assert [one["name"] for one in following["deliveries"]] == [name]
    for one in (name, f"{name}-2"):
        assert call(server, "DELETE", f"/{one}") == (204, None)
    for method in ("GET", "DELETE"):
        status, told = call(server, method, f"/{name}")
        assert (status, told["__type"]) == (404, "ResourceNotFoundException")


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("name: [", "no YAML"),
        ("- a", "it must be a mapping"),
        ("5", "it must be a mapping"),
        ("name: other", "names itself 'other', and the delivery is called"),
        ({**NAMELESS, "periode": "week"}, "unknown field `periode`"),
        ({**NAMELESS, "channels": ["json://app.example/x"]}, "channels"),
        (
            {**NAMELESS, "audience": {"database": "postgresql://u:secret@db/app", "query": "SELECT 1"}},
            "is a URL",
        ),
        (
            {**NAMELESS, "audience": {"dataset_group": "g", "filter": "INCLUDE ItemID WHERE Items.A = 1"}},
            "UserID",
        ),
        ("# " + "x" * 300_000, "may have 262144"),
    ],
)
def test_what_cannot_be_run_is_not_kept(server, name, definition, said):
    status, told = put(server, name, definition)
    assert (status, told["__type"]) == (400, "InvalidInputException")
    assert said in told["message"]
    assert "secret" not in told["message"]
    assert call(server, "GET", f"/{name}")[0] == 404


def test_a_kept_delivery_is_run_by_its_name(app, webhook, server, name):
    put(server, name, NAMELESS)
    dry = command(app, server, "deliver", name, "--dry-run")
    assert "due 10" in dry.stdout, dry.output
    assert "sent 10" in command(app, server, "deliver", name).stdout
    assert len(webhook.told) == 10
    call(server, "DELETE", f"/{name}")
    gone = command(app, server, "deliver", name)
    assert (gone.exit_code, f"no delivery is called '{name}'" in gone.stderr) == (2, True)
    put(server, name, NAMELESS)
    assert "already 10" in command(app, server, "deliver", name).stdout
