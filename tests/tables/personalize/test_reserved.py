import re

import pytest

from presage.tables.personalize.reserved import RESERVED, rules_for
from presage.tables.personalize.schema import check_fits, parse_schema

from .samples import EVENT_TYPE, ITEM, TIME, USER, avro, field

GENRES = field("GENRES", ["null", "string"], categorical=True)
CREATED = field("CREATION_TIMESTAMP", "long")
CATEGORY = field("CATEGORY_L1", ["string"], categorical=True)
PRICE = field("PRICE", "float")


@pytest.mark.parametrize(
    ("domain", "text"),
    [
        ("VIDEO_ON_DEMAND", avro("Interactions", USER, ITEM, TIME, EVENT_TYPE)),
        ("VIDEO_ON_DEMAND", avro("Items", ITEM, GENRES, CREATED)),
        ("VIDEO_ON_DEMAND", avro("Users", USER, field("SUBSCRIPTION_MODEL", categorical=True))),
        ("ECOMMERCE", avro("Items", ITEM, PRICE, CATEGORY)),
        ("ECOMMERCE", avro("Users", USER, field("MEMBERSHIP_STATUS", categorical=True))),
    ],
)
def test_a_domain_takes_its_default_schemas(domain, text):
    schema = parse_schema(text)
    check_fits(schema, schema.dataset_type, domain)


@pytest.mark.parametrize(
    ("domain", "text", "says"),
    [
        (
            "ECOMMERCE",
            avro("Interactions", USER, ITEM, TIME),
            "in domain ECOMMERCE must have the fields: EVENT_TYPE",
        ),
        ("VIDEO_ON_DEMAND", avro("Items", ITEM, GENRES), "CREATION_TIMESTAMP"),
        ("VIDEO_ON_DEMAND", avro("Items", ITEM, field("GENRES"), CREATED), "must be 'categorical'"),
        ("ECOMMERCE", avro("Items", ITEM, field("PRICE", "double"), CATEGORY), "must be 'float'"),
        (
            "ECOMMERCE",
            avro("Items", ITEM, PRICE, CATEGORY, field("PRODUCT_DESCRIPTION")),
            "must be 'textual'",
        ),
        ("ECOMMERCE", avro("Actions", field("ACTION_ID"), field("TYPE")), "no ACTIONS datasets"),
        ("HOTELS", avro("Interactions", USER, ITEM, TIME), "'HOTELS' is unknown"),
    ],
)
def test_what_a_domain_does_not_take(domain, text, says):
    schema = parse_schema(text)
    with pytest.raises(ValueError, match=re.escape(says)):
        check_fits(schema, schema.dataset_type, domain)


def test_an_unknown_dataset_type_is_named():
    schema = parse_schema(avro("Items", ITEM, PRICE))
    with pytest.raises(ValueError, match="'things' is unknown"):
        check_fits(schema, "things", None)


def test_reserved_fields_of_a_domain_are_no_metadata():
    own = [field(f"M{n}") for n in range(100)]
    schema = parse_schema(avro("Items", ITEM, PRICE, CATEGORY, field("GENDER", categorical=True), *own))
    check_fits(schema, "ITEMS", "ECOMMERCE")
    with pytest.raises(ValueError, match="at most 100"):
        check_fits(schema, "ITEMS", None)


@pytest.mark.parametrize("dataset_type", RESERVED)
def test_a_required_field_is_never_declared_twice(dataset_type):
    fields = [f.name for f in rules_for(dataset_type, None).fields]
    assert len(fields) == len(set(fields))
