"""Filter expressions become trees, and every mistake says where it is."""

import json
from pathlib import Path

import pytest

from presage.filters import Condition, CurrentItem, FilterError, Parameter, check, parse

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data/personalize_filters.jsonl").read_text().splitlines()
]
STRINGS = """GENRE CATEGORY CATEGORY_L1 CATEGORY_L2 OWNER AVAILABLE PROMOTED ALLOWED_COUNTRIES LANGUAGE AGE_RATING
REGION out_of_stock A B C TITLE""".split()
NUMBERS = "PRICE CREATION_TIMESTAMP NUMBER_OF_DOWNLOADS YEAR STOCK RATING TEMPERATURE".split()
ITEMS = dict.fromkeys(STRINGS, "string") | dict.fromkeys(NUMBERS, "number")
COLUMNS = {
    "ITEMS": ITEMS | {"DESCRIPTION": "textual", "IS_NEW": "boolean", "IN_STOCK": "string"},
    "INTERACTIONS": {"EVENT_TYPE": "string", "DEVICE": "string", "TIMESTAMP": "number"},
    "USERS": {
        "AGE": "number",
        **dict.fromkeys("MEMBERSHIP MEMBERSHIP_STATUS COUNTRY GENDER".split(), "string"),
    },
    "ACTIONS": {
        **dict.fromkeys("VALUE REPEAT_FREQUENCY ACTION_EXPIRATION_TIMESTAMP".split(), "number"),
        **dict.fromkeys("CATEGORY MEMBERSHIP_LEVEL".split(), "string"),
    },
    "ACTION_INTERACTIONS": {"EVENT_TYPE": "string"},
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["expression"][:60])
def test_the_guide_and_its_samples(case):
    """Every expression of the facts is taken or refused as they say."""
    text = case["expression"]
    is_number = "IN_STOCK =" in text
    columns = {**COLUMNS, "ITEMS": COLUMNS["ITEMS"] | ({"IN_STOCK": "number"} if is_number else {})}
    if case["valid"]:
        check(parse(text), columns)
    else:
        with pytest.raises(FilterError):
            check(parse(text), columns)


def test_there_are_as_many_cases_as_facts():
    assert (len(CASES), sum(case["valid"] for case in CASES)) == (106, 58)


def condition(dataset, field, operator, operand):
    return Condition(dataset=dataset, field=field, operator=operator, operand=operand)


def test_and_binds_closer_than_or():
    (one,) = parse(
        'include itemid where items.A in ("x") and ITEMS.b NOT IN ("y", \'z\') or Items.c >= -1.5e1'
    ).expressions
    assert one.includes
    assert one.alternatives == (
        (condition("ITEMS", "A", "IN", ("x",)), condition("ITEMS", "B", "NOT IN", ("y", "z"))),
        (condition("ITEMS", "C", ">=", -15.0),),
    )


def test_parameters_seed_items_and_users():
    filter_ = parse(
        "EXCLUDE ItemID WHERE Items.P < CurrentItem.Q AND Items.G IN ($g) IF CurrentUser.M = $M"
        ' | INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'
    )
    first, second = filter_.expressions
    assert first.alternatives[0][0].operand == CurrentItem("Q")
    assert first.alternatives[0][1].operand == Parameter("g")
    assert first.only_if == (condition("USERS", "M", "=", Parameter("M")),)
    assert second.alternatives == ((condition("INTERACTIONS", "EVENT_TYPE", "IN", ("*",)),),)
    assert filter_.parameters == {"g", "M"}
    assert filter_.asks_user
    assert filter_.asks_item


@pytest.mark.parametrize(
    ("text", "where", "right"),
    [
        ("INCLUDE ItemID Items.A = 1", "At character 16 stands 'Items'", "WHERE"),
        ("INCLUDE ItemID WHERE", "At character 21 stands the end", "a field of Items or Interactions"),
        ("INCLUDE ItemID WHERE Items.A IN (drama)", "At character 34 stands 'drama'", "double quotes"),
        ('INCLUDE ItemID WHERE Items.A IN ("dra', "At character 34", 'close it with "'),
        ("INCLUDE ItemID WHERE Items.A LIKE 1", "At character 30 stands 'LIKE'", "IN, NOT IN or one of ="),
        ("INCLUDE ItemID WHERE Items.A = 1 # no", "At character 34 stands '#'", "a quoted string"),
        ("INCLUDE ItemID WHERE Items.A > $", "At character 32 stands '$'", "$VALUE"),
        ("INCLUDE ItemID WHERE Items.A > 1e999", "At character 32 stands '1e999'", "64 bits"),
        ("INCLUDE ItemID WHERE Items.A = 1 x", "At character 34 stands 'x'", "AND, OR, IF, | or the end"),
    ],
)
def test_a_mistake_says_where_it_is_and_what_would_be_right(text, where, right):
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert str(caught.value).startswith(where)
    assert right in str(caught.value)


@pytest.mark.parametrize("sign", ["(", "|", "$a", '"', "1", "-", "a.", " ", "\x00", "é", "IF "])
def test_whatever_is_repeated_is_refused_in_one_pass(sign):
    begun = "INCLUDE ItemID WHERE Items.A IN "
    for text in (sign * (2500 // len(sign)), begun + sign * ((2500 - len(begun)) // len(sign))):
        with pytest.raises(FilterError, match="At character"):
            parse(text)
    with pytest.raises(FilterError, match="1 to 2500"):
        parse("INCLUDE" + sign * 2500)


def test_a_long_expression_is_read():
    n = 80
    filter_ = parse("INCLUDE ItemID WHERE " + " OR ".join(["Items.A IN ($AB_1)"] * n))
    assert len(filter_.expressions[0].alternatives) == n
