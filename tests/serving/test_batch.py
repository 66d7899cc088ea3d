"""A batch answers every question as a campaign does."""

import pytest

from presage.filters import parse
from presage.serving.batch import Batch
from presage.serving.memory import GroupMemory
from presage.serving.question import Question
from presage.serving.steps import Asked
from presage.serving.version import load_version

from .shop import ITEMS, ask, ask_order, event

USERS = ["ann", "bob", "eve", "new", "stranger", "visit", "of-ann"]
NOW = 100.0


@pytest.fixture
def told(shop):
    """The shop after events of known and new users and of sessions; its dataset holds some of them."""
    shop.learn(event("ann", "tie", 30), event("new", "hat", 31), event(None, "cap", 32, session="visit"))
    shop.learn(event(None, "bow", 33, session="of-ann"), event("ann", "bow", 34, session="of-ann"))
    shop.group.fold()
    shop.learn(event("eve", "bow", 40))
    shop.learn({"USER_ID": "bob", "AGE": 30}, kind="USERS")
    return shop


@pytest.fixture
def batch(told, folder):
    return batch_of(told, folder)


def batch_of(shop, folder, steps=(), seed=0):
    memory = GroupMemory(shop.group.source)
    memory.load(shop.group.log)
    return Batch(load_version(folder), memory, steps, seed)


def asked(users, **question):
    return [Question(user_id=user, now=NOW, **question) for user in users]


@pytest.mark.parametrize("k", [1, 3, 10])
def test_recommendations_are_those_of_a_campaign(told, batch, k):
    for user, (items, scores) in zip(USERS, batch.recommend(asked(USERS), k)(), strict=True):
        assert list(zip(items, scores, strict=True)) == [
            (item, pytest.approx(score)) for item, score in ask(told, user, n=k)
        ]


@pytest.mark.parametrize(
    "expression",
    [
        'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("view")',
        'INCLUDE ItemID WHERE Items.COLOUR IN ("red")',
        "EXCLUDE ItemID WHERE Items.PRICE > 3 IF CurrentUser.AGE > 25",
    ],
)
def test_filters_are_those_of_a_campaign(told, batch, expression):
    filter_ = parse(expression)
    found = batch.recommend(asked(USERS, filter_=filter_), 4)()
    assert [items for items, _ in found] == [
        [item for item, _ in ask(told, user, filter_=filter_)] for user in USERS
    ]
    ranked = batch.rank(asked(USERS, filter_=filter_), [[*ITEMS, "never"]] * len(USERS))()
    assert [list(zip(*one, strict=True)) for one in ranked] == [
        [
            (item, pytest.approx(score))
            for item, score in ask_order(told, user, [*ITEMS, "never"], filter_=filter_)
        ]
        for user in USERS
    ]


def shuffle(scores, mask, asked: Asked):
    """A step that leaves the order to chance."""
    return asked.rng.permutation(scores), mask


def test_steps_are_taken_and_the_same_seed_gives_the_same_answers(shop, folder):
    def answers(seed):
        batch = batch_of(shop, folder, [shuffle], seed)
        return [batch.recommend(asked(USERS), 4)() for _ in range(3)]

    assert answers(1) == answers(1)
    assert answers(1) != answers(2)


def test_many_items_are_scored_few_questions_at_a_time(shop, folder, monkeypatch):
    batch = batch_of(shop, folder)
    assert batch.at_once == 512
    monkeypatch.setattr("presage.serving.batch.MOST_SCORES", 8)
    assert batch.at_once == 2
