"""From a trained version to answers."""

import pytest
from botocore.exceptions import ClientError

from ..shop import error_of


@pytest.fixture(scope="module")
def personal(stocked):
    """A user-personalization campaign without exploration."""
    config = {"itemExplorationConfig": {"explorationWeight": "0"}, "enableMetadataWithRecommendations": True}
    return stocked.campaign(
        stocked.version(stocked.solution("aws-user-personalization")), campaignConfig=config
    )


@pytest.fixture(scope="module")
def popular(stocked):
    return stocked.trained("aws-popularity-count")


class TestPopularity:
    def test_everybody_gets_the_same_without_scores(self, stocked, popular):
        first = stocked.recommend(popular, "u0", numResults=10)
        assert first == stocked.recommend(popular, "nobody ever saw", numResults=10)
        assert len({item["itemId"] for item in first}) == 10
        assert all(set(item) == {"itemId"} for item in first)


class TestPersonalization:
    def test_scores_sum_to_one_over_all_items_and_fall(self, stocked, personal):
        items = stocked.recommend(personal, "u0", numResults=500)
        scores = [item["score"] for item in items]
        assert len(items) == 30
        assert sum(scores) == pytest.approx(1, abs=1e-3)
        assert scores == sorted(scores, reverse=True)

    def test_tastes_differ(self, stocked, personal):
        even = stocked.recommend(personal, "u0", numResults=10)
        odd = stocked.recommend(personal, "u1", numResults=10)
        assert sum(int(item["itemId"][1:]) < 15 for item in even) >= 9
        assert sum(int(item["itemId"][1:]) >= 15 for item in odd) >= 9

    def test_a_stranger_gets_an_answer(self, stocked, personal):
        assert len(stocked.recommend(personal, "stranger")) == 25

    def test_metadata_comes_when_asked_for(self, stocked, personal):
        items = stocked.recommend(personal, numResults=3, metadataColumns={"ITEMS": ["GENRE", "PRICE"]})
        assert all(item["metadata"]["genre"].endswith("|all") for item in items)
        code, message = error_of(
            stocked.runtime.get_recommendations,
            campaignArn=personal,
            userId="u0",
            metadataColumns={"ITEMS": ["COLOUR"]},
        )
        assert code == "InvalidInputException"
        assert "COLOUR" in message

    def test_context_is_taken(self, stocked, personal):
        assert stocked.recommend(personal, context={"DEVICE": "phone"})
        assert stocked.recommend(personal, context={"DEVICE": "a new one"})

    def test_an_answer_has_an_id(self, stocked, personal):
        answer = stocked.runtime.get_recommendations(campaignArn=personal, userId="u0")
        assert len(answer["recommendationId"]) == 40

    @pytest.mark.parametrize(
        ("request_", "part"),
        [
            ({"userId": "u0", "numResults": 501}, "numResults is 501"),
            ({}, "userId is missing"),
            ({"userId": "u0", "recommenderArn": "arn:aws:personalize:us-east-1:1:recommender/x"}, "just one"),
        ],
    )
    def test_what_is_wrong_is_named(self, stocked, personal, request_, part):
        code, message = error_of(stocked.runtime.get_recommendations, campaignArn=personal, **request_)
        assert code == "InvalidInputException"
        assert part in message

    def test_an_unknown_campaign_is_404(self, stocked, personal):
        with pytest.raises(ClientError) as caught:
            stocked.recommend(personal + "x")
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.fixture(scope="module")
def second(stocked):
    """A campaign of aws-user-personalization-v2 that weighs events."""
    weights = [{"eventType": "purchase", "weight": 1.0}, {"eventType": "click", "weight": 0.3}]
    config = {"eventsConfig": {"eventParametersList": weights}}
    return stocked.trained("aws-user-personalization-v2", solutionConfig=config)


class TestSecondVersions:
    def test_tastes_differ_and_scores_sum_to_one(self, stocked, second):
        even, odd = (stocked.recommend(second, user, numResults=500) for user in ("u0", "u1"))
        assert sum(item["score"] for item in even) == pytest.approx(1, abs=1e-3)
        assert sum(int(item["itemId"][1:]) < 15 for item in even[:10]) >= 8
        assert sum(int(item["itemId"][1:]) >= 15 for item in odd[:10]) >= 8

    def test_metadata_comes_without_being_enabled(self, stocked, second):
        items = stocked.recommend(second, numResults=3, metadataColumns={"ITEMS": ["GENRE"]})
        assert all(item["metadata"]["genre"].endswith("|all") for item in items)

    def test_context_is_taken(self, stocked, second):
        assert len(stocked.recommend(second, numResults=3, context={"DEVICE": "phone"})) == 3

    def test_exploration_has_nothing_to_set(self, stocked, second):
        described = stocked.personalize.describe_campaign(campaignArn=second)["campaign"]
        code, message = error_of(
            stocked.personalize.create_campaign,
            name="explorer",
            solutionVersionArn=described["solutionVersionArn"],
            campaignConfig={"itemExplorationConfig": {"explorationWeight": "0.5"}},
        )
        assert (code, "itemExplorationConfig" in message) == ("InvalidInputException", True)

    def test_a_list_is_ranked_with_its_metadata(self, stocked):
        ranked = stocked.runtime.get_personalized_ranking(
            campaignArn=stocked.trained("aws-personalized-ranking-v2"),
            userId="u0",
            inputList=["i20", "i2", "i25", "i4"],
            metadataColumns={"ITEMS": ["GENRE"]},
        )["personalizedRanking"]
        assert {item["itemId"] for item in ranked[:2]} == {"i2", "i4"}
        assert all("metadata" in item for item in ranked)
        assert sum(item["score"] for item in ranked) == pytest.approx(1, abs=1e-3)


