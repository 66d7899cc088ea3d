from hypothesis import given, settings
from hypothesis import strategies as st

from presage.moving.values import Change, differences, merged

SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@settings(max_examples=40)
@given(VALUES)
def test_nothing_differs_from_itself(value):
    assert differences(value, value) == []


@settings(max_examples=40)
@given(st.dictionaries(st.text(max_size=3), VALUES), st.dictionaries(st.text(max_size=3), VALUES))
def test_what_is_declared_over_what_stands_leaves_no_difference(declared, stands):
    assert differences(declared, merged(declared, stands)) == []


def test_texts_and_numbers_of_the_same_value_are_one():
    assert differences({"a": 32, "b": True, "c": 1.0}, {"a": "32", "b": "true", "c": 1}) == []
    assert differences({"a": "007"}, {"a": "7"}) == [Change("a", "7", "007")]


def test_nothing_and_what_is_empty_are_one():
    assert differences({"a": False, "b": {}, "c": []}, {}) == []
    assert differences({"a": 0}, {}) == [Change("a", None, 0)]


def test_a_change_names_its_place():
    declared = {"arms": [{"name": "a", "weight": 1}, {"name": "b", "weight": 2}]}
    stands = {"arms": [{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]}
    assert differences(declared, stands) == [Change("arms[1].weight", 1, 2)]


def test_lists_of_scalars_have_no_order_and_completed_lists_may_hold_more():
    assert differences({"types": ["0.1", "mean"]}, {"types": ["mean", "0.1"]}) == []
    declared, stands = {"of": [{"name": "a"}]}, {"of": [{"name": "b"}, {"name": "a", "more": 1}]}
    assert differences(declared, stands, completed=("of",)) == []
    assert [change.path for change in differences(declared, stands)] == ["of"]
