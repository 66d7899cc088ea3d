import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage import yaml_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40)
@given(VALUES)
def test_what_is_written_is_read_again(value):
    assert yaml_text.load(yaml_text.dump(value)) == value


@pytest.mark.parametrize("text", ["no", "on", "12:30", "2026-01-05", "1_000", "0x1f", "=", "~x"])
def test_texts_that_yaml_1_1_takes_for_something_else_are_texts(text):
    assert yaml_text.load(f"a: {text}") == {"a": text}


@pytest.mark.parametrize(
    "text", ["\x85", "a\u2028b", " a\nb", "a\n\n", "\x1b[31m", "null", "- a\n: b", "é\n#"]
)
def test_a_text_survives_whatever_it_holds(text):
    assert yaml_text.load(yaml_text.dump({"a": text})) == {"a": text}


def test_a_name_that_stands_twice_is_refused_with_its_line():
    with pytest.raises(ValueError, match="line 3: 'a' stands here twice"):
        yaml_text.load("a: 1\nb: 2\na: 3\n")


@pytest.mark.parametrize(("text", "number"), [("010", 10), ("08", 8), ("-3", -3), ("+7", 7)])
def test_whole_numbers_are_decimal(text, number):
    assert yaml_text.load(f"a: {text}") == {"a": number}
