"""Filters: made of an expression that fits the group's schemas, and used in answers."""

import contextlib
import time

import pytest

from ..shop import INTERACTIONS, ITEMS, USERS, Shop, error_of


@pytest.fixture
def shop(shop):
    for kind, fields in (("INTERACTIONS", INTERACTIONS), ("ITEMS", ITEMS), ("USERS", USERS)):
        shop.dataset(kind, fields)
    return shop


def make(shop, expression, name="one"):
    arn = shop.personalize.create_filter(
        name=f"{shop.id}-{name}", datasetGroupArn=shop.group, filterExpression=expression
    )["filterArn"]
    shop.wait("filter", arn)
    return arn


def refusal(shop, expression, **request):
    request = {"name": "f", "datasetGroupArn": shop.group, "filterExpression": expression, **request}
    return error_of(shop.personalize.create_filter, **request)


def test_a_filter_is_made_described_listed_and_deleted(shop):
    expression = 'INCLUDE ItemID WHERE Items.GENRE IN ("low")'
    arn = make(shop, expression)
    assert arn.endswith(f":filter/{shop.id}-one")
    record = shop.personalize.describe_filter(filterArn=arn)["filter"]
    assert record["filterExpression"] == expression
    assert record["datasetGroupArn"] == shop.group
    assert record["status"] == "ACTIVE"
    other = make(shop, "EXCLUDE ItemID WHERE Items.PRICE > $P", "two")
    listed = shop.personalize.list_filters(datasetGroupArn=shop.group)["Filters"]
    assert [one["filterArn"] for one in listed] == [other, arn]
    assert refusal(shop, expression, name=f"{shop.id}-one")[0] == "ResourceAlreadyExistsException"
    shop.personalize.delete_filter(filterArn=arn)
    shop.gone("filter", arn)
    listed = shop.personalize.list_filters(datasetGroupArn=shop.group)["Filters"]
    assert [one["filterArn"] for one in listed] == [other]


REFUSED = {
    "INCLUDE ItemID WHERE Items.PRICE >": "At character 35 stands the end",
    "INCLUDE ItemID WHERE Items.COLOUR = 1": "Items has no field 'COLOUR'; it has: CREATION_TIMESTAMP",
    "INCLUDE ItemID WHERE Items.GENRE > 1": "it holds strings",
    "INCLUDE ActionID WHERE Actions.VALUE > 1": "the dataset group has no Actions dataset",
    "INCLUDE ItemID WHERE Items.GENRE NOT IN ($G)": "Invalid input symbol: $G. Placeholders are not allowed",
}


def test_an_expression_that_says_nothing_is_refused(shop):
    for expression, text in REFUSED.items():
        code, message = refusal(shop, expression)
        assert code == "InvalidInputException"
        assert message.startswith("Could not create filter. Invalid Expression: ")
        assert text in message


def test_a_group_must_be_there(shop):
    gone = shop.group + "-gone"
    code, _ = refusal(shop, "INCLUDE ItemID WHERE Items.PRICE > 1", datasetGroupArn=gone)
    assert code == "ResourceNotFoundException"


def test_the_filters_of_a_group_use_at_most_twenty_fields(inside):
    shop = Shop(inside)
    fields = [{"name": f"F{n}", "type": "float"} for n in range(21)]
    shop.dataset("ITEMS", [{"name": "ITEM_ID", "type": "string"}, *fields])
    for half in (range(10), range(10, 20)):
        make(
            shop,
            "INCLUDE ItemID WHERE " + " OR ".join(f"Items.F{n} > 0" for n in half),
            name=f"from-{half.start}",
        )
    code, message = refusal(shop, "INCLUDE ItemID WHERE Items.F20 > 0")
    assert code == "LimitExceededException"
    assert "would use 21 fields" in message
    make(shop, "INCLUDE ItemID WHERE Items.F3 > 0", name="known-field")


def test_filters_go_with_their_group(inside):
    shop = Shop(inside)
    shop.dataset("ITEMS", ITEMS)
    arn = make(shop, "INCLUDE ItemID WHERE Items.PRICE > 0")
    shop.personalize.delete_dataset(datasetArn=shop.datasets["ITEMS"])
    shop.gone("dataset", shop.datasets["ITEMS"])
    shop.personalize.delete_dataset_group(datasetGroupArn=shop.group)
    shop.gone("dataset_group", shop.group)
    assert error_of(shop.personalize.describe_filter, filterArn=arn)[0] == "ResourceNotFoundException"


@pytest.fixture(scope="module")
def popular(stocked):
    """A campaign of the stocked shop."""
    return stocked.trained("aws-popularity-count")


def recommended(shop, campaign, arn, values=(), **options):
    found = shop.recommend(campaign, filterArn=arn, filterValues=dict(values), numResults=500, **options)
    return {item["itemId"] for item in found}


def items(numbers):
    return {f"i{n}" for n in numbers}


