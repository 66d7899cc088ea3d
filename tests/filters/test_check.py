"""What a filter refers to is held against the schemas."""

import pytest

from presage.filters import FilterError, check, fields_of, parse

COLUMNS = {
    "ITEMS": {"Genre": "string", "PRICE": "number", "TEXT": "textual", "NEW": "boolean"},
    "INTERACTIONS": {"EVENT_TYPE": "string"},
}


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("Items.NONE = 1", "Items has no field 'NONE'; it has: Genre, NEW, PRICE, TEXT"),
        ("Items.GENRE < 1", "Items.GENRE: it holds strings"),
        ("Items.GENRE = 1", "Items.GENRE: it holds strings"),
        ("Items.GENRE >= $G", "Items.GENRE: it holds strings"),
        ('Items.PRICE IN ("1")', "Items.PRICE: it holds numbers"),
        ('Items.PRICE = "1"', "Items.PRICE: it holds numbers"),
        ("Items.PRICE IN CurrentItem.PRICE", "Items.PRICE: it holds numbers"),
        ("Items.PRICE < CurrentItem.GENRE", "a field of its own kind"),
        ("Items.PRICE < CurrentItem.NONE", "Items has no field 'NONE'"),
        ('Items.TEXT IN ("a")', "TEXT is textual"),
        ('Items.NEW IN ("true")', "NEW is boolean"),
        ("Items.PRICE < 1 IF CurrentUser.AGE < 1", "the dataset group has no Users dataset"),
        ("Interactions.EVENT_TYPE < 1", "Interactions.EVENT_TYPE: it holds strings"),
    ],
)
def test_what_cannot_be_compared_is_refused(condition, text):
    with pytest.raises(FilterError, match="At character") as caught:
        check(parse(f"INCLUDE ItemID WHERE {condition}"), COLUMNS)
    assert text in str(caught.value)


def test_names_are_compared_in_any_case():
    check(parse('INCLUDE ItemID WHERE items.gENRE IN ("a") AND ITEMS.price < CurrentItem.Price'), COLUMNS)


def test_events_without_a_type_can_be_asked_for_any_type_alone():
    check(parse('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")'), {"INTERACTIONS": {}})
    with pytest.raises(FilterError, match="Interactions has no field 'EVENT_TYPE'"):
        check(parse('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("a")'), {"INTERACTIONS": {}})


def test_more_than_ten_fields_are_too_many():
    columns = {"ITEMS": {f"F{n}": "number" for n in range(11)}}
    ten = parse("INCLUDE ItemID WHERE " + " AND ".join(f"Items.F{n} < 1" for n in range(10)))
    check(ten, columns)
    assert fields_of(ten) == {("ITEMS", f"F{n}") for n in range(10)}
    eleven = parse("INCLUDE ItemID WHERE " + " AND ".join(f"Items.F{n} < 1" for n in range(11)))
    with pytest.raises(FilterError, match="uses 11 fields; it may use 10"):
        check(eleven, columns)
