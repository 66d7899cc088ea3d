"""An experiment of offer campaigns, by unmodified next-best-action calls."""

import msgspec
import pytest

from presage.operations.decisions import campaigns
from presage.operations.decisions.shapes import CreateCampaign
from presage.operations.experiments import experiments, shapes

from ..shop import error_of

OFFERS = [{"id": "small", "price": 4.0}, {"id": "large", "price": 9.0}]


@pytest.fixture(scope="module")
def made(lab):
    for name in ("one", "two"):
        asked = {"name": name, "offers": OFFERS, "noOffer": False}
        campaigns.create_campaign(lab.server, "", msgspec.convert(asked, CreateCampaign))
    arms = [{"name": name, "target": name} for name in ("one", "two")]
    metric = {"kind": "value", "cap": 20, "windowSeconds": 100}
    asked = {"name": "offers", "arms": arms, "metric": metric}
    return experiments.create_experiment(lab.server, "", msgspec.convert(asked, shapes.CreateExperiment))


def test_actions_are_decided_by_the_arm_and_what_becomes_of_them_counts(lab, made):
    arn, users = made.experiment_arn, [f"u{number}" for number in range(20)]
    answers = {
        user: lab.shop.runtime.get_action_recommendations(campaignArn=arn, userId=user) for user in users
    }
    told = [
        {
            "actionId": answer["actionList"][0]["actionId"],
            "recommendationId": answer["recommendationId"],
            "userId": user,
            "sessionId": "s",
            "timestamp": lab.clock.now,
            "eventType": "Taken" if number % 2 else "Not Taken",
        }
        for number, (user, answer) in enumerate(answers.items())
    ]
    for at in (0, 10):
        lab.shop.events.put_action_interactions(trackingId=arn, actionInteractions=told[at : at + 10])
    results = lab.results(made)
    assert (sum(arm.exposed for arm in results.arms), results.waiting) == (20, 20)
    lab.clock.now += 101
    results = lab.results(made)
    earned = sum({"small": 4.0, "large": 9.0}[one["actionId"]] for one in told[1::2])
    assert sum((arm.mean or 0) * arm.counted for arm in results.arms) == pytest.approx(earned)


def test_offers_are_not_items(lab, made):
    code, message = error_of(
        lab.shop.runtime.get_recommendations, campaignArn=made.experiment_arn, userId="ann"
    )
    assert (code, "ask GetActionRecommendations" in message) == ("InvalidInputException", True)
    other = lab.make()
    code, message = error_of(
        lab.shop.runtime.get_action_recommendations, campaignArn=other.experiment_arn, userId="ann"
    )
    assert (code, "ask GetRecommendations" in message) == ("InvalidInputException", True)
