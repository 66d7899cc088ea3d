import polars as pl
import pytest

from presage.tables.layout import KINDS
from presage.tables.personalize.layout import layout_of
from presage.tables.personalize.rules import fault_of, may_be_missing, most_characters, rules_of
from presage.tables.personalize.schema import Field

from .samples import INTERACTIONS, ITEMS

GOOD = {"USER_ID": "u", "ITEM_ID": "i", "TIMESTAMP": 1_600_000_000, "EVENT_TYPE": "view", "EVENT_VALUE": 1.5}


def broken(**changes):
    row = pl.DataFrame([GOOD | changes], schema=layout_of(INTERACTIONS).types)
    return [rule.text for rule in rules_of(INTERACTIONS.fields) if row.select(rule.broken).item()]


def test_a_good_row_breaks_nothing():
    assert broken() == []
    assert broken(EVENT_VALUE=None, TIMESTAMP=0, USER_ID="u" * 256, EVENT_TYPE="x" * 1000) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"USER_ID": None}, "USER_ID must not be empty"),
        ({"ITEM_ID": "i" * 257}, "Length cannot be more than 256 characters for ITEM_ID"),
        ({"EVENT_TYPE": "é" * 1001}, "Length cannot be more than 1000 characters for EVENT_TYPE"),
        ({"EVENT_VALUE": float("nan")}, "EVENT_VALUE must be a finite number"),
        ({"EVENT_VALUE": float("-inf")}, "EVENT_VALUE must be a finite number"),
        ({"TIMESTAMP": -1}, "not negative"),
        ({"TIMESTAMP": 1_600_000_000_000}, "in seconds, not milliseconds"),
    ],
)
def test_each_rule_can_be_broken(change, says):
    (text,) = broken(**change)
    assert says in text


ITEM_GOOD = {"ITEM_ID": "i", "CREATION_TIMESTAMP": 1_600_000_000}
LIMITS = [
    (INTERACTIONS, "ITEM_ID", "i" * 256, "i" * 257, "Length cannot be more than 256 characters for ITEM_ID"),
    (INTERACTIONS, "EVENT_TYPE", "é" * 1000, "é" * 1001, "Length cannot be more than 1000 characters for"),
    (INTERACTIONS, "TIMESTAMP", 0, -1, "TIMESTAMP must be seconds since 1970, not negative"),
    (INTERACTIONS, "TIMESTAMP", 99_999_999_999, 100_000_000_000, "TIMESTAMP must be in seconds, not millis"),
    (INTERACTIONS, "EVENT_VALUE", 3.4e38, 1e39, "EVENT_VALUE must be a finite number"),
    (ITEMS, "GENRES", "x" * 1000, "x" * 1001, "Length cannot be more than 1000 characters for GENRES"),
    (ITEMS, "CREATION_TIMESTAMP", 0, 1_600_000_000_000, "CREATION_TIMESTAMP must be in seconds, not millis"),
    (
        ITEMS,
        "CREATION_TIMESTAMP",
        -157_766_400,
        -157_766_400_000,
        "CREATION_TIMESTAMP must be in seconds, not",
    ),
]


@pytest.mark.parametrize(("schema", "name", "good", "bad", "says"), LIMITS)
def test_a_limit_is_the_same_in_files_and_told_one_by_one(schema, name, good, bad, says):
    (field,) = (field for field in schema.fields if field.name == name)
    rest = GOOD if schema is INTERACTIONS else ITEM_GOOD

    def broken_in_file(value):
        row = pl.DataFrame([rest | {name: value}], schema=layout_of(schema).types, strict=False)
        return [rule.text for rule in rules_of(schema.fields) if row.select(rule.broken).item()]

    assert broken_in_file(good) == []
    assert fault_of(good, field) is None
    (text,) = broken_in_file(bad)
    assert text == fault_of(bad, field)
    assert says in text


def test_numbers_may_be_missing_but_no_time_of_an_event_and_no_text():
    fields = [Field(name=f"A_{kind}", kind=kind) for kind in KINDS]
    lenient = {field.kind for field in fields if may_be_missing(field)}
    assert lenient == {"int", "long", "float", "double"}
    assert may_be_missing(Field(name="A", kind="string", nullable=True))
    assert not may_be_missing(Field(name="TIMESTAMP", kind="long"))


def test_length_is_counted_in_characters_and_free_text_has_no_limit():
    assert broken(EVENT_TYPE="é" * 1000) == []
    by_name = {f.name: most_characters(f) for f in ITEMS.fields}
    assert by_name["ITEM_ID"] == 256
    assert by_name["GENRES"] == 1000
    assert by_name["ABOUT"] is None
    assert most_characters(Field(name="PRICE", kind="float")) is None
