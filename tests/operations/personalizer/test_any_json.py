"""Whatever JSON comes, the answer says what is wrong with it, and the server goes on."""

import http.client
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ..decisions.calling import call, done

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
ANY = st.recursive(
    st.none() | st.booleans() | TEXT | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda more: st.lists(more, max_size=3) | st.dictionaries(TEXT, more, max_size=3),
    max_leaves=12,
)
FEATURES = st.lists(st.dictionaries(TEXT, ANY, max_size=3), max_size=3)
ACTION = st.fixed_dictionaries({"id": TEXT | st.just("a"), "features": FEATURES})
RANK = st.fixed_dictionaries(
    {"actions": st.lists(ACTION, max_size=4)},
    optional={
        "contextFeatures": FEATURES | st.none(),
        "excludedActions": st.lists(TEXT, max_size=2) | st.none(),
        "eventId": TEXT | st.none(),
        "deferActivation": st.booleans() | st.none(),
    },
)
CHANGE = st.fixed_dictionaries(
    {},
    optional={
        "offers": ANY | st.lists(st.fixed_dictionaries({"id": TEXT, "price": ANY}), max_size=3),
        "policy": ANY | st.fixed_dictionaries({"settings": ANY}),
        "rewardWaitSeconds": ANY,
        "defaultReward": ANY,
    },
)


@pytest.fixture(scope="module")
def send(server):
    """Sends a body to a path; the status and the answer."""
    done(server.url, "campaigns", {"name": "any", "hashing": {"contextWidth": 3, "actionWidth": 3}})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)

    def sent(path, body):
        connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    yield sent
    connection.close()


@settings(max_examples=150)
@given(RANK | ANY)
def test_any_rank_is_answered(send, body):
    status, answer = send("/loops/any/personalizer/v1.0/rank", body)
    if status == 201:
        shown = {one["id"]: one["probability"] for one in answer["ranking"]}
        assert shown.keys() == {one["id"] for one in body["actions"]}
        assert sum(shown.values()) == pytest.approx(1)
        assert shown[answer["rewardActionId"]] > 0
    else:
        assert status in (400, 409), answer
        assert answer["error"]["message"]


@settings(max_examples=60)
@given(CHANGE | ANY)
def test_any_change_of_a_campaign_is_answered(server, body):
    call(server.url, "campaigns", {"name": "changing", "offers": [{"id": "a"}]})
    status, answer = call(server.url, "campaigns/changing", body, method="PATCH")
    assert status in (202, 400, 409), answer


def test_all_of_it_is_made_again(send, server):
    replayed = done(server.url, "campaigns/any/replay")
    assert replayed["equal"] == replayed["decisions"]
