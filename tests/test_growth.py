"""Two servers and two workers on one Postgres database: what is done to one of them is so on the other."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from .jobs.running import eventually
from .live.test_app import call, declared, told
from .operations.decisions.calling import done
from .operations.shop import Shop
from .running import SeveralServers, wait_until
from .servers import shared_postgres

TOLD_SECONDS = 1.0
"""What one server was told changes the answers of all within this time."""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    running = SeveralServers(
        tmp_path_factory.mktemp("both") / "data", database=shared_postgres().new_database()
    )
    running.start()
    yield running
    assert running.stop() == 0, running.output()


@pytest.fixture(scope="module")
def shop(both):
    """A shop whose calls go to the servers by turns."""
    return Shop(both).stocked()


@pytest.fixture(scope="module")
def campaign(shop):
    small = {"algorithmHyperParameters": {"hidden_dimension": "32"}}
    solution = shop.solution("aws-user-personalization", solutionConfig=small)
    unvaried = {"itemExplorationConfig": {"explorationWeight": "0"}}
    return shop.campaign(shop.version(solution), campaignConfig=unvaried)


@pytest.fixture(scope="module")
def tracking_id(shop):
    made = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)
    shop.wait("event_tracker", made["eventTrackerArn"])
    return made["trackingId"]


def test_the_folder_holds_no_database_but_that_of_the_buckets(both, campaign):
    found = {str(one.relative_to(both.data)) for one in both.data.rglob("*.sqlite")}
    assert found == {"buckets/index.sqlite"}  # of presage's own buckets, which an S3 endpoint replaces


def test_what_is_made_on_one_is_there_on_the_other(both):
    one, other = both.servers
    made = one.client("personalize").create_dataset_group(name=f"g-{uuid4().hex[:6]}")["datasetGroupArn"]
    describe = other.client("personalize").describe_dataset_group
    assert wait_until(lambda: describe(datasetGroupArn=made)["datasetGroup"])["name"] in made


def test_each_answers_for_a_campaign_that_was_made_by_turns(both, campaign):
    found = [
        server.client("personalize-runtime").get_recommendations(campaignArn=campaign, userId="u1")
        for server in both.servers
    ]
    assert found[0]["itemList"] == found[1]["itemList"] != []


def test_an_event_told_to_one_changes_the_answers_of_the_other(both, campaign, tracking_id):
    for teller, other in (both.servers, both.servers[::-1]):
        user = f"newcomer-{uuid4().hex[:6]}"
        ask = other.client("personalize-runtime").get_recommendations
        before = ask(campaignArn=campaign, userId=user)["itemList"]
        teller.client("personalize-events").put_events(
            trackingId=tracking_id,
            sessionId="s",
            userId=user,
            eventList=[{"eventType": "click", "itemId": "i3", "sentAt": time.time()}],
        )
        eventually(
            lambda ask=ask, user=user, before=before: (
                ask(campaignArn=campaign, userId=user)["itemList"] != before
            ),
            seconds=TOLD_SECONDS,
        )


def test_two_who_decide_for_a_campaign_keep_one_budget_and_know_each_session(both):
    budget = {"amount": 12, "startsAt": "2026-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"}
    offers = [{"id": "dear", "cost": 3}, {"id": "cheap", "cost": 0.5, "totalCap": 8}]
    done(both.url, "campaigns", {"name": "b", "offers": offers, "noOffer": False, "budget": budget})

    def ask(number):
        question = {"user": f"u{number}", "idempotencyKey": f"k{number}"}
        return [done(server.url, "campaigns/b/decide", question) for server in both.servers]

    with ThreadPoolExecutor(8) as pool:
        decided = list(pool.map(ask, range(40)))
    assert all(first == {**again, "isNew": first["isNew"]} for first, again in decided)
    spent = sum({"dear": 3, "cheap": 0.5}[one["offer"]["id"]] for one, _ in decided if one["offer"])
    assert 0 < spent <= 12
    assert done(both.url, "rewards", {"decisionId": decided[0][0]["decisionId"], "value": 1})["isNew"]
    for server in both.servers:
        assert done(server.url, "campaigns/b/report")["budget"]["spent"] == spent
        assert done(server.url, "campaigns/b/replay")["equal"] == 40


def test_features_are_folded_once_whoever_is_told(both):
    one, other = both.servers
    assert call(one, "PUT", "/game", declared())[0] == 201
    eventually(lambda: call(other, "GET", "/game")[0] == 200)
    for number in range(20):
        assert call(both, "POST", "/game/events", told("u", number))[0] == 200
    for server in both.servers:
        eventually(lambda server=server: call(server, "GET", "/game")[1]["events"]["folded"] == 20)
    assert call(one, "GET", "/game/u") == call(other, "GET", "/game/u")


def test_an_experiment_counts_what_either_showed(both, shop, campaign):
    arms = [{"name": name, "target": campaign} for name in "ab"]
    asked = {"name": "e", "arms": arms, "metric": {"eventType": "click", "windowSeconds": 60}}
    arn = done(both.url, "experiments", asked)["experimentArn"]
    for number in range(20):
        for server in both.servers:
            server.client("personalize-runtime").get_recommendations(campaignArn=arn, userId=f"e{number}")
    for server in both.servers:
        found = done(server.url, "experiments/e/results")
        assert sum(arm["exposed"] for arm in found["arms"]) == 20


def test_a_campaign_that_is_deleted_on_one_is_gone_on_the_other(both, shop, campaign):
    again = shop.campaign(shop.version(shop.solution()))
    one, other = both.servers
    one.client("personalize").delete_campaign(campaignArn=again)

    def is_gone():
        with contextlib.suppress(ClientError):
            other.client("personalize-runtime").get_recommendations(campaignArn=again, userId="u1")
            return False
        return True

    eventually(is_gone)