def test_recommendations_hold_what_a_filter_lets_through(stocked, popular):
    low = make(stocked, 'INCLUDE ItemID WHERE Items.GENRE IN ("low")', "low")
    assert recommended(stocked, popular, low) == items(range(15))
    window = make(stocked, "INCLUDE ItemID WHERE Items.PRICE >= $LEAST AND Items.PRICE < $MOST", "window")
    assert recommended(stocked, popular, window, {"LEAST": "3.5", "MOST": "6"}) == items([3, 4, 5])
    both = make(
        stocked, "EXCLUDE ItemID WHERE Items.GENRE IN ($G) | EXCLUDE ItemID WHERE Items.PRICE > $P", "ex"
    )
    assert recommended(stocked, popular, both) == items(range(30))
    assert recommended(stocked, popular, both, {"G": '"low","none"'}) == items(range(15, 30))
    only = make(stocked, 'EXCLUDE ItemID WHERE Items.PRICE > 5 IF CurrentUser.GENDER IN ("a")', "only")
    assert recommended(stocked, popular, only, user="u1") == items(range(5))
    assert recommended(stocked, popular, only, user="u2") == items(range(30))


def test_what_a_user_does_is_left_out_within_a_second(stocked, popular):
    arn = make(stocked, 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Purchase")', "bought")
    tracker = stocked.personalize.create_event_tracker(name="t", datasetGroupArn=stocked.group)
    stocked.wait("event_tracker", tracker["eventTrackerArn"])
    assert "i3" in recommended(stocked, popular, arn, user="new-one")
    stocked.events.put_events(
        trackingId=tracker["trackingId"],
        userId="new-one",
        sessionId="s",
        eventList=[{"eventType": "purchase", "itemId": "i3", "sentAt": 1_800_000_000}],
    )
    deadline = time.monotonic() + 30
    while "i3" in recommended(stocked, popular, arn, user="new-one"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    stocked.personalize.delete_event_tracker(eventTrackerArn=tracker["eventTrackerArn"])


def test_rankings_and_related_items(stocked):
    ranking = stocked.trained("aws-personalized-ranking")
    low = make(stocked, 'INCLUDE ItemID WHERE Items.GENRE IN ("low")', "ranked")
    found = stocked.runtime.get_personalized_ranking(
        campaignArn=ranking, userId="u0", inputList=["i20", "i3", "no-such", "i1"], filterArn=low
    )["personalizedRanking"]
    assert {item["itemId"] for item in found} == {"i3", "i1"}
    assert sum(item["score"] for item in found) == pytest.approx(1)
    related = stocked.trained("aws-sims")
    cheaper = make(stocked, "INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE", "cheaper")
    assert recommended(stocked, related, cheaper, itemId="i4") == items(range(4))
    code, message = error_of(
        stocked.runtime.get_personalized_ranking,
        campaignArn=ranking,
        userId="u0",
        inputList=["i1"],
        filterArn=cheaper,
    )
    assert code == "InvalidInputException"
    assert "CurrentItem" in message
    bought = make(stocked, 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")', "of-user")
    code, message = error_of(
        stocked.runtime.get_recommendations, campaignArn=related, itemId="i4", filterArn=bought
    )
    assert (code, "userId is missing" in message) == ("InvalidInputException", True)


def test_values_are_each_requests_own(stocked, popular):
    arn = make(stocked, "INCLUDE ItemID WHERE Items.PRICE < $P", "values")
    for most in (3, 5, 3):
        assert recommended(stocked, popular, arn, {"P": str(most)}) == items(range(most))
    request = {"campaignArn": popular, "userId": "u0", "filterArn": arn}
    assert "lacks 'P'" in error_of(stocked.runtime.get_recommendations, **request)[1]


def test_a_filter_that_does_not_fit_a_request_is_refused(stocked, popular):
    arn = make(stocked, "INCLUDE ItemID WHERE Items.PRICE < $P", "errors")
    users = make(stocked, 'INCLUDE UserID WHERE Users.GENDER IN ("a")', "users")
    other = Shop(stocked.server)
    other.dataset("ITEMS", ITEMS)
    foreign = make(other, "INCLUDE ItemID WHERE Items.PRICE < 1")
    for code, text, request in [
        ("ResourceNotFoundException", "gone", {"filterArn": arn + "-gone"}),
        ("ResourceNotFoundException", popular, {"filterArn": popular}),
        ("InvalidInputException", "another dataset group", {"filterArn": foreign}),
        ("InvalidInputException", "does not choose items", {"filterArn": users}),
        ("InvalidInputException", "lacks 'P'", {"filterArn": arn}),
        ("InvalidInputException", "has 'Q'", {"filterArn": arn, "filterValues": {"P": "1", "Q": "1"}}),
        ("InvalidInputException", "must be a number", {"filterArn": arn, "filterValues": {"P": "x"}}),
        ("InvalidInputException", "without a filterArn", {"filterValues": {"P": "1"}}),
        ("InvalidInputException", "promotions", {"promotions": [{"filterArn": arn}]}),
    ]:
        found = error_of(stocked.runtime.get_recommendations, campaignArn=popular, userId="u0", **request)
        assert found[0] == code
        assert text in found[1]


def test_a_deleted_filter_is_unknown_a_moment_later(stocked, popular):
    arn = make(stocked, "INCLUDE ItemID WHERE Items.PRICE < 1", "short-lived")
    assert recommended(stocked, popular, arn) == items([0])
    stocked.personalize.delete_filter(filterArn=arn)
    deadline = time.monotonic() + 30
    with contextlib.suppress(stocked.runtime.exceptions.ResourceNotFoundException):
        while recommended(stocked, popular, arn):
            assert time.monotonic() < deadline, "a deleted filter is still used"
            time.sleep(0.05)
    code, _ = error_of(stocked.runtime.get_recommendations, campaignArn=popular, userId="u0", filterArn=arn)
    assert code == "ResourceNotFoundException"
