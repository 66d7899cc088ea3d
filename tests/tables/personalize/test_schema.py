import contextlib
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.tables.layout import KINDS
from presage.tables.personalize.schema import (
    RECORD_NAMES,
    Field,
    check_fits,
    check_reserved,
    check_successor,
    parse_schema,
)

from .samples import EVENT_TYPE, EVENT_VALUE, INTERACTIONS, ITEM, TIME, USER, avro, field


def test_fields_keep_their_order_types_and_marks():
    text = avro(
        "Items",
        ITEM,
        field("GENRES", ["string", "null"], categorical=True),
        field("ABOUT", ["null", "string"], textual=True),
        field("TITLE", itemName=True),
        field("CREATION_TIMESTAMP", "long"),
    )
    schema = parse_schema(text)
    assert schema.dataset_type == "ITEMS"
    assert schema.fields == (
        Field(name="ITEM_ID", kind="string"),
        Field(name="GENRES", kind="string", nullable=True, categorical=True),
        Field(name="ABOUT", kind="string", nullable=True, textual=True),
        Field(name="TITLE", kind="string", item_name=True),
        Field(name="CREATION_TIMESTAMP", kind="long"),
    )
    assert schema.record_id == "ITEM_ID"
    assert [f.name for f in schema.metadata] == ["GENRES", "ABOUT", "TITLE"]


def test_interactions_have_no_record_id():
    assert INTERACTIONS.record_id is None
    assert INTERACTIONS.metadata == ()
    assert "ITEM_ID" in INTERACTIONS
    assert "PRICE" not in INTERACTIONS


@pytest.mark.parametrize("name", ["interactions", "INTERACTIONS", "iNteractions"])
def test_a_record_is_named_in_any_case(name):
    assert parse_schema(avro(name, USER, ITEM, TIME)) == parse_schema(avro("Interactions", USER, ITEM, TIME))


def test_items_in_any_case_may_have_free_text():
    assert parse_schema(avro("items", ITEM, field("ABOUT", textual=True))).fields[1].textual


def test_version_and_namespace_may_be_left_out():
    record = json.loads(avro("Interactions", USER, ITEM, TIME))
    del record["version"], record["namespace"]
    assert parse_schema(json.dumps(record)) == parse_schema(avro("Interactions", USER, ITEM, TIME))


@pytest.mark.parametrize("version", [1, 1.0, "1", "1.0"])
def test_a_version_may_be_a_number(version):
    assert parse_schema(avro("Users", USER, version=version)).names == ("USER_ID",)


def test_a_byte_order_mark_is_passed_over():
    assert parse_schema("\ufeff" + avro("Users", USER)).names == ("USER_ID",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (avro("Interactions", USER, ITEM, field("TIMESTAMP", "string")), "'TIMESTAMP' has type 'string'"),
        (avro("Interactions", USER, ITEM, field("TIMESTAMP", ["long", "null"])), "'TIMESTAMP' allows null"),
        (avro("Interactions", field("USER_ID", "long"), ITEM, TIME), "'USER_ID' has type 'long'"),
        (avro("Interactions", USER, field("ITEM_ID", "int"), TIME), "'ITEM_ID' has type 'int'"),
        (avro("Items", ITEM, field("CREATION_TIMESTAMP", "string")), "'CREATION_TIMESTAMP' has type"),
        (avro("Users", field("USER_ID", ["null", "string"])), "'USER_ID' allows null"),
    ],
)
def test_a_reserved_field_of_another_type_is_found_before_there_is_a_dataset(text, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        check_reserved(parse_schema(text), None)


def test_reserved_fields_of_a_domain_are_checked_too():
    schema = parse_schema(avro("Items", ITEM, field("PRICE", "double")))
    check_reserved(schema, None)
    with pytest.raises(ValueError, match="'PRICE' has type 'double'"):
        check_reserved(schema, "ECOMMERCE")


@pytest.mark.parametrize("kind", KINDS)
def test_a_union_of_one_type_is_that_type(kind):
    assert parse_schema(avro("Users", field("A", [kind]))).fields == (Field(name="A", kind=kind),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("[]", "JSON array"),
        ("7", "JSON number"),
        (avro("Interactions", USER, type="enum"), "'type' is 'enum'"),
        (avro("Interaction", USER), "'name' is 'Interaction'"),
        (avro("Interactions", USER, namespace="com.example"), "'namespace' is 'com.example'"),
        (avro("Interactions", USER, version="2.0"), "'version' is '2.0'; it must be '1.0'"),
        (avro("Interactions", USER, version=[1]), "'version' is"),
        (avro("Interactions", USER, version=2), "'version' is 2; it must be '1.0'"),
        (avro("Interactions", USER, version=True), "'version' is True"),
        (avro("Interactions", USER, namespace=None), "'namespace' is None"),
        (avro(["Interactions"], USER), "'name' is ['Interactions']"),
        (avro("Interactions", field("A", ["x" * 5000])), f"has type ['{'x' * 98}...; it must be"),
        (avro("Interactions", field("x" * 5000)), f"'{'x' * 99}... is not allowed"),
        (avro("Interactions", fields=None), "no 'fields'"),
        (avro("Interactions"), "no 'fields'"),
        (avro("Interactions", "USER_ID"), "JSON string"),
        (avro("Interactions", field("1ST")), "'1ST'"),
        (avro("Interactions", field("")), "field name ''"),
        (avro("Interactions", {"type": "string"}), "field name None"),
        (avro("Interactions", field("_SEQ")), "taken by presage"),
        (avro("Interactions", field("A", "bytes")), "'bytes'"),
        (avro("Interactions", field("A", ["string", "int"])), "union with null"),
        (avro("Interactions", field("A", ["null"])), "union with null"),
        (avro("Interactions", field("A", {"type": "array", "items": "string"})), "'array'"),
        (avro("Interactions", field("A", "int", categorical=True)), "only strings"),
        (avro("Interactions", field("A", categorical="yes")), "true or false"),
        (avro("Users", field("A", textual=True)), "Items schema"),
        (avro("Users", field("A", itemName=True)), "Items schema"),
        (avro("Items", field("A", textual=True), field("B", textual=True)), "more than one"),
        (avro("Items", field("GENRES_FIELD_1"), field("GENRESFIELD1")), "collide"),
        (avro("Items", field("A"), field("A")), "collide"),
    ],
)
def test_what_no_schema_may_say(text, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_schema(text)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from(["type", "name", "namespace", "fields", "version"]),
)
def test_any_json_in_any_place_is_parsed_or_refused(value, key):
    record = json.loads(avro("Interactions", USER, ITEM, TIME)) | {key: value}
    with contextlib.suppress(ValueError):
        parse_schema(json.dumps(record))


