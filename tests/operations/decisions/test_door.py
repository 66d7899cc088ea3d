"""Offer campaigns by a plain HTTP client against a real server."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from presage.operations.views import write_token

from ...jobs.running import eventually
from .calling import call, done

OFFERS = [{"id": "small", "price": 4.99}, {"id": "large", "price": 9.99, "perUserCap": 1}]
NO_CAMPAIGN = b'{"name": "bad", "offers": [%s]}'


@pytest.fixture(scope="module")
def url(server):
    return server.url


def test_decide_and_reward(url):
    made = done(url, "campaigns", {"name": "xmas", "offers": OFFERS, "features": [{"name": "level"}]})
    assert (made["status"], made["campaign"]["offers"][0]["price"]) == ("ACTIVE", 4.99)
    asked = {"user": "ann", "session": "s1", "context": {"level": 3}, "idempotencyKey": "k"}
    first = done(url, "campaigns/xmas/decide", asked)
    assert first["isNew"]
    assert (
        first["probability"]
        == first["reasons"]["probabilities"][(first["offer"] or {"id": "no-offer"})["id"]]
    )
    assert done(url, "campaigns/xmas/decide", asked) == {**first, "isNew": False}
    told = {"decisionId": first["decisionId"], "value": 4.99, "at": "2026-11-30T12:00:00Z"}
    assert done(url, "rewards", told)["isNew"]
    assert not done(url, "rewards", told)["isNew"]
    again = done(url, "campaigns/xmas/decide", {"user": "ben", "context": {"level": 3}})
    assert again["reasons"]["policyVersion"] == 1
    recalled = done(url, f"log/{first['decisionId']}")
    assert {**first, "isNew": False}.items() <= recalled.items()
    assert (recalled["user"], recalled["context"], recalled["reward"]) == ("ann", {"level": 3}, 4.99)
    assert done(url, f"log/{again['decisionId']}")["reward"] is None
    report = done(url, "campaigns/xmas/report")
    assert (report["decisions"], report["rewarded"], report["pending"]) == (2, 1, 1)
    assert [one["policy"] for one in report["values"]] == ["logging", "small", "large", "no-offer"]
    replayed = {"decisions": 2, "equal": 2, "forgotten": 0, "firstDifferent": ""}
    assert done(url, "campaigns/xmas/replay") == replayed


def test_users_are_forgotten(url):
    done(url, "campaigns", {"name": "private", "offers": OFFERS, "features": [{"name": "level"}]})
    ann, ben = (
        done(url, "campaigns/private/decide", {"user": user, "session": "s", "context": {"level": 3}})
        for user in ("ann", "ben")
    )
    done(url, "rewards", {"decisionId": ann["decisionId"], "value": 5})
    assert done(url, "campaigns/private/forget", {"users": ["ann", "nobody"]}) == {"decisions": 1}
    assert done(url, "campaigns/private/forget", {"users": ["ann"]}) == {"decisions": 0}
    told = done(url, f"log/{ann['decisionId']}")
    assert (told["context"], told["session"], told["reward"], told["reasons"]) == ({}, "", 5, ann["reasons"])
    assert "ann" not in told["user"]
    asked = {"user": "ben", "session": "s", "context": {"level": 3}}
    assert done(url, "campaigns/private/decide", asked) == {**ben, "isNew": False}
    replayed = {"decisions": 2, "equal": 1, "forgotten": 1, "firstDifferent": ""}
    assert done(url, "campaigns/private/replay") == replayed
    for users in ([], [""], "ann"):
        assert call(url, "campaigns/private/forget", {"users": users})[0] == 400
    assert call(url, "campaigns/never/forget", {"users": ["ann"]})[0] == 404


def test_a_campaign_may_be_called_as_the_stream_of_another_is(url):
    done(url, "campaigns", {"name": "first", "offers": OFFERS})
    decision = done(url, "campaigns/first/decide", {"user": "ann"})["decisionId"]
    stream = decision.rpartition("-")[0]
    assert done(url, "rewards", {"decisionId": decision, "value": 1})["isNew"]
    assert call(url, f"campaigns/{stream}/decide", {"user": "ann"})[0] == 404
    done(url, "campaigns", {"name": stream, "offers": OFFERS})
    other = done(url, f"campaigns/{stream}/decide", {"user": "ann"})["decisionId"]
    assert other.rpartition("-")[0] != stream
    assert done(url, f"log/{decision}")["reward"] == 1
    assert done(url, f"log/{other}")["reward"] is None


def test_a_challenger_takes_over_when_it_is_shown_to_be_better(url):
    by_chance = {"name": "presage-epsilon-greedy", "settings": {"epsilon": 1}}
    challenger = {"id": "learned", "name": "presage-epsilon-greedy", "settings": {"epsilon": 0.1}}
    made = {"name": "contest", "offers": OFFERS[:1], "policy": by_chance, "challengers": [challenger]}
    status, error = call(url, "campaigns", made)
    assert (status, "rewardRange" in error["message"]) == (400, True)
    done(url, "campaigns", made | {"rewardRange": [0, 5], "tags": {}})
    report = done(url, "campaigns/contest/report")
    standing = {"policy": "learned", "judged": 0, "difference": 0, "low": None, "risk": 0.025}
    assert (report["deciding"], report["challengers"]) == ("presage-epsilon-greedy", [standing])
    one = play(url, "contest", range(150))
    report = done(url, "campaigns/contest/report")
    (promotion,) = report["promotions"]
    assert (report["deciding"], promotion["policy"]) == ("learned", "learned")
    assert promotion["low"] > 0
    assert [one["policy"] for one in report["challengers"]] == ["presage-epsilon-greedy"]
    assert one["reasons"]["policy"] == "learned"
    replayed = done(url, "campaigns/contest/replay")
    assert replayed == {"decisions": 150, "equal": 150, "forgotten": 0, "firstDifferent": ""}


def test_challengers_come_later_by_a_change(url):
    by_chance = {"name": "presage-epsilon-greedy", "settings": {"epsilon": 1}}
    done(url, "campaigns", {"name": "later", "offers": OFFERS[:1], "policy": by_chance})
    play(url, "later", range(30))
    status, error = call(url, "campaigns/later", {"challengers": [{"id": "new"}]}, method="PATCH")
    assert (status, "rewardRange" in error["message"]) == (400, True)
    learned = {"id": "new", "name": "presage-epsilon-greedy", "settings": {"epsilon": 0.1}}
    done(url, "campaigns/later", {"challengers": [learned], "rewardRange": [0, 5]}, method="PATCH")
    eventually(lambda: done(url, "campaigns/later/report")["challengers"])
    play(url, "later", range(30, 200))
    report = done(url, "campaigns/later/report")
    assert [one["policy"] for one in report["promotions"]] == ["new"]
    assert report["promotions"][0]["decision"] > 30
    replayed = done(url, "campaigns/later/replay")
    assert replayed == {"decisions": 200, "equal": 200, "forgotten": 0, "firstDifferent": ""}


def play(url, name, numbers):
    """Decisions of which the first offer alone earns anything."""
    for number in numbers:
        one = done(url, f"campaigns/{name}/decide", {"user": f"u{number}"})
        done(url, "rewards", {"decisionId": one["decisionId"], "value": 5.0 * (one["offer"] is not None)})
    return one


def test_a_campaign_is_a_resource(url):
    tags = {"team": "games"}
    made = done(url, "campaigns", {"name": "short", "offers": OFFERS, "tags": tags})
    assert made["tags"] == tags
    assert done(url, "campaigns/short") == made
    assert "short" in [one["name"] for one in done(url, "campaigns")["campaigns"]]
    decision = done(url, "campaigns/short/decide", {"user": "ann"})
    status, error = call(url, "campaigns", {"name": "short", "offers": OFFERS})
    assert (status, error["__type"]) == (409, "ResourceAlreadyExistsException")
    done(url, "campaigns/short", method="DELETE")
    eventually(lambda: call(url, "campaigns/short")[0] == 404)
    assert call(url, "campaigns/short/decide", {"user": "ann"})[0] == 404
    assert call(url, "rewards", {"decisionId": decision["decisionId"], "value": 1})[0] == 404
    done(url, "campaigns", {"name": "short", "offers": OFFERS})
    assert done(url, "campaigns/short/report")["decisions"] == 0


def test_caps_hold_when_many_ask_at_once(url):
    offers = [{"id": "rare", "totalCap": 5}]
    done(url, "campaigns", {"name": "rush", "offers": offers, "noOffer": False})
    with ThreadPoolExecutor(8) as many:
        made = list(many.map(lambda n: done(url, "campaigns/rush/decide", {"user": f"u{n}"}), range(40)))
    assert sum(one["offer"] is not None for one in made) == 5
    assert len({one["decisionId"] for one in made}) == 40


def test_many_users_are_assigned_offers_within_a_budget(url):
    budget = {
        "amount": 25,
        "startsAt": "2026-01-01T00:00:00Z",
        "until": "2999-01-01T00:00:00Z",
        "plan": [2, 1],
    }
    offers = [{"id": "dear", "cost": 5, "totalCap": 2}, {"id": "cheap", "cost": 1}]
    made = done(url, "campaigns", {"name": "many", "offers": offers, "noOffer": False, "budget": budget})
    assert made["campaign"]["budget"]["plan"] == [2, 1]
    users = [{"user": f"u{number}"} for number in range(10)]
    first = done(url, "campaigns/many/assign", {"session": "w1", "users": users, "budget": 15})
    assert [one["user"] for one in first["decisions"]] == [one["user"] for one in users]
    assert {one["offer"] for one in first["decisions"]} <= {"dear", "cheap"}
    assert 10 <= first["cost"] <= 15
    again = done(url, "campaigns/many/assign", {"session": "w1", "users": users})
    assert (again["cost"], again["decisions"][0]) == (0, {**first["decisions"][0], "isNew": False})
    told = {"decisionId": first["decisions"][3]["decisionId"], "value": 2}
    assert done(url, "rewards", told)["isNew"]
    status, error = call(url, "campaigns/many/assign", {"session": "w2", "users": users * 2})
    assert (status, "'u0' 2 times" in error["message"]) == (400, True)
    status, error = call(url, "campaigns/many/assign", {"session": "w2", "users": users, "budget": 3})
    assert (status, "not enough to give each of 10 users" in error["message"]) == (400, True)
    one = done(url, "campaigns/many/decide", {"user": "late"})
    assert one["reasons"]["charges"].keys() == one["reasons"]["expected"].keys()
    report = done(url, "campaigns/many/report")
    assert report["budget"]["spent"] == first["cost"] + {"dear": 5, "cheap": 1}[one["offer"]["id"]]
    assert done(url, "campaigns/many/replay")["equal"] == 11


def test_a_report_tells_what_was_spent_of_the_budget_that_there_is(url, server):
    budget = {"amount": 5, "startsAt": "2026-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"}
    offers = [{"id": "only", "cost": 2}]
    done(url, "campaigns", {"name": "renewed", "offers": offers, "noOffer": False, "budget": budget})

    def spent(user, **changes):
        if changes:
            done(url, "campaigns/renewed", changes, method="PATCH")
            eventually(lambda: done(url, "campaigns/renewed")["status"] == "ACTIVE")
            server.settle()
        done(url, "campaigns/renewed/decide", {"user": user})
        found = done(url, "campaigns/renewed/report")["budget"]
        assert (found["plan"], found["isPlanned"]) == ([1], False)
        return found["amount"], found["spent"]

    assert spent("ann") == (5, 2)
    assert spent("ben", offers=[{"id": "only", "cost": 3}]) == (5, 5)
    renewed = budget | {"amount": 7, "startsAt": "2026-02-01T00:00:00Z"}
    assert spent("cat", budget=renewed) == (7, 3)


@pytest.mark.parametrize(
    ("path", "body", "status", "text"),
    [
        ("campaigns", b"{", 400, "not valid JSON"),
        ("campaigns", b"[]", 400, "Expected `object`, got `array`"),
        ("campaigns", b'{"name": "a b", "offers": []}', 400, "$.name"),
        ("campaigns", NO_CAMPAIGN % b'{"id": "a", "price": "4"}', 400, "got `str` - at `$.offers[0].price`"),
        ("campaigns", NO_CAMPAIGN % b'{"id": "a", "price": 1e999}', 400, "out of range"),
        ("campaigns", NO_CAMPAIGN % b'{"id": "a", "color": "red"}', 400, "unknown field `color`"),
        ("campaigns", NO_CAMPAIGN % b'{"id": "a", "validFrom": "now"}', 400, "$.offers[0].validFrom"),
        ("campaigns", NO_CAMPAIGN % (b"[" * 10_000), 400, ""),
        ("campaigns", NO_CAMPAIGN % b'{"id": "a", "cost": -1}', 400, "$.offers[0].cost"),
        (
            "campaigns",
            b'{"name": "bad", "offers": [{"id": "a"}], "budget": {"amount": 0}}',
            400,
            "$.budget.amount",
        ),
        ("campaigns/plain/assign", b'{"session": "", "users": []}', 400, "$.session"),
        ("campaigns/plain/assign", b'{"session": "s", "users": [{"user": "a"}]}', 400, "lacks 'level'"),
        ("campaigns/none/decide", b'{"user": "ann"}', 404, "campaign/none"),
        ("campaigns/plain/decide", b'{"user": ""}', 400, "$.user"),
        (
            "campaigns/plain/decide",
            b'{"user": "a", "context": {"age": 3}}',
            400,
            "'age', which is no feature",
        ),
        ("campaigns/plain/decide", b'{"user": "a", "context": {"level": NaN}}', 400, "not valid JSON"),
        ("campaigns/plain/decide", b'{"user": "a"}', 400, "lacks 'level'; the features of this campaign are"),
        ("campaigns/plain/decide", b'{"user": "\\ud800", "context": {"level": 1}}', 400, "not valid JSON"),
        ("rewards", b'{"decisionId": "nothing", "value": 1}', 404, "no decision 'nothing'"),
        ("rewards", b'{"decisionId": "a-99999999999999999999", "value": 1}', 404, "no decision"),
        ("rewards", b'{"decisionId": "a-1", "value": 1e300}', 400, "$.value"),
        ("campaigns/plain/guess", b"{}", 404, "/decisions/openapi.json lists those that there are"),
        ("log/nothing-7", None, 404, "no decision 'nothing-7'"),
        ("", None, 404, "no call answers GET"),
    ],
)
def test_what_is_wrong_is_said(url, path, body, status, text):
    call(url, "campaigns", {"name": "plain", "offers": OFFERS, "features": [{"name": "level"}]})
    found, error = call(url, path, body)
    assert (found, text in error["message"]) == (status, True), error


def test_the_document_describes_every_call(url):
    document = done(url, "openapi.json")
    calls = {one["operationId"]: one for path in document["paths"].values() for one in path.values()}
    assert {"CreateCampaign", "Decide", "PutReward", "DescribeReport"} <= calls.keys()
    assert all(one["summary"] for one in calls.values())
    schemas = document["components"]["schemas"]
    assert schemas["Decide"]["required"] == ["user"]
    assert schemas["Offer"]["properties"]["price"]["minimum"] == 0


def change(url, name, body):
    """The campaign, once it is as it is wanted."""
    done(url, f"campaigns/{name}", body, method="PATCH")
    eventually(lambda: done(url, f"campaigns/{name}")["status"] == "ACTIVE")
    return done(url, f"campaigns/{name}")


def test_a_campaign_changes_and_keeps_what_it_learned(url):
    asked = {"offers": OFFERS, "noOffer": False, "seed": 5}
    done(url, "campaigns", {"name": "spring", **asked})
    for number in range(30):
        made = done(url, "campaigns/spring/decide", {"user": f"u{number}"})
        done(
            url, "rewards", {"decisionId": made["decisionId"], "value": float(made["offer"]["id"] == "large")}
        )
    before = done(url, "campaigns/spring/decide", {"user": "ann"})["reasons"]
    offers = [{**OFFERS[0], "isOpen": False}, {**OFFERS[1], "price": 8.0}, {"id": "new", "totalCap": 3}]
    described = change(url, "spring", {"offers": offers, "defaultReward": 1})
    assert [one["id"] for one in described["campaign"]["offers"]] == ["small", "large", "new"]
    assert (described["campaign"]["defaultReward"], described["failureReason"]) == (1, "")
    after = done(url, "campaigns/spring/decide", {"user": "ben"})
    assert after["reasons"]["closed"] == {"small": "closed by the campaign"}
    assert after["reasons"]["policyVersion"] == before["policyVersion"] == 30
    assert after["reasons"]["expected"]["large"] == pytest.approx(before["expected"]["large"], abs=0.1)
    assert after["reasons"]["expected"].keys() == {"large", "new"}
    change(url, "spring", {"policy": {"name": "presage-popularity-thompson"}})
    assert (
        done(url, "campaigns/spring/decide", {"user": "cat"})["reasons"]["policy"]
        == "presage-popularity-thompson"
    )
    made = [
        done(url, "campaigns/spring/decide", {"user": f"v{number}"})["offer"]["id"] for number in range(40)
    ]
    assert made.count("new") <= 3
    replayed = done(url, "campaigns/spring/replay")
    assert replayed["equal"] == replayed["decisions"] == 73


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"offers": OFFERS[:1]}, "leaves out 'large'"),
        ({"offers": [*OFFERS, OFFERS[0]]}, "'small' twice"),
        ({"features": []}, "unknown field `features`"),
        ({"seed": 7}, "unknown field `seed`"),
        ({"policy": {"name": "best"}}, "no policy is called 'best'"),
        ({"rewardWaitSeconds": None}, "$.rewardWaitSeconds"),
    ],
)
def test_what_a_campaign_cannot_become_is_said(url, body, text):
    call(url, "campaigns", {"name": "fixed", "offers": OFFERS})
    status, error = call(url, "campaigns/fixed", body, method="PATCH")
    assert (status, text in error["message"]) == (400, True), error
    assert call(url, "campaigns/none", body, method="PATCH")[0] in (400, 404)


def test_a_change_that_cannot_be_learned_leaves_all_as_it_was(url):
    done(url, "campaigns", {"name": "sums", "offers": OFFERS})
    made = done(url, "campaigns/sums/decide", {"user": "ann"})
    done(url, "rewards", {"decisionId": made["decisionId"], "value": 7})
    described = change(url, "sums", {"policy": {"name": "presage-logistic-thompson"}})
    assert "a reward is 7.0" in described["failureReason"]
    assert described["campaign"]["policy"]["name"] == "presage-linear-thompson"
    assert done(url, "campaigns/sums/decide", {"user": "ben"})["reasons"]["policyVersion"] == 1


def test_campaigns_are_listed_in_pages(url):
    for number in range(5):
        done(url, "campaigns", {"name": f"page{number}", "offers": OFFERS})
    names, token = [], ""
    while True:
        page = done(url, f"campaigns?maxResults=2&nextToken={token}")
        names += [one["name"] for one in page["campaigns"]]
        assert len(page["campaigns"]) <= 2
        token = page.get("nextToken")
        if not token:
            break
    assert names[:5] == [f"page{number}" for number in (4, 3, 2, 1, 0)]
    assert len(names) == len(set(names))
    for query, code in (
        ("maxResults=0", "InvalidInput"),
        ("maxResults=x", "InvalidInput"),
        ("nextToken=x", "InvalidNextToken"),
        (f"nextToken={write_token('decisions:ListExperiments', '', 3)}", "InvalidNextToken"),
    ):
        status, error = call(url, f"campaigns?{query}")
        assert (status, error["__type"]) == (400, f"{code}Exception")
