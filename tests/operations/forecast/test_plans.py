"""The budget of an offer campaign is planned as a forecast tells."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from presage.errors import InvalidInputException
from presage.operations.decisions.campaigns import create_campaign, decider_of
from presage.operations.decisions.shapes import CreateCampaign
from presage.operations.upkeep import keep_up

from .sales import FIRST, HORIZON, N_DAYS

STARTS = datetime.combine(FIRST + timedelta(days=N_DAYS), datetime.min.time(), UTC)


def campaign(arn, days=3, **filters):
    until = STARTS + timedelta(days=days)
    source = {"forecastArn": arn, "filters": filters}
    budget = {
        "amount": 100,
        "startsAt": STARTS.isoformat(),
        "until": until.isoformat(),
        "planFrom": source,
    }
    offers = [{"id": "a", "cost": 1}]
    return msgspec.convert({"name": "hats", "offers": offers, "budget": budget}, CreateCampaign)


def test_a_budget_is_planned_as_query_forecast_tells(sales, made, monkeypatch):
    server = sales.server.server
    create_campaign(server, "", campaign(made, item_id="hat", location="Bern"))
    monkeypatch.setattr(sales.server.clock, "now", STARTS.timestamp() - 1800)
    keep_up(server)
    plans = [one.record for one in decider_of(server, "hats").records() if one.record["kind"] == "plan"]
    assert [one["plan"] for one in plans] == [pytest.approx(sales.ask(made, "hat", "Bern")["mean"][:3])]
    assert plans[0]["expected"] is None


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"item_id": "coat", "location": "Bern"}, "has no series with item_id 'coat'"),
        ({"item_id": "hat"}, "Filters lacks location"),
        ({"item_id": "hat", "location": "Bern", "days": HORIZON + 1}, "a forecast must cover it"),
        ({"arn": "arn:aws:forecast:us-east-1:000000000000:forecast/none"}, "none"),
    ],
)
def test_a_forecast_that_cannot_tell_a_plan_is_refused_plainly(sales, made, members, message):
    with pytest.raises(InvalidInputException, match=message):
        create_campaign(sales.server.server, "", campaign(**{"arn": made} | members))
