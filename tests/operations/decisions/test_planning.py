"""Budgets whose plan comes from a campaign's own traffic."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from presage.operations.decisions.campaigns import create_campaign, decider_of, update_campaign
from presage.operations.decisions.deciding import Decide, decide
from presage.operations.decisions.reports import describe_report, replay_decisions
from presage.operations.decisions.shapes import CreateCampaign, UpdateCampaign
from presage.operations.upkeep import keep_up

from ..inprocess import InProcess

HOUR = 3600
OFFERS = [{"id": "5 %", "cost": 0.5}]
DAY = {"amount": 20, "startsAt": "2026-03-05T00:00:00Z", "until": "2026-03-06T00:00:00Z", "planFrom": {}}


@pytest.fixture
def rooms(tmp_path):
    rooms = InProcess(tmp_path)
    rooms.clock.now = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
    yield rooms
    for decider in rooms.server.deciders.values():
        decider.close()
    rooms.stores.close()


def ask(rooms, n):
    for number in range(n):
        asyncio.run(decide(rooms.server, "day", Decide(user=f"u{number}")))


def plans(rooms):
    records = [one.record for one in decider_of(rooms.server, "day").records()]
    return [one for one in records if one["kind"] == "plan"]


def test_a_budget_is_planned_by_what_came_in_the_days_before_within_its_last_hour(rooms):
    made = {"name": "day", "offers": OFFERS, "seed": 1, "policy": {"name": "presage-greedy"}}
    create_campaign(rooms.server, "", msgspec.convert(made, CreateCampaign))
    for hour in range(71):  # three days, in which each evening has two decisions an hour
        ask(rooms, 2 if hour % 24 >= 18 else 1)
        rooms.clock.now += HOUR
    update_campaign(rooms.server, "day", msgspec.convert({"budget": DAY}, UpdateCampaign))
    keep_up(rooms.server)
    rooms.clock.now -= 1  # an hour and a second before
    keep_up(rooms.server)
    (found,) = plans(rooms)
    assert len(found["plan"]) == 24
    assert found["plan"][20] == pytest.approx(2 * found["plan"][9], rel=0.2)
    assert found["expected"] == pytest.approx(30, rel=0.1)
    keep_up(rooms.server)
    assert len(plans(rooms)) == 1
    report = describe_report(rooms.server, "day", None).budget
    assert (report.plan, report.is_planned) == (found["plan"], True)
    rooms.clock.now += 2 * HOUR
    ask(rooms, 3)
    replayed = replay_decisions(rooms.server, "day", None)
    assert replayed.equal == replayed.decisions
