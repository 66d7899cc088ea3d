"""Campaigns that read their features, and their rewards, of a feature set."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from presage.errors import InvalidInputException
from presage.live.sets import register
from presage.operations.decisions.campaigns import (
    create_campaign,
    update_campaign,
)
from presage.operations.decisions.deciding import Decide, PutReward, decide, describe_decision, put_reward
from presage.operations.decisions.reports import describe_report, replay_decisions
from presage.operations.decisions.shapes import CreateCampaign, UpdateCampaign
from presage.operations.upkeep import keep_up

from ...decisions.deciding import OFFERS
from ..inprocess import InProcess

EXAMPLES = Path(__file__).parents[3] / "examples/offer-ai"
ANN = "72a039b9-6759-901a-cf3a-3354d21beed2"
DAY = 86_400
CAMPAIGN = {
    "name": "game",
    "offers": OFFERS,
    "seed": 3,
    "featureSet": "game",
    "label": "next_week.purchases_amount",
    "features": [
        {"name": "games", "live": "records.session.games_played", "scale": 10},
        {"name": "spent", "live": "features.prev_week.purchases_amount", "default": -1},
        {"name": "german", "live": "records.user.country", "equals": "DE"},
        {"name": "facebook", "live": "records.user.facebook_connected"},
        {"name": "hour"},
    ],
}


@pytest.fixture
def rooms(tmp_path):
    """A server's rooms with the game's feature set, on the day of its first session."""
    rooms = InProcess(tmp_path)
    texts = {"streaming": EXAMPLES / "sessions.yml", "window": EXAMPLES / "rows.yml"}
    register(rooms.stores, "game", {name: path.read_text() for name, path in texts.items()})
    rooms.clock.now = datetime(2017, 8, 14, 20, tzinfo=UTC).timestamp()
    yield rooms
    for decider in rooms.server.deciders.values():
        decider.close()
    rooms.stores.close()


def tell(rooms, *names):
    lines = [line for name in names for line in (EXAMPLES / name).read_text().splitlines()]
    asyncio.run(rooms.live.tell(rooms.live.find("game"), [json.loads(line) for line in lines]))
    while rooms.live.step():
        pass


def create(rooms, **members):
    return create_campaign(rooms.server, "", msgspec.convert(CAMPAIGN | members, CreateCampaign))


def made(rooms, user=ANN, **context):
    asked = Decide(user=user, context={"hour": 9.0} | context)
    decision = asyncio.run(decide(rooms.server, "game", asked)).decision_id
    return asyncio.run(describe_decision(rooms.server, decision, None))


def test_features_are_looked_up_and_logged(rooms):
    create(rooms)
    assert made(rooms).context == {"games": 0, "spent": -1, "german": 0, "facebook": 0, "hour": 9}
    tell(rooms, "first-session.jsonl")
    assert made(rooms).context == {"games": 1, "spent": -1, "german": 1, "facebook": 0, "hour": 9}
    tell(rooms, "next-days.jsonl")
    third = made(rooms, games=7.0)
    assert third.context == pytest.approx({"games": 7, "spent": 6.98, "german": 0, "facebook": 1, "hour": 9})
    replayed = replay_decisions(rooms.server, "game", None)
    assert replayed.equal == replayed.decisions == 3


def test_what_came_in_the_window_is_the_reward_once_it_has_ended(rooms):
    assert create(rooms).campaign.reward_wait_seconds == 7 * DAY + 300
    tell(rooms, "first-session.jsonl")
    first, stranger = made(rooms), made(rooms, "nobody")
    told = made(rooms)
    asyncio.run(put_reward(rooms.server, "", PutReward(decision_id=told.decision_id, value=1.0)))
    tell(rooms, "next-days.jsonl")
    rooms.clock.now += 7 * DAY + 299
    keep_up(rooms.server)
    assert rewards(rooms, first, stranger, told) == [None, None, 1]
    rooms.clock.now += 1
    keep_up(rooms.server)
    assert rewards(rooms, first, stranger, told) == [pytest.approx(1.99 + 5.0), 0, 1]
    keep_up(rooms.server)
    late = made(rooms)  # nothing comes after it
    assert late.reasons.policy_version == 3
    rooms.clock.now += 8 * DAY
    report = describe_report(rooms.server, "game", None)
    assert (report.rewarded, report.pending) == (4, 0)
    assert rewards(rooms, late) == [0]
    replayed = replay_decisions(rooms.server, "game", None)
    assert replayed.equal == replayed.decisions == 4


def test_a_label_that_the_policy_cannot_learn_counts_as_the_default(rooms):
    create(rooms, policy={"name": "presage-logistic-thompson"}, defaultReward=0.25)
    tell(rooms, "first-session.jsonl")
    first = made(rooms)
    tell(rooms, "next-days.jsonl")
    rooms.clock.now += 8 * DAY
    keep_up(rooms.server)
    assert rewards(rooms, first) == [0.25]


def rewards(rooms, *decisions):
    return [asyncio.run(describe_decision(rooms.server, one.decision_id, None)).reward for one in decisions]


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"featureSet": "chess"}, "no feature set named 'chess'; there are: game"),
        ({"featureSet": ""}, "label needs a `featureSet`"),
        ({"label": "prev_week.purchases_amount"}, "there are: next_week.purchases_amount"),
        ({"rewardWaitSeconds": 5}, "follows from the label's window"),
        (
            {"features": [{"name": "a", "live": "records.session.speed"}]},
            "'records.session.speed', which the feature set",
        ),
        ({"features": [{"name": "a", "live": "features.next_week.purchases_amount"}]}, "does not hold"),
        ({"label": "", "features": []}, "nothing is read of it"),
        ({"policy": {"name": "presage-logistic-thompson"}, "defaultReward": 3}, r"a reward is 3\.0"),
    ],
)
def test_what_cannot_be_read_is_said_when_the_campaign_is_made(rooms, members, text):
    with pytest.raises(InvalidInputException, match=text):
        create(rooms, **members)


def test_the_wait_of_a_label_does_not_change(rooms):
    create(rooms)
    with pytest.raises(InvalidInputException, match="follows from the label's window"):
        update_campaign(rooms.server, "game", UpdateCampaign(reward_wait_seconds=5.0))
    assert update_campaign(rooms.server, "game", UpdateCampaign(no_offer=False)).campaign.label


def test_features_that_are_not_live_are_asked_for(rooms):
    create(rooms)
    with pytest.raises(InvalidInputException, match="lacks 'hour'"):
        asyncio.run(decide(rooms.server, "game", Decide(user=ANN)))
