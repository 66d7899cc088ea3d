"""Filters leave items out of answers, by what is known of items and users now."""

import pytest

from presage.filters import bind, parse
from presage.serving.recommend import Question, filtering_of

from .shop import Shop, ask, ask_order, event, names

ALL = ["bow", "cap", "hat", "tie"]


@pytest.fixture
def shop(group, folder, monkeypatch):
    monkeypatch.setattr("presage.serving.renewed.LEAST_SECONDS", 0.0)
    monkeypatch.setattr("presage.serving.renewed.LEAST_REST", 0.0)
    return Shop(group, folder)


def shown(shop, expression, user="ann", values=(), **question):
    filter_ = bind(parse(expression), dict(values))
    return sorted(names(ask(shop, user, filter_=filter_, **question)))


def include(shop, condition, **question):
    return shown(shop, f"INCLUDE ItemID WHERE {condition}", **question)


@pytest.mark.parametrize(
    ("condition", "items"),
    [
        ("Items.PRICE >= 2.5", ["hat", "tie"]),
        ("items.price < 4", ["tie"]),
        ("Items.PRICE != 4", ["tie"]),
        ("Items.PRICE > 1e300", []),
        ('Items.COLOUR IN ("red", "blue")', ["tie"]),
        ('Items.COLOUR IN ("RED")', []),
        ('Items.COLOUR NOT IN ("red")', ["hat"]),
        ('Items.COLOUR != "blue"', ["tie"]),
        ('Items.ITEM_ID IN ("hat", "bow")', ["hat"]),
        ('Items.NONE IN ("red")', []),
        ("Items.PRICE > 3 OR Items.PRICE < 3 AND Items.PRICE > 2", ["hat", "tie"]),
        ("Items.PRICE < $P", ["tie"]),
    ],
)
def test_items_by_their_records(shop, condition, items):
    """`bow` and `cap` have no record: they meet no condition."""
    values = {"P": "4"} if "$P" in condition else {}
    assert include(shop, condition, values=values) == items


def test_a_cell_of_several_values_is_met_by_each_and_by_the_whole(shop):
    shop.learn({"ITEM_ID": "cap", "COLOUR": "blue|deep red"}, kind="ITEMS")
    shop.refresh()
    for value in ("blue", "deep red", "blue|deep red"):
        assert include(shop, f'Items.COLOUR IN ("{value}")') == ["cap"]
    assert include(shop, 'Items.COLOUR IN ("deep")') == []
    assert include(shop, 'Items.COLOUR NOT IN ("blue")') == ["hat", "tie"]


def test_a_told_record_takes_the_place_of_the_stored_one(shop):
    shop.learn({"ITEM_ID": "tie", "PRICE": 9.0}, {"ITEM_ID": "sock", "PRICE": 9.0}, kind="ITEMS")
    shop.refresh()
    assert include(shop, "Items.PRICE = 9", n=5) == ["sock", "tie"]
    assert include(shop, 'Items.COLOUR IN ("red")') == []


def test_a_new_catalogue_has_the_columns_ready_that_were_asked_for(shop):
    assert include(shop, "Items.PRICE > 3") == ["hat"]
    (name,) = shop.names()
    before = shop.get(name).served.catalogue
    shop.learn({"ITEM_ID": "bow", "PRICE": 9.0}, kind="ITEMS")
    shop.refresh()
    after = shop.get(name).served.catalogue
    assert after is not before
    assert after.cells.ready == before.cells.ready == {"PRICE"}
    assert include(shop, "Items.PRICE > 3") == ["bow", "hat"]


@pytest.mark.parametrize(
    ("types", "items"),
    [
        ('IN ("*")', ["cap", "hat"]),
        ('IN ("VIEW")', ["hat"]),
        ('NOT IN ("view")', ["cap"]),
        ('= "buy"', ["cap"]),
    ],
)
def test_items_by_what_the_user_did(shop, types, items):
    assert include(shop, f"Interactions.EVENT_TYPE {types}") == items
    rest = sorted(set(ALL) - set(items))
    assert shown(shop, f"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE {types}") == rest
    assert include(shop, f"Interactions.EVENT_TYPE {types}", user="nobody") == []


def test_what_is_told_counts_at_once_and_a_session_is_its_users(shop):
    bought = 'Interactions.EVENT_TYPE IN ("buy")'
    assert include(shop, bought) == ["cap"]
    shop.learn(event("ann", "tie", 30, EVENT_TYPE="Buy"))
    shop.learn(event(None, "bow", 31, session="new", EVENT_TYPE="buy"))
    assert include(shop, bought) == ["cap", "tie"]
    assert include(shop, bought, user="new") == ["bow"]
    shop.learn(event("ann", "hat", 32, session="new"))
    assert include(shop, bought) == include(shop, bought, user="new") == ["bow", "cap", "tie"]


