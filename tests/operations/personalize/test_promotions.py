"""Promotions in answers of campaigns and recommenders."""

import pytest

from ..shop import error_of


def new_filter(shop, name, expression):
    return shop.personalize.create_filter(
        name=f"{shop.id}-{name}", datasetGroupArn=shop.group, filterExpression=expression
    )["filterArn"]


@pytest.fixture(scope="module")
def priced(bazaars):
    expression = "INCLUDE ItemID WHERE Items.PRICE > $LEAST"
    return new_filter(bazaars["ECOMMERCE"], "priced", expression)


def promoting(filter_arn, percent=20, least="24"):
    return {
        "name": "dear",
        "percentPromotedItems": percent,
        "filterArn": filter_arn,
        "filterValues": {"LEAST": least},
    }


def asked(bazaar, views, promotion, **request):
    answer = bazaar.runtime.get_recommendations(
        recommenderArn=views, userId="u0", promotions=[promotion], **request
    )
    return answer["itemList"]


@pytest.mark.parametrize(
    ("percent", "n_results", "n_promoted"), [(20, 10, 2), (1, 25, 1), (50, 5, 3), (100, 9, 6)]
)
def test_a_part_of_the_results_rounded_up_is_promoted(bazaar, views, priced, percent, n_results, n_promoted):
    items = asked(bazaar, views, promoting(priced, percent), numResults=n_results)
    assert len({item["itemId"] for item in items}) == n_results
    promoted = [item for item in items if "promotionName" in item]
    assert len(promoted) == n_promoted, "six items cost so much"
    for item in promoted:
        assert (item["promotionName"], item["reason"]) == ("dear", ["Promoted item"])
        assert int(item["itemId"][1:]) >= 24
    plain = bazaar.ask(views, userId="u0", numResults=30)
    others = [item["itemId"] for item in items if item not in promoted]
    for some in (others, [item["itemId"] for item in promoted]):
        assert some == sorted(some, key=plain.index), "both keep their order"


def test_the_filter_of_the_request_is_for_the_others(bazaar, views, priced):
    low = new_filter(bazaar, "low", 'INCLUDE ItemID WHERE Items.CATEGORY_L1 IN ("low")')
    items = asked(bazaar, views, promoting(priced), filterArn=low, numResults=10)
    assert {int(item["itemId"][1:]) >= 15 for item in items if "promotionName" in item} == {True}
    assert {int(item["itemId"][1:]) < 15 for item in items if "promotionName" not in item} == {True}


def test_metadata_comes_with_them(bazaar, views, priced):
    items = asked(bazaar, views, promoting(priced), metadataColumns={"ITEMS": ["PRICE"]}, numResults=10)
    assert all(float(item["metadata"]["price"]) > 24 for item in items if "promotionName" in item)


def test_of_no_results_none_is_promoted(bazaar, views, priced):
    assert asked(bazaar, views, promoting(priced), numResults=0) == []


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"filterArn": None}, "lacks filterArn"),
        ({"name": None}, "lacks name"),
        ({"percentPromotedItems": None}, "lacks percentPromotedItems"),
        ({"percentPromotedItems": 101}, "101"),
        ({"filterValues": {}}, "LEAST"),
    ],
)
def test_what_is_wrong_with_it_is_named(bazaar, views, priced, change, part):
    promotion = {k: v for k, v in (promoting(priced) | change).items() if v is not None}
    code, text = error_of(
        bazaar.runtime.get_recommendations, recommenderArn=views, userId="u0", promotions=[promotion]
    )
    assert code in ("InvalidInputException", "ValidationException")
    assert part in text


def test_there_is_one_at_most(bazaar, views, priced):
    code, _ = error_of(
        bazaar.runtime.get_recommendations,
        recommenderArn=views,
        userId="u0",
        promotions=[promoting(priced)] * 2,
    )
    assert code in ("InvalidInputException", "ValidationException")
