"""Explaining: which events carry an item's score."""

import subprocess
import sys

import pytest

from presage.works.explaining import explain_answer

from ..operations.conftest import *  # noqa: F403
from ..operations.shop import INTERACTIONS, interactions_csv


@pytest.fixture
def trained(shop):
    shop.dataset("INTERACTIONS", INTERACTIONS)
    shop.import_rows("INTERACTIONS", interactions_csv())
    return shop


def explained(shop, campaign, user, item):
    return explain_answer(shop.server.stores, campaign, user, item)


def test_the_events_that_carry_a_score_are_found_and_the_score_goes_with_them(trained):
    campaign = trained.trained("presage-sequential-rules")
    answer = trained.runtime.get_recommendations(campaignArn=campaign, userId="u1", numResults=3)["itemList"]
    best = answer[0]
    found = explained(trained, campaign, "u1", best["itemId"])
    assert found.score == pytest.approx(best["score"], rel=1e-4)
    assert found.rank == 1
    changes = [one.without for one in found.events]
    assert changes == sorted(changes)
    assert changes[0] < found.score
    assert found.without_strongest < changes[0]
    assert found.without_all < found.score
    assert all(int(one.event.item_id[1:]) >= 15 for one in found.events[:3])  # of the same taste


def test_an_event_told_a_moment_ago_counts(trained):
    campaign = trained.trained("presage-sequential-rules")
    before = explained(trained, campaign, "u1", "i20")
    tracker = trained.personalize.create_event_tracker(name="t", datasetGroupArn=trained.group)["trackingId"]
    trained.server.clock.now = 1_705_000_000.0
    event = {"eventType": "click", "itemId": "i21", "sentAt": 1_705_000_000}
    trained.events.put_events(trackingId=tracker, userId="u1", sessionId="s", eventList=[event])
    after = explained(trained, campaign, "u1", "i20")
    assert len(after.events) == len(before.events) + 1
    assert after.score != before.score


def test_a_model_that_looks_at_nobody_s_events_says_so(trained):
    campaign = trained.trained("aws-popularity-count")
    found = explained(trained, campaign.rpartition("/")[2], "u1", "i3")
    assert found.events == []
    assert found.score == found.without_all


def test_what_is_not_there_is_named(trained):
    campaign = trained.trained("aws-popularity-count")
    with pytest.raises(ValueError, match="no item of the model is called 'none'"):
        explained(trained, campaign, "u1", "none")
    with pytest.raises(ValueError, match="there are: "):
        explained(trained, "nobody", "u1", "i3")


def test_the_command_shows_it(trained):
    campaign = trained.trained("presage-sequential-rules")
    command = [sys.executable, "-m", "presage", "explain", "--campaign", campaign, "--user", "u1"]
    data = ["--data", str(trained.server.stores.config.data)]
    asked = {"capture_output": True, "text": True, "env": trained.server.environ}
    shown = subprocess.run([*command, "--item", "i20", *data], check=True, **asked)
    assert "i20: rank" in shown.stdout
    assert "for somebody without a history" in shown.stdout
    wrong = subprocess.run([*command, "--item", "none", *data], check=False, **asked)
    assert (wrong.returncode, "is called 'none'" in wrong.stderr) == (2, True)
