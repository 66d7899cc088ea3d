"""Offer campaigns by the next-best-action calls of an unmodified boto3."""

import time

import pytest
from botocore.exceptions import ClientError

from .calling import done

OFFERS = [{"id": "small", "price": 4.99, "perUserCap": 2}, {"id": "free"}]


@pytest.fixture(scope="module")
def offers(server):
    """The clients, and the ARN of a campaign."""
    made = done(server.url, "campaigns", {"name": "nba", "offers": OFFERS, "noOffer": False, "seed": 1})
    arn = made["actionsArn"]
    return server.client("personalize-runtime"), server.client("personalize-events"), arn


def told(made, event_type, **more):
    action = {"actionId": made["actionList"][0]["actionId"], "recommendationId": made["recommendationId"]}
    return action | {"sessionId": "s", "timestamp": time.time(), "eventType": event_type} | more


def test_an_offer_is_an_action_and_what_becomes_of_it_a_reward(server, offers):
    runtime, events, arn = offers
    made = [runtime.get_action_recommendations(campaignArn=arn, userId=f"u{n}") for n in range(8)]
    assert all(len(one["actionList"]) == 1 and 0 < one["actionList"][0]["score"] <= 1 for one in made)
    small = next(one for one in made if one["actionList"][0]["actionId"] == "small")
    free = [one for one in made if one["actionList"][0]["actionId"] == "free"]
    interactions = [
        told(small, "Viewed"),
        told(small, "TAKEN"),
        told(free[0], "Taken"),
        told(free[1], "not_taken"),
    ]
    for _ in range(2):  # the same again is no error
        events.put_action_interactions(trackingId=arn, actionInteractions=interactions)
    earned = [done(server.url, f"log/{one['recommendationId']}")["reward"] for one in (small, *free[:2])]
    assert earned == [4.99, 1, 0]


def test_properties_say_what_an_offer_earned(server, offers):
    runtime, events, arn = offers
    made = runtime.get_action_recommendations(campaignArn=arn, userId="eva", numResults=100)
    interaction = told(made, "TAKEN", properties='{"value": 2.5, "color": "red"}')
    events.put_action_interactions(trackingId=arn, actionInteractions=[interaction])
    assert done(server.url, f"log/{made['recommendationId']}")["reward"] == 2.5
    with pytest.raises(ClientError, match=r"is 2\.5 already"):
        events.put_action_interactions(trackingId=arn, actionInteractions=[told(made, "not taken")])


def test_no_offer_is_an_empty_list(server, offers):
    runtime, *_ = offers
    ended = [{"id": "over", "validUntil": "2020-01-01T00:00:00Z"}]
    arn = done(server.url, "campaigns", {"name": "nba-over", "offers": ended})["actionsArn"]
    made = runtime.get_action_recommendations(campaignArn=arn, userId="ann")
    assert made["actionList"] == []
    assert done(server.url, f"log/{made['recommendationId']}")["offer"] is None


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        ({"userId": ""}, "InvalidInputException", "userId is missing"),
        ({"userId": "a", "numResults": 0}, "InvalidInputException", "numResults is 0"),
        (
            {"userId": "a", "filterArn": "arn:aws:personalize:us-east-1:1:filter/f"},
            "InvalidInputException",
            "filterArn",
        ),
        ({"userId": "a", "campaignArn": "{arn}-not"}, "ResourceNotFoundException", "campaign/nba-not"),
    ],
)
def test_what_cannot_be_asked_is_said(offers, asked, code, text):
    runtime, _, arn = offers
    asked = {"campaignArn": "{arn}"} | asked
    asked["campaignArn"] = asked["campaignArn"].format(arn=arn)
    with pytest.raises(ClientError, match=text) as raised:
        runtime.get_action_recommendations(**asked)
    assert raised.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"actionId": "large"}, "'large' is not what"),
        ({"recommendationId": "nothing"}, "no decision 'nothing'"),
        ({"eventType": "LIKED"}, "eventType"),
        ({"properties": '{"value": "much"}'}, "got `str`"),
        ({"properties": "{"}, "properties cannot be read"),
    ],
)
def test_what_cannot_be_told_is_said_and_nothing_is_learned(server, offers, changes, text):
    runtime, events, arn = offers
    made = runtime.get_action_recommendations(campaignArn=arn, userId="gus")
    interactions = [told(made, "TAKEN"), told(made, "TAKEN") | changes]
    with pytest.raises(ClientError, match=text):
        events.put_action_interactions(trackingId=arn, actionInteractions=interactions)
    assert done(server.url, f"log/{made['recommendationId']}")["reward"] is None