@pytest.mark.parametrize("record_name", RECORD_NAMES)
def test_a_schema_of_one_type_fits_no_other(record_name):
    schema = parse_schema(avro(record_name, USER, ITEM, TIME))
    for other in set(RECORD_NAMES.values()) - {schema.dataset_type}:
        with pytest.raises(ValueError, match="schema is for"):
            check_fits(schema, other, None)


def test_the_dataset_type_may_be_written_in_any_case():
    check_fits(INTERACTIONS, "Interactions", None)
    check_fits(INTERACTIONS, "INTERACTIONS", "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (avro("Interactions", USER, TIME), "must have the fields: ITEM_ID"),
        (avro("Interactions", USER, ITEM, field("TIMESTAMP")), "TIMESTAMP' has type 'string'"),
        (avro("Interactions", field("USER_ID", ["null", "string"]), ITEM, TIME), "USER_ID' allows null"),
        (avro("Interactions", field("USER_ID", categorical=True), ITEM, TIME), "must not be 'categorical'"),
        (avro("Interactions", USER, ITEM, TIME, field("EVENT_TYPE", categorical=True)), "must not be"),
        (avro("Interactions", USER, ITEM, TIME, field("EVENT_VALUE", "int")), "must be 'float'"),
        (avro("Interactions", USER, ITEM, TIME, *(field(f"M{n}") for n in range(6))), "at most 5"),
        (
            avro("Users", USER, *(field(f"M{n}") for n in range(300))),
            "at most 25 metadata fields; this one has 300: M0, M1, M2, M3, M4, M5, M6, M7, M8, M9 and 290 more",
        ),
        (avro("Users", USER), "at least one metadata field"),
        (avro("Users", USER, *(field(f"M{n}") for n in range(26))), "at most 25"),
        (avro("Items", ITEM), "at least one metadata field"),
        (avro("Items", ITEM, *(field(f"M{n}") for n in range(101))), "at most 100"),
        (avro("Actions", field("ACTION_ID"), *(field(f"M{n}") for n in range(11))), "at most 10"),
        (avro("Actions", field("ACTION_ID"), field("VALUE", "float")), "must be 'long'"),
        (avro("ActionInteractions", USER, field("ACTION_ID"), TIME), "must have the fields: EVENT_TYPE"),
    ],
)
def test_what_a_custom_dataset_does_not_take(text, says):
    schema = parse_schema(text)
    with pytest.raises(ValueError, match=re.escape(says)):
        check_fits(schema, schema.dataset_type, None)


@pytest.mark.parametrize(
    "text",
    [
        avro("Interactions", USER, ITEM, TIME, EVENT_TYPE, EVENT_VALUE, *(field(f"M{n}") for n in range(5))),
        avro("Items", ITEM, field("CREATION_TIMESTAMP", "long")),
        avro("Users", USER, field("AGE", "int")),
        avro("Actions", field("ACTION_ID"), field("REPEAT_FREQUENCY", ["long", "null"])),
        avro("ActionInteractions", USER, field("ACTION_ID"), EVENT_TYPE, TIME),
    ],
)
def test_what_a_custom_dataset_takes(text):
    schema = parse_schema(text)
    check_fits(schema, schema.dataset_type, None)


def test_items_and_users_may_gain_fields_that_allow_null():
    old = parse_schema(avro("Users", USER, field("AGE", "int")))
    new = parse_schema(avro("Users", field("CITY", ["null", "string"]), field("AGE", "int"), USER))
    check_successor(old, new)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ([USER], "'AGE' is missing"),
        ([USER, field("AGE", "long")], "'AGE' differs"),
        ([USER, field("AGE", ["null", "int"])], "'AGE' differs"),
        ([USER, field("AGE", "int"), field("CITY")], "'CITY' is new; it must allow null"),
    ],
)
def test_a_new_schema_takes_nothing_away(fields, says):
    old = parse_schema(avro("Users", USER, field("AGE", "int")))
    with pytest.raises(ValueError, match=re.escape(says)):
        check_successor(old, parse_schema(avro("Users", *fields)))


def test_the_schema_of_interactions_and_the_type_of_a_dataset_do_not_change():
    users = parse_schema(avro("Users", USER, field("AGE", "int")))
    with pytest.raises(ValueError, match="cannot change"):
        check_successor(INTERACTIONS, INTERACTIONS)
    with pytest.raises(ValueError, match="dataset is USERS"):
        check_successor(users, parse_schema(avro("Items", ITEM, field("AGE", "int"))))