def test_the_second_version_says_what_it_tries_out(bazaar):
    """Two items of thirty are new."""
    campaign = bazaar.trained("aws-user-personalization-v2")
    answers = [bazaar.recommend(campaign, "u1", numResults=30) for _ in range(100)]
    reasons = [(item["itemId"], why) for items in answers for item in items for why in item.get("reason", ())]
    assert {item for item, _ in reasons} <= {"i28", "i29"}
    assert {why for _, why in reasons} == {"Exploration"}


class TestRanking:
    def test_a_list_is_put_in_order(self, stocked):
        campaign = stocked.trained("aws-personalized-ranking")
        asked = ["i3", "i25", "unheard of", "i4", "i26"]
        answer = stocked.runtime.get_personalized_ranking(campaignArn=campaign, userId="u1", inputList=asked)
        ranked = answer["personalizedRanking"]
        assert {item["itemId"] for item in ranked} == set(asked)
        assert {item["itemId"] for item in ranked[:2]} == {"i25", "i26"}
        assert ranked[-1]["itemId"] == "unheard of"
        assert sum(item.get("score", 0) for item in ranked) == pytest.approx(1, abs=1e-3)
        assert error_of(stocked.runtime.get_recommendations, campaignArn=campaign, userId="u")[0] == (
            "InvalidInputException"
        )


class TestSims:
    def test_relatives_share_their_users(self, stocked):
        campaign = stocked.trained("aws-sims")
        items = stocked.runtime.get_recommendations(campaignArn=campaign, itemId="i3", numResults=10)[
            "itemList"
        ]
        assert all(int(item["itemId"][1:]) < 15 for item in items)
        assert error_of(stocked.runtime.get_recommendations, campaignArn=campaign, userId="u0")[0] == (
            "InvalidInputException"
        )


@pytest.mark.parametrize(
    "recipe",
    [
        "presage-blend",
        "presage-ease",
        "presage-linear-recurrence",
        "presage-rp3beta",
        "presage-sequential-ridge",
        "presage-sequential-rules",
    ],
)
def test_recipes_beyond_those_of_aws_are_trained_and_answer_each_user(stocked, recipe):
    campaign = stocked.trained(recipe)
    even, odd = (stocked.recommend(campaign, user, numResults=500) for user in ("u0", "u1"))
    for items, first in ((even, range(15)), (odd, range(15, 30))):
        assert sum(item["score"] for item in items) == pytest.approx(1, abs=1e-3)
        assert sum(int(item["itemId"][1:]) in first for item in items[:10]) >= 9
    assert len(stocked.recommend(campaign, "stranger")) == 25


class TestPopularItems:
    @pytest.mark.parametrize("recipe", ["aws-popularity-count", "aws-trending-now"])
    def test_nobody_need_be_named(self, stocked, recipe):
        campaign = stocked.trained(recipe)
        answer = stocked.runtime.get_recommendations(campaignArn=campaign, numResults=10)
        assert len(answer["itemList"]) == 10
        assert all(set(item) == {"itemId"} for item in answer["itemList"])
        assert stocked.recommend(campaign, numResults=10) == answer["itemList"]

    def test_what_is_told_trends(self, inside, shop):
        shop.stocked()
        campaign = shop.trained("aws-trending-now")
        tracker = shop.personalize.create_event_tracker(name="t", datasetGroupArn=shop.group)["trackingId"]
        inside.clock.now = 1_800_000_000.0
        for user in ("u1", "u2", "u3"):
            event = {"eventType": "click", "itemId": "i29", "sentAt": inside.clock.now - 60}
            shop.events.put_events(trackingId=tracker, sessionId=user, userId=user, eventList=[event])
        answer = shop.runtime.get_recommendations(campaignArn=campaign)["itemList"]
        assert answer[0]["itemId"] == "i29"
