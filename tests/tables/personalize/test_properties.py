import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.errors import JobFailure
from presage.tables.datasets import DatasetTable
from presage.tables.imports import import_files
from presage.tables.layout import KINDS
from presage.tables.personalize.layout import layout_of
from presage.tables.personalize.properties import columns_from_properties
from presage.tables.personalize.schema import parse_schema

from .samples import INTERACTIONS, ITEMS, USER, avro, field


def schema_with(kind):
    return parse_schema(avro("Users", USER, field("NUMBER_OF_RATINGS", kind)))


def test_camel_case_finds_its_column_and_others_are_left_out():
    text = json.dumps({"numberOfRatings": 12, "unheardOf": 1, "userId": "another"})
    assert columns_from_properties(text, schema_with("long")) == {"NUMBER_OF_RATINGS": 12}


def test_a_column_may_be_named_as_it_is():
    assert columns_from_properties('{"NUMBER_OF_RATINGS": 1}', schema_with("int")) == {"NUMBER_OF_RATINGS": 1}


def test_an_object_is_taken_like_its_text():
    assert columns_from_properties({"price": "3.5"}, ITEMS) == {"PRICE": 3.5}


def test_an_event_may_carry_its_item_and_value():
    text = '{"itemId": "i1", "eventValue": "2.5"}'
    assert columns_from_properties(text, INTERACTIONS) == {"ITEM_ID": "i1", "EVENT_VALUE": 2.5}


@pytest.mark.parametrize(
    "key",
    [
        "userId",
        "sessionId",
        "eventType",
        "timestamp",
        "TimeStamp",
        "recommendationId",
        "impression",
        "USER_ID",
    ],
)
def test_an_event_may_not_repeat_its_own_members(key):
    with pytest.raises(ValueError, match=f"must not contain '{key}'"):
        columns_from_properties(json.dumps({key: "x"}), INTERACTIONS)


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '"{}"', json.dumps(json.dumps({"itemId": "i1"}))])
def test_what_is_no_object_is_refused_in_the_words_of_aws(text):
    with pytest.raises(ValueError, match=r"^Error parsing properties json$"):
        columns_from_properties(text, INTERACTIONS)


@pytest.mark.parametrize(
    ("kind", "value", "column"),
    [
        ("string", "a|b", "a|b"),
        ("string", 5, "5"),
        ("string", True, "true"),
        ("int", "12", 12),
        ("int", 12.0, 12),
        ("long", -(2**40), -(2**40)),
        ("float", 1, 1.0),
        ("double", "1e3", 1000.0),
        ("double", 1e39, 1e39),
        ("int", -(2**31), -(2**31)),
        ("boolean", "True", True),
        ("boolean", "true", True),
        ("boolean", False, False),
        (["null", "int"], None, None),
        (["null", "int"], "", None),
        (["null", "string"], "", None),
        ("boolean", "FALSE", False),
        ("int", "-2147483648", -(2**31)),
        ("int", " 12 ", 12),
        ("float", ".5", 0.5),
    ],
)
def test_values_become_the_type_of_their_column(kind, value, column):
    found = columns_from_properties(json.dumps({"numberOfRatings": value}), schema_with(kind))
    assert found == {"NUMBER_OF_RATINGS": column}
    assert type(found["NUMBER_OF_RATINGS"]) is type(column)


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("int", "12.5", "a whole number of at most 2147483647"),
        ("int", 2**31, "'2147483648'"),
        ("int", True, "'True'"),
        ("long", 1.5, "'1.5'"),
        ("long", [], "'[]'"),
        ("float", "inf", "a finite number"),
        ("double", {}, "a finite number"),
        ("float", True, "a finite number"),
        ("boolean", 1, "true or false"),
        ("boolean", [], "true or false"),
        ("string", ["a", "b"], "joined by |"),
        ("string", "x" * 1001, "Length cannot be more than 1000 characters for NUMBER_OF_RATINGS"),
        ("int", "", "is ''"),
        ("int", "1_000", "'1_000'"),
        ("double", "1_000", "'1_000'"),
        ("float", 1e39, "a finite number"),
        ("int", -(2**31) - 1, "'-2147483649'"),
        ("boolean", "yes", "true or false"),
        ("int", None, "does not allow null"),
        ("string", None, "does not allow null"),
        ("string", "", "is ''; its type does not allow null"),
        ("float", "true", "property NUMBER_OF_RATINGS is 'true'; it must be a finite number of 32 bits"),
        ("float", 3.5e38, "a finite number of 32 bits"),
        ("double", "1e400", "a finite number of 64 bits"),
        ("long", "\uff11\uff12", "a whole number of at most"),
        ("int", "12.0", "a whole number of at most"),
        ("boolean", "yes", "property NUMBER_OF_RATINGS is 'yes'; it must be true or false"),
    ],
)
def test_values_that_cannot_are_named(kind, value, says):
    with pytest.raises(ValueError, match="NUMBER_OF_RATINGS") as caught:
        columns_from_properties(json.dumps({"numberOfRatings": value}), schema_with(kind))
    assert says in str(caught.value)


def test_an_item_may_be_older_than_1970_but_no_time_is_in_milliseconds():
    assert columns_from_properties('{"creationTimestamp": -157766400}', ITEMS) == {
        "CREATION_TIMESTAMP": -157766400
    }
    with pytest.raises(ValueError, match="CREATION_TIMESTAMP must be in seconds.*'1600000000000'"):
        columns_from_properties('{"creationTimestamp": 1600000000000}', ITEMS)


TEXTS = """true True TRUE tRuE false False 1 0 yes t 12 +12 -12 12.0 1e3 1E3 1_000 0x1f .5 5. nan NaN inf -inf
Infinity 1e400 1e39 3.5e38 99999999999 9223372036854775807 9223372036854775808 -2147483648 2147483648
-2147483649 \uff11\uff12 -0 00012 --1 1.5 1.0000000000000000001 -1.0 1e-400 . e5 1e +""".split()


@pytest.mark.parametrize("kind", ["boolean", "int", "long", "float", "double"])
def test_a_text_is_read_as_a_file_reads_it(kind, tmp_path):
    schema = schema_with(kind)
    for text in TEXTS:
        file = tmp_path / "users.csv"
        file.write_text(f"USER_ID,NUMBER_OF_RATINGS\nu,{text}\n")
        table = DatasetTable(tmp_path / kind)
        imported = told = None
        with contextlib.suppress(JobFailure):
            import_files([("users.csv", file)], layout_of(schema), table, "FULL", lambda *_: None)
            imported = table.read(layout_of(schema))["NUMBER_OF_RATINGS"].item()
        with contextlib.suppress(ValueError):
            told = columns_from_properties({"numberOfRatings": text}, schema)["NUMBER_OF_RATINGS"]
        assert told == (pytest.approx(imported, rel=1e-7) if imported else imported), text


def test_free_text_is_cut():
    found = columns_from_properties(json.dumps({"about": "x" * 30_000}), ITEMS)
    assert len(found["ABOUT"]) == 20_000


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from(KINDS),
)
def test_any_value_is_taken_or_refused(value, kind):
    text = json.dumps({"numberOfRatings": value})
    with contextlib.suppress(ValueError):
        columns_from_properties(text, schema_with(["null", kind]))
