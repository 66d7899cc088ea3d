import pytest

from .shop import CAMPAIGN, ask, ask_order


def scores(shop, **question):
    return dict(ask(shop, "ann", **question))


@pytest.fixture
def multiplied(shop, folder):
    """Prices: tie 2.5, hat 4; the others have none."""
    before = scores(shop)
    shop.deploy_version(CAMPAIGN, folder, multiplier_column="price")
    return shop, before


def test_scores_are_multiplied_by_a_column_and_sum_to_one(multiplied):
    shop, before = multiplied
    weighed = {item: score * {"tie": 2.5, "hat": 4.0}.get(item, 1.0) for item, score in before.items()}
    expected = {item: score / sum(weighed.values()) for item, score in weighed.items()}
    assert scores(shop) == pytest.approx(expected, rel=1e-5)
    assert next(item for item, _ in ask(shop, "ann")) == "hat"


def test_a_ranking_is_multiplied_too(multiplied):
    shop, before = multiplied
    ratio = before["tie"] * 2.5 / before["bow"]
    found = dict(ask_order(shop, "ann", ["bow", "tie"]))
    assert found["tie"] / found["bow"] == pytest.approx(ratio, rel=1e-5)


def test_it_moves_with_what_is_told(multiplied):
    shop, _ = multiplied
    shop.learn({"ITEM_ID": "tie", "PRICE": 500.0}, {"ITEM_ID": "hat", "PRICE": -1.0}, kind="ITEMS")
    shop.get(CAMPAIGN).served._made_at = -1e9
    shop.refresh()
    found = ask(shop, "ann")
    assert found[0][0] == "tie"
    assert found[-1] == ("hat", 0.0)


@pytest.mark.parametrize("column", ["COLOUR", "NOTHING"])
def test_a_column_without_numbers_changes_nothing(shop, folder, column):
    before = ask(shop, "ann")
    shop.deploy_version(CAMPAIGN, folder, multiplier_column=column)
    assert ask(shop, "ann") == before


def test_all_zero_is_an_answer_too(multiplied):
    shop, _ = multiplied
    items = ("bow", "cap", "hat", "tie")
    shop.learn(*({"ITEM_ID": item, "PRICE": 0.0} for item in items), kind="ITEMS")
    shop.get(CAMPAIGN).served._made_at = -1e9
    shop.refresh()
    assert sorted(item for item, _ in ask(shop, "ann")) == sorted(items)
