"""Rank and Reward by the service's own, unmodified client against a real server, and by plain HTTP."""

import json
import urllib.error
import urllib.request

import pytest
from azure.cognitiveservices.personalizer import PersonalizerClient
from azure.cognitiveservices.personalizer.models import ErrorResponseException, RankableAction, RankRequest
from msrest.authentication import CognitiveServicesCredentials
from msrest.exceptions import HttpOperationError

from ..decisions.calling import call, done

ACTIONS = [
    RankableAction(id="pasta", features=[{"taste": "salty", "price": 9}, {"tags": ["hot", "cheap"]}]),
    RankableAction(id="cake", features=[{"taste": "sweet", "price": 4}]),
    RankableAction(id="soup", features=[{"taste": "salty", "price": 5}]),
]


def client(url, key="none"):
    return PersonalizerClient(url, CognitiveServicesCredentials(key))


@pytest.fixture(scope="module")
def loop(server):
    """The client of a loop of its own."""
    done(server.url, "campaigns", {"name": "food", "hashing": {}, "seed": 3})
    return client(f"{server.url}/loops/food")


def test_rank_reward_and_activate(loop, server):
    asked = RankRequest(
        actions=ACTIONS,
        context_features=[{"timeOfDay": "morning"}, {"device": {"kind": "phone"}}],
        excluded_actions=["pasta"],
        event_id="e/1 ä",
    )
    made = loop.rank(asked)
    assert made.event_id == "e/1 ä"
    chances = {one.id: one.probability for one in made.ranking}
    assert next(iter(chances)) == "pasta"  # excluded: it keeps its place
    assert chances["pasta"] == 0
    assert list(chances)[1] == made.reward_action_id
    assert sum(chances.values()) == pytest.approx(1)
    assert min(chances[id_] for id_ in ("cake", "soup")) >= 0.1
    assert loop.rank(asked).reward_action_id == made.reward_action_id
    assert loop.events.reward("e/1 ä", 0.5) is None
    loop.events.reward("e/1 ä", 1.0)  # the earliest counts
    report = done(server.url, "campaigns/food/report")
    assert (report["decisions"], report["rewarded"]) == (1, 1)


def test_an_event_without_an_id_is_given_one(loop):
    made = loop.rank(RankRequest(actions=ACTIONS, defer_activation=True))
    assert made.event_id
    loop.events.activate(made.event_id)
    loop.events.activate(made.event_id)
    loop.events.reward(made.event_id, -1)


def test_everything_is_logged_and_made_again(loop, server):
    for number in range(30):
        context = [{"hour": number % 24, "weekend": number % 2 == 0}]
        made = loop.rank(RankRequest(actions=ACTIONS, context_features=context, event_id=f"r{number}"))
        if number % 3:
            loop.events.reward(f"r{number}", float(made.reward_action_id == "cake"))
    replayed = done(server.url, "campaigns/food/replay")
    assert replayed["decisions"] == replayed["equal"] >= 30
    given = done(server.url, "campaigns/food/report")["given"]
    assert given.keys() <= {"pasta", "cake", "soup"}
    assert sum(given.values()) == replayed["decisions"]


def test_the_root_is_the_loop_called_default(server):
    done(server.url, "campaigns", {"name": "default", "hashing": {"contextWidth": 4, "actionWidth": 8}})
    assert client(server.url).rank(RankRequest(actions=ACTIONS[:1])).reward_action_id == "pasta"


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"actions": []}, "length >= 1 - at `$.actions`"),
        ({}, "missing required field `actions`"),
        ({"actions": [{"id": "a", "features": []}] * 2}, "holds 'a' twice"),
        ({"actions": [{"id": "a", "features": []}], "excludedActions": ["a"]}, "holds every action"),
        ({"actions": [{"id": "a", "features": [3]}]}, "Expected `object`, got `int`"),
        ({"actions": [{"id": "a", "features": []}], "contextFeatures": [{"x": 2**70}]}, "beyond 64 bits"),
        ({"actions": [{"id": "a", "features": []}], "eventId": "x" * 257}, "$.eventId"),
    ],
)
def test_what_is_wrong_with_a_rank_is_said(loop, server, asked, text):
    found = post(f"{server.url}/loops/food/personalizer/v1.0/rank", asked)
    assert (found[0], found[1]["error"]["code"], text in found[1]["error"]["message"]) == (
        400,
        "BadRequest",
        True,
    ), found


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/loops/food/personalizer/v1.0/events/none/reward", {"value": 1}, 404, "ResourceNotFound"),
        ("/loops/food/personalizer/v1.0/events/none/activate", None, 404, "ResourceNotFound"),
        ("/loops/food/personalizer/v1.0/events/none/reward", {"value": 1.5}, 400, "BadRequest"),
        ("/loops/food/personalizer/v1.0/events/none/reward", {}, 400, "BadRequest"),
        (
            "/loops/none/personalizer/v1.0/rank",
            {"actions": [{"id": "a", "features": []}]},
            404,
            "ResourceNotFound",
        ),
        ("/loops/food/personalizer/v1.0/guess", {}, 404, "ResourceNotFound"),
        ("/personalizer/v2.0/rank", {}, 404, "ResourceNotFound"),
    ],
)
def test_other_mistakes_are_answered_as_the_service_does(loop, server, path, body, status, code):
    found = post(server.url + path, body)
    assert (found[0], found[1]["error"]["code"]) == (status, code)
    assert found[1]["error"]["message"]


def test_the_client_raises_what_it_knows(loop):
    with pytest.raises(ErrorResponseException) as raised:
        loop.rank(RankRequest(actions=[]))
    assert raised.value.error.error.code == "BadRequest"
    with pytest.raises(HttpOperationError, match="Not Found"):
        loop.events.reward("nothing", 1)


def test_the_same_event_cannot_ask_something_else(loop):
    loop.rank(RankRequest(actions=ACTIONS, event_id="once"))
    with pytest.raises(ErrorResponseException, match="Conflict"):
        loop.rank(RankRequest(actions=ACTIONS[:2], event_id="once"))


def test_each_campaign_has_its_own_door(server):
    done(server.url, "campaigns", {"name": "own", "offers": [{"id": "a"}]})
    found = post(f"{server.url}/loops/own/personalizer/v1.0/rank", {"actions": [{"id": "a", "features": []}]})
    assert "has offers of its own" in found[1]["error"]["message"]
    done(server.url, "campaigns", {"name": "asked", "hashing": {}})
    status, error = call(server.url, "campaigns/asked/decide", {"user": "ann"})
    assert (status, "rank" in error["message"]) == (400, True)


def post(url, body):
    """(status, answer) of a call."""
    request = urllib.request.Request(url, b"" if body is None else json.dumps(body).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
