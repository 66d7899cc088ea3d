"""Filters: made of an expression that fits the group's schemas, and used in answers."""

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
