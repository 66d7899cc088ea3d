"""`presage serve --processes 2`: several processes answer on one port, from one folder."""

import contextlib
import os
import signal
import urllib.request

import pytest
from benchmarks.kill_loop import family
from botocore.exceptions import BotoCoreError, ClientError
from prometheus_client.parser import text_string_to_metric_families

from presage.jobs.heartbeats import is_alive

from .jobs.running import eventually
from .operations.shop import Shop
from .running import RunningServer


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    running = RunningServer(tmp_path_factory.mktemp("several") / "data", arguments=["--processes", "2"])
    running.start()
    yield running
    assert running.stop() == 0, running.output()


@pytest.fixture(scope="module")
def shop(several):
    return Shop(several).stocked()


@pytest.fixture(scope="module")
def campaign(shop):
    small = {"algorithmHyperParameters": {"hidden_dimension": "32"}}
    solution = shop.solution("aws-user-personalization", solutionConfig=small)
    unvaried = {"itemExplorationConfig": {"explorationWeight": "0"}}
    return shop.campaign(shop.version(solution), campaignConfig=unvaried)


def serving(running):
    """The serving processes."""
    return {pid for pid, what in family(running.process.pid) if what == "serving process"}


def test_each_follows_what_the_others_are_told(several, shop, campaign):
    tracking_id = shop.personalize.create_event_tracker(name=shop.id, datasetGroupArn=shop.group)[
        "trackingId"
    ]

    def tell():
        with contextlib.suppress(ClientError):  # the tracker is being made
            shop.events.put_events(
                trackingId=tracking_id,
                sessionId="s",
                userId="newcomer",
                eventList=[{"eventType": "click", "itemId": "i3", "sentAt": 1_800_000_000}],
            )
            return True
        return False

    eventually(tell)
    before = shop.recommend(campaign, "nobody", numResults=5)

    def everybody_knows():
        """Each new client has a connection of its own, which any process may answer."""
        answers = [
            several.client("personalize-runtime").get_recommendations(
                campaignArn=campaign, userId="newcomer", numResults=5
            )["itemList"]
            for _ in range(8)
        ]
        return all(answer == answers[0] != before for answer in answers)

    eventually(everybody_knows)


def test_whoever_is_asked_answers_for_a_campaign_at_once(several, shop, campaign):
    for _ in range(8):
        described = several.client("personalize").describe_campaign(campaignArn=campaign)["campaign"]
        assert described["status"] == "ACTIVE"
        found = several.client("personalize-runtime").get_recommendations(campaignArn=campaign, userId="u1")
        assert found["itemList"]


def test_their_requests_are_counted_together(several):
    def counted():
        with urllib.request.urlopen(f"{several.url}/metrics") as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
        samples = [sample for family in families for sample in family.samples]
        asked = {"operation": "personalize:ListSchemas", "status": "200"}
        of_name = {sample.name: sample for sample in samples if sample.labels == asked}
        pids = {one.labels["pid"] for one in samples if one.labels.get("process") == "serve"}
        count = of_name.get("presage_request_seconds_count")
        return count.value if count else 0, len(pids)

    before, _ = counted()
    for _ in range(12):  # each by a connection of its own
        several.client("personalize").list_schemas()
    assert [counted() for _ in range(4)] == [(before + 12, 3)] * 4  # with the process that keeps the two


def test_a_killed_one_is_replaced_while_the_others_answer(several, campaign):
    eventually(lambda: len(serving(several)) == 2)
    killed = min(serving(several))
    os.kill(killed, signal.SIGKILL)
    answered = 0
    for _ in range(20):  # one that had come to the killed process may fail, as with any server that dies
        with contextlib.suppress(BotoCoreError):
            several.client("personalize-runtime").get_recommendations(campaignArn=campaign, userId="u1")
            answered += 1
    assert answered >= 10
    eventually(lambda: killed not in serving(several) and len(serving(several)) == 2)
    several.wait_ready()


def test_they_end_with_the_one_that_keeps_them(tmp_path):
    running = RunningServer(tmp_path / "data", workers=0, arguments=["--processes", "2"]).start()
    eventually(lambda: len(serving(running)) == 2)
    left = serving(running)
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()
    running.log.close()
    eventually(lambda: not any(map(is_alive, left)))
