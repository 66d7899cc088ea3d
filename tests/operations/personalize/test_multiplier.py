"""A column of the items multiplies scores at request time."""

import pytest

from ..bazaar import VIEWS
from ..shop import error_of


def config(column):
    return {"itemExplorationConfig": {"presage:multiplierColumn": column}}


def test_a_recommender_follows_its_column(bazaar):
    boosted = bazaar.recommender(VIEWS, recommenderConfig=config("boost"))
    assert bazaar.ask(boosted, userId="u0")[0] == "i0", "it has a boost of 50, the others none"


@pytest.mark.parametrize("recipe", ["presage-ease", "aws-popularity-count"])
def test_a_campaign_follows_its_column_and_lets_go_of_it(bazaar, recipe):
    campaign = bazaar.trained(recipe)
    before = bazaar.recommend(campaign, "u1", numResults=30)
    assert before[0]["itemId"] != "i0"
    bazaar.personalize.update_campaign(campaignArn=campaign, campaignConfig=config("BOOST"))
    after = bazaar.recommend(campaign, "u1", numResults=30)
    if "score" in after[0]:
        score = {item["itemId"]: item["score"] for item in before}
        weighed = {item: one * (50 if item == "i0" else 1) for item, one in score.items()}
        expected = {item: one / sum(weighed.values()) for item, one in weighed.items()}
        assert {item["itemId"]: item["score"] for item in after} == pytest.approx(expected, rel=1e-4)
    else:
        assert after[0]["itemId"] == "i0"
    bazaar.personalize.update_campaign(
        campaignArn=campaign, campaignConfig={"enableMetadataWithRecommendations": True}
    )
    assert bazaar.recommend(campaign, "u1", numResults=30) == before


def test_a_column_that_is_no_number_is_refused(bazaar):
    for column in ("CATEGORY_L1", "nothing"):
        code, text = error_of(
            lambda name=column: bazaar.new_recommender(VIEWS, recommenderConfig=config(name))
        )
        assert code == "InvalidInputException"
        assert f"{column!r}; it must be a numeric column of Items: 'PRICE', 'BOOST'" in text
