"""Two servers on one data folder, as two processes have it."""

import asyncio

import msgspec
import pytest

from presage.errors import ResourceNotFoundException
from presage.operations.decisions.campaigns import (
    create_campaign,
    delete_campaign,
    describe_campaign,
    update_campaign,
)
from presage.operations.decisions.deciding import Decide, PutReward, decide, put_reward
from presage.operations.decisions.reports import describe_report, replay_decisions
from presage.operations.decisions.shapes import CreateCampaign, UpdateCampaign

from ...decisions.deciding import OFFERS
from ..inprocess import InProcess


@pytest.fixture
def servers(tmp_path):
    """Two of them."""
    first = InProcess(tmp_path)
    both = first, InProcess(tmp_path, database=first.stores.config.database)
    yield [rooms.server for rooms in both]
    for rooms in both:
        for decider in rooms.server.deciders.values():
            decider.close()
        rooms.stores.close()


def create(server, **members):
    held = {"name": "c", "offers": OFFERS, "noOffer": False, "seed": 2} | members
    return create_campaign(server, "", msgspec.convert(held, CreateCampaign))


def made(server, user="ann"):
    return asyncio.run(decide(server, "c", Decide(user=user)))


def test_a_campaign_that_another_has_deleted_is_gone_and_one_of_its_name_is_another(servers):
    one, other = servers
    create(one)
    first = made(one)
    made(other)
    delete_campaign(other, "c", None)
    with pytest.raises(ResourceNotFoundException, match="campaign/c"):
        made(one)
    create(other, offers=[{"id": "new"}])
    assert made(one).offer.id == "new"
    delete_campaign(other, "c", None)
    create(other, offers=[{"id": "newer"}])
    assert made(one).offer.id == "newer"  # at once, although it has decided for the one before
    with pytest.raises(ResourceNotFoundException, match="no decision"):
        asyncio.run(put_reward(one, "", PutReward(decision_id=first.decision_id, value=1.0)))
    delete_campaign(other, "c", None)
    with pytest.raises(ResourceNotFoundException):
        describe_report(one, "c", None)


def test_a_change_is_followed_by_another(servers):
    one, other = servers
    create(one)
    for number in range(5):
        made(other, f"u{number}")
    update_campaign(one, "c", msgspec.convert({"offers": [*OFFERS, {"id": "new"}]}, UpdateCampaign))
    assert set(made(other).reasons.expected) == {"small", "large", "new"}
    assert describe_campaign(other, "c", None).status == "ACTIVE"
    update_campaign(other, "c", UpdateCampaign(default_reward=2.0))
    assert describe_campaign(one, "c", None).campaign.default_reward == 2
    assert made(one).offer.id in ("small", "large", "new")
    for server in servers:
        assert replay_decisions(server, "c", None).equal == 7
