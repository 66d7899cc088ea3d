import polars as pl
import pytest

from presage.errors import JobFailure
from presage.features.columns import Columns
from presage.features.encode import encode
from presage.features.objective import item_rewards

INTERACTIONS = pl.DataFrame({"USER_ID": ["ann"], "ITEM_ID": ["hat"], "TIMESTAMP": [1]})


def rewards(column, ids=("bow", "cap"), **columns):
    items = pl.DataFrame({"ITEM_ID": ids, **columns})
    names = encode(INTERACTIONS, items, None, Columns()).vocabulary.items
    return item_rewards(items, names, column)


def test_an_item_is_worth_what_its_record_says():
    assert rewards("MARGIN", MARGIN=[1.5, -2]).tolist() == [1.5, -2, 0]


def test_the_column_is_named_in_any_case():
    assert rewards("Margin", MARGIN=[1.5, -2]).tolist() == [1.5, -2, 0]


def test_the_last_record_of_an_item_holds():
    assert rewards("MARGIN", ("cap", "bow", "cap"), MARGIN=[None, 1, 3]).tolist() == [1, 3, 0]


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("PRICE", [1.0, 2.0], "Items has: MARGIN, NAME"),
        ("MARGIN", [1.0, None], "item 'cap' has None"),
        ("MARGIN", [1.0, float("nan")], "item 'cap' has nan"),
        ("MARGIN", ["1", "dear"], "item 'cap' has 'dear'"),
    ],
)
def test_an_objective_needs_numbers(column, values, reason):
    with pytest.raises(JobFailure, match=reason):
        rewards(column, MARGIN=values, NAME=["a bow", "a cap"])


def test_an_objective_needs_items():
    names = encode(INTERACTIONS, None, None, Columns()).vocabulary.items
    with pytest.raises(JobFailure, match="Items has: none"):
        item_rewards(None, names, "PRICE")
