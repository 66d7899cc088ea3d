"""A request's values take the places of a filter's parameters."""

import pytest

from presage.filters import FilterError, bind, parse


def operands(text, values):
    bound = bind(parse(text), values)
    assert bound.parameters == set()
    return [condition.operand for condition in bound.conditions()]


@pytest.mark.parametrize(
    ("test", "value", "operand"),
    [
        ("IN ($P)", '"comedy","drama"', ("comedy", "drama")),
        ("IN ($P)", ' "a, b" , "c"', ("a, b", "c")),
        ("< $P", "10", 10),
        ("< $P", '"-1.5"', -1.5),
        ("= $P", '"gold"', ("gold",)),
        ("= $P", " 7 ", 7),
    ],
)
def test_values_are_read_as_they_are_compared(test, value, operand):
    assert operands(f"INCLUDE ItemID WHERE Items.A {test}", {"P": value}) == [operand]


@pytest.mark.parametrize(
    ("test", "value", "right"),
    [
        ("IN ($P)", "comedy", 'such as "a","b"'),
        ("IN ($P)", '"a" "b"', 'such as "a","b"'),
        ("IN ($P)", "", 'such as "a","b"'),
        ("< $P", "ten", "a number"),
        ("< $P", "nan", "a number"),
        ("< $P", "1_000", "a number"),
        ("< $P", "1e999", "a number"),
        ("= $P", "gold", "one string in double quotes"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(test, value, right):
    with pytest.raises(FilterError) as caught:
        operands(f"INCLUDE ItemID WHERE Items.A {test}", {"P": value})
    assert f"filterValues has '{value}' for 'P'; it must be" in str(caught.value)
    assert right in str(caught.value)


def test_what_an_exclude_lacks_is_met_by_nothing_and_an_include_lacks_nothing():
    both = "EXCLUDE ItemID WHERE Items.A IN ($A) | INCLUDE ItemID WHERE Items.B IN ($B)"
    assert operands(both, {"B": '"x"'}) == [(), ("x",)]
    with pytest.raises(FilterError, match="filterValues lacks 'B'"):
        operands(both, {"A": '"x"'})


def test_an_unknown_parameter_is_refused():
    with pytest.raises(FilterError, match="filterValues has 'a'; the filter has these parameters: A"):
        operands("EXCLUDE ItemID WHERE Items.A IN ($A)", {"a": '"x"'})