def test_the_latest_hundred_of_each_type_count(shop):
    shop.learn(*(event("ann", "tie", 100 + n) for n in range(99)))
    viewed = 'Interactions.EVENT_TYPE IN ("view")'
    assert include(shop, viewed) == ["hat", "tie"]
    shop.learn(event("ann", "tie", 300))
    assert include(shop, viewed) == ["tie"]
    assert include(shop, 'Interactions.EVENT_TYPE IN ("buy")') == ["cap"]


@pytest.mark.parametrize(
    ("user", "only_if", "counts"),
    [
        ("ann", "CurrentUser.AGE < 30", True),
        ("eve", "CurrentUser.AGE < 30", False),
        ("eve", "CurrentUser.age >= 40 AND CurrentUser.AGE < 41", True),
        ("bob", "CurrentUser.AGE != 7", False),
        ("eve", 'CurrentUser.USER_ID IN ("eve")', True),
        ("eve", 'CurrentUser.NONE NOT IN ("x")', True),
        ("ann", 'CurrentUser.NONE IN ("x")', False),
    ],
)
def test_an_expression_counts_only_if_the_user_is_so(shop, user, only_if, counts):
    """`bob` has no record, and so meets no condition."""
    assert include(shop, f"Items.PRICE > 0 IF {only_if}", user=user) == (["hat", "tie"] if counts else ALL)
    excluded = shown(shop, f"EXCLUDE ItemID WHERE Items.PRICE > 0 IF {only_if}", user=user)
    assert excluded == (["bow", "cap"] if counts else ALL)


def test_a_users_newest_record_counts(shop):
    shop.learn({"USER_ID": "ann", "AGE": 50}, kind="USERS")
    assert include(shop, "Items.PRICE > 3 IF CurrentUser.AGE = 50") == ["hat"]


@pytest.mark.parametrize(
    ("condition", "seed", "items"),
    [
        ("Items.PRICE < CurrentItem.PRICE", "hat", ["tie"]),
        ("Items.PRICE = CurrentItem.PRICE", "hat", ["hat"]),
        ("Items.COLOUR IN CurrentItem.COLOUR", "tie", ["tie"]),
        ("Items.COLOUR IN CurrentItem.COLOUR", "hat", []),
        ("Items.PRICE < CurrentItem.PRICE", "bow", []),
        ("Items.PRICE < CurrentItem.PRICE", "unknown", []),
        ("Items.PRICE < CurrentItem.PRICE", None, []),
    ],
)
def test_items_by_the_seed_item(shop, condition, seed, items):
    assert include(shop, condition, item_id=seed) == items


def test_expressions_together(shop):
    """All that any INCLUDE names, less what any EXCLUDE names, in whatever order."""
    parts = [
        'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("view")',
        "INCLUDE ItemID WHERE Items.PRICE > 0",
        "EXCLUDE ItemID WHERE Items.PRICE > 9",
        'INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy")',
    ]
    assert shown(shop, " | ".join(parts)) == shown(shop, " | ".join(reversed(parts))) == ["cap", "tie"]
    assert shown(shop, "EXCLUDE ItemID WHERE Items.COLOUR IN ($C)") == ALL


@pytest.mark.parametrize(
    "expression", ["INCLUDE ItemID WHERE Items.PRICE > 3", "EXCLUDE ItemID WHERE Items.PRICE > 3"]
)
def test_a_mask_is_an_answers_own(shop, expression):
    (name,) = shop.names()
    served = shop.get(name).served
    (filtering,) = filtering_of(served, Question(user_id="ann"), parse(expression))
    before = filtering.mask(served.catalogue)
    filtering.mask(served.catalogue)[:] = True
    assert filtering.mask(served.catalogue).tolist() == before.tolist()
    assert not before.all()


def test_scores_stay_and_a_ranking_is_of_what_is_left(shop):
    filter_ = parse('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("buy")')
    free = dict(ask(shop, "ann"))
    assert dict(ask(shop, "ann", filter_=filter_)) == {item: free[item] for item in ("hat", "bow", "tie")}
    ranked = ask_order(shop, "ann", ["cap", "new", "tie", "hat"], filter_=filter_)
    assert names(ranked) == ["hat", "tie", "new"]
    assert sum(score for _, score in ranked) == pytest.approx(1)
    assert names(
        ask_order(shop, "ann", ["new", "hat"], filter_=parse("INCLUDE ItemID WHERE Items.PRICE > 0"))
    ) == ["hat"]
    shop.learn(event("ann", "new", 40, EVENT_TYPE="buy"))
    assert names(ask_order(shop, "ann", ["new", "hat"], filter_=filter_)) == ["hat"]


def test_a_filter_goes_before_exploration(group, folder):
    shop = Shop(group, folder, exploration_weight=1.0)
    for _ in range(20):
        assert include(shop, "Items.PRICE > 3") == ["hat"]
