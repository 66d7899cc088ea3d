"""The whole way with boto3 and plain HTTP, against two serving processes that are killed."""

import time
from pathlib import Path

import pytest

from ...running import RunningServer
from ..decisions.calling import call, done
from ..shop import INTERACTIONS, Shop, interactions_csv

OFFERS = [{"id": "small", "price": 4.99}, {"id": "large", "price": 9.99}]
DOCS = Path(__file__).parents[3] / "docs/experiments.md"
WINDOW = 25.0
USERS = [f"u{number}" for number in range(30)]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    data = tmp_path_factory.mktemp("experiments") / "data"
    server = RunningServer(data, arguments=["--processes", "2"]).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shop(running):
    shop = Shop(running)
    shop.dataset("INTERACTIONS", INTERACTIONS)
    shop.import_rows("INTERACTIONS", interactions_csv())
    return shop


def arms(targets):
    return [{"name": name, "target": target} for name, target in zip("ab", targets, strict=True)]


@pytest.fixture(scope="module")
def rows(running, shop):
    """The ARN of an experiment of two campaigns."""
    version = shop.version(shop.solution())
    metric = {"eventType": "purchase", "windowSeconds": WINDOW}
    asked = {"arms": arms([shop.campaign(version), shop.campaign(version)]), "metric": metric}
    return done(running.url, "experiments", {"name": "rows", **asked})["experimentArn"]


@pytest.fixture(scope="module")
def offers(running):
    """The name of an experiment of two offer campaigns."""
    for name in ("cheap", "dear"):
        done(running.url, "campaigns", {"name": name, "offers": OFFERS})
    metric = {"kind": "value", "cap": 10, "windowSeconds": WINDOW}
    asked = {"name": "offers", "arms": arms(["cheap", "dear"]), "metric": metric}
    return done(running.url, "experiments", asked)["name"]


def test_nothing_is_lost_when_all_processes_are_killed(running, shop, rows, offers):
    url, ask = running.url, shop.runtime.get_recommendations
    tracker = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)["trackingId"]
    answers = {user: ask(campaignArn=rows, userId=user)["recommendationId"] for user in USERS}
    arm_of = {user: done(url, f"answers/{answer}")["arm"] for user, answer in answers.items()}
    decided = {user: done(url, f"experiments/{offers}/decide", {"user": user}) for user in USERS}
    outside = done(url, "campaigns/cheap/decide", {"user": USERS[0]})
    assert set(arm_of.values()) == {"a", "b"} == {one["arm"] for one in decided.values()}
    running.kill()
    running.start()
    buyers = USERS[::3]
    for user in buyers:
        event = {"eventType": "purchase", "sentAt": int(time.time()), "itemId": "i1"}
        named = {**event, "recommendationId": answers[user]}
        shop.events.put_events(trackingId=tracker, userId=user, sessionId="s", eventList=[named])
    for number, (user, one) in enumerate(decided.items()):
        assert done(url, f"experiments/{offers}/assign", {"user": user})["arm"] == one["arm"]
        done(url, "rewards", {"decisionId": one["decisionId"], "value": number % 3})
    done(url, "rewards", {"decisionId": outside["decisionId"], "value": 9})
    running.kill()
    running.start()
    for user in USERS:
        again = ask(campaignArn=rows, userId=user)["recommendationId"]
        assert done(url, f"answers/{again}")["arm"] == arm_of[user]
    for arm in counted(running, "rows")["arms"]:
        own = [user for user in USERS if arm_of[user] == arm["name"]]
        assert (arm["exposed"], arm["converted"]) == (len(own), len(set(own) & set(buyers)))
    for arm in counted(running, offers)["arms"]:
        earned = [number % 3 for number, user in enumerate(USERS) if decided[user]["arm"] == arm["name"]]
        assert (arm["exposed"], arm["mean"]) == (len(earned), pytest.approx(sum(earned) / len(earned)))


def test_the_lines_of_the_docs_run(running, shop, rows, monkeypatch, capsys):
    lines = (
        DOCS.read_text().split("```python")[1].split("```")[0].replace("http://localhost:4600", running.url)
    )
    targets = [arm["target"] for arm in done(running.url, "experiments/rows")["experiment"]["arms"]]
    tracker = shop.personalize.list_event_trackers(datasetGroupArn=shop.group)["eventTrackers"][0]
    described = shop.personalize.describe_event_tracker(eventTrackerArn=tracker["eventTrackerArn"])
    tracking_id = described["eventTracker"]["trackingId"]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "presage")
    exec(
        lines,
        dict(zip(("OLD_CAMPAIGN_ARN", "NEW_CAMPAIGN_ARN"), targets, strict=True))
        | {"TRACKING_ID": tracking_id},
    )
    assert "Nothing can be said of new and old yet" in capsys.readouterr().out


def test_lists_have_pages_and_what_is_wrong_is_said(running):
    done(running.url, "campaigns", {"name": "one", "offers": OFFERS})
    done(running.url, "campaigns", {"name": "two", "offers": OFFERS})
    for name in ("p1", "p2", "p3"):
        done(running.url, "experiments", {"name": name, "arms": arms(["one", "two"])})
    first = done(running.url, "experiments?maxResults=2")
    second = done(running.url, f"experiments?maxResults=2&nextToken={first['nextToken']}")
    assert [one["name"] for one in first["experiments"]] == ["p3", "p2"]
    assert second["experiments"][0]["name"] == "p1"
    for path, body, text in (
        ("experiments?maxResults=many", None, "Expected `int`"),
        ("experiments?maxResults=0", None, "maxResults is 0"),
        ("experiments?nextToken=-1", None, "none that ListExperiments gave out"),
        ("experiments?page=2", None, "unknown field `page`"),
        ("experiments", {"name": "x", "arms": arms(["one", "none"])}, "campaign/none"),
        ("experiments", {"name": "x", "arms": arms(["one", "two"]) * 2}, "two arms have the name 'a'"),
        ("experiments", {"name": "x", "arms": arms(["one", "arn:x"])}, "all ARNs of Personalize, or all"),
        ("experiments", {"name": "x", "arms": arms(["one", "two"])[:1]}, "$.arms"),
        ("experiments/p1/decide", {"user": ""}, "$.user"),
        ("experiments/p1/stop", {"arm": "z"}, "the arms are: a, b"),
        ("experiments/none/results", None, "experiment/none"),
        ("answers/RID-nothing", None, "no experiment gave"),
    ):
        status, error = call(running.url, path, body)
        assert (status in (400, 404), text in error["message"]) == (True, True), error
    assert call(running.url, "campaigns/one", method="DELETE")[0] == 409
    document = done(running.url, "openapi.json")
    query = document["paths"]["/decisions/experiments"]["get"]["parameters"]
    assert [one["name"] for one in query] == ["maxResults", "nextToken"]


def counted(running, name):
    """Results once no window is open any more."""
    deadline = time.monotonic() + 2 * WINDOW
    while (found := done(running.url, f"experiments/{name}/results"))["waiting"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found
