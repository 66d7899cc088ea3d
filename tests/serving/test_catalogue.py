"""Items that are told take part at once, by their features."""

import time

import numpy as np
import pytest

from presage.serving import catalogue as module
from presage.serving.catalogue import catalogue_of
from presage.serving.memory import GroupMemory, build_snapshot
from presage.serving.version import load_version

from .group import Group
from .shop import CAMPAIGN, ask, ask_order, event, names

DAY = 86_400


@pytest.fixture
def version(folder):
    return load_version(folder)


@pytest.fixture
def memory(group):
    memory = GroupMemory(group.source)
    memory.load(group.log)
    return memory


def made(version, memory, now=1e9):
    return catalogue_of(version, memory.items_now(now))


def test_the_items_of_the_training_come_first(version, memory):
    found = made(version, memory)
    assert found.ids(range(4)) == ["bow", "cap", "hat", "tie"]
    assert [found.row(item_id) for item_id in ("bow", "tie", "sock")] == [0, 3, None]
    assert found.uses.tolist() == [1, 1, 1, 0]
    assert (found.age_days * DAY).tolist() == [5, 0, 10, 0]


def test_told_items_come_after_them(version, memory):
    rows = [{"ITEM_ID": "sock", "PRICE": 1.0, "CREATION_TIMESTAMP": 12}, {"ITEM_ID": "hat", "PRICE": 9.0}]
    memory.tell("ITEMS", [1, 2], rows)
    memory.tell("ITEMS", [3], [{"ITEM_ID": "boot"}])
    memory.tell("INTERACTIONS", [4, 5], [event("ann", "tie", 21), event("ann", "boot", 22)])
    found = made(version, memory)
    assert found.ids(range(6)) == ["bow", "cap", "hat", "tie", "sock", "boot"]
    assert [found.row(item_id) for item_id in ("sock", "boot")] == [4, 5]
    assert found.uses.tolist() == [1, 1, 1, 1, 0, 1]
    assert (found.age_days * DAY).tolist() == [7, 2, 12, 1, 10, 0]
    assert found.model.n_items == 6


def test_their_features_are_what_the_model_is_extended_by(version, memory):
    given = []
    object.__setattr__(version.model, "extended", lambda features, n: given.append((features, n)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(version.model), "extended", lambda self, features, n: given.append((features, n)))
        object.__delattr__(version.model, "extended")
        memory.tell("ITEMS", [1, 2], [{"ITEM_ID": "sock", "PRICE": 4.0}, {"ITEM_ID": "boot"}])
        made(version, memory)
    ((features, n_new),) = given
    expected = version.vocabulary.item["PRICE"].values([4.0, None]).values
    np.testing.assert_array_equal(features["PRICE"].values, expected)
    assert n_new == 2


def test_a_snapshot_changes_nothing(version, memory, group):
    rows = [{"ITEM_ID": "sock", "PRICE": 1.0, "CREATION_TIMESTAMP": 12}, {"ITEM_ID": "boot"}]
    memory.tell("ITEMS", group.tell("ITEMS", rows), rows)
    told = [event("ann", "tie", 21), event("ann", "boot", 22)]
    memory.tell("INTERACTIONS", group.tell("INTERACTIONS", told), told)
    before = made(version, memory)
    group.fold()
    build_snapshot(group.source)
    memory.refresh()
    after = made(version, memory)
    assert after.ids(range(6)) == before.ids(range(6))
    assert after.uses.tolist() == before.uses.tolist()
    assert after.age_days.tolist() == before.age_days.tolist()


@pytest.mark.parametrize("is_told", [False, True])
def test_an_event_of_a_wrong_clock_makes_no_item_older(group, version, is_told):
    row = event("ann", "hat", 32_503_680_000)  # the year 3000
    if is_told:
        group.tell("INTERACTIONS", [row])
        group.fold()
    else:
        group.bring("INTERACTIONS", [{name: row[name] for name in ("USER_ID", "ITEM_ID", "TIMESTAMP")}])
    memory = GroupMemory(group.source)
    memory.load(group.log)
    now = time.time()
    assert catalogue_of(version, memory.items_now(now)).age_days.max() * DAY <= now
    assert memory.events("ann")[-1].time <= now


def test_an_event_of_the_future_makes_no_item_older(version, memory):
    memory.tell("INTERACTIONS", [1], [event("ann", "tie", 10**9)])
    assert made(version, memory, now=50).age_days.max() * DAY == pytest.approx(40)


def test_an_item_that_the_data_hold_no_more_is_never_new(version, empty_group):
    memory = GroupMemory(empty_group.source)
    memory.load(empty_group.log)
    assert np.isnan(made(version, memory).age_days).all()


@pytest.fixture
def empty_group(tmp_path):
    group = Group(tmp_path / "empty")
    yield group
    group.close()


def test_of_very_many_the_last_ones_take_part(version, memory, monkeypatch):
    monkeypatch.setattr(module, "MOST_NEW", 3)
    memory.tell("ITEMS", range(1, 11), [{"ITEM_ID": f"new {n}"} for n in range(10)])
    assert list(made(version, memory).new) == [f"new {n}" for n in range(6, 10)]  # as many as were trained on


def test_ids_of_many_items_are_read_from_the_disk(version, memory, monkeypatch):
    monkeypatch.setattr(module, "FEW_ITEMS", 0)
    memory.tell("ITEMS", [1], [{"ITEM_ID": "sock"}])
    assert made(version, memory).ids([4, 0]) == ["sock", "bow"]


def test_answers_name_them_within_a_moment(shop, monkeypatch):
    monkeypatch.setattr("presage.serving.renewed.LEAST_SECONDS", 0.0)
    monkeypatch.setattr("presage.serving.renewed.LEAST_REST", 0.0)
    shop.learn({"ITEM_ID": "sock", "PRICE": 1.0}, kind="ITEMS")
    shop.refresh()
    assert "sock" in names(ask(shop, "ann", n=10))
    assert ask_order(shop, "ann", ["sock", "boot"])[0][1] > 0
    assert shop.get(CAMPAIGN).metadata("sock", ["PRICE"]) == {"price": "1.0"}
    shop.learn(event("ann", "sock", 30))
    assert names(ask(shop, "ann"))[0] == "sock"
    catalogue = shop.get(CAMPAIGN).served.catalogue
    shop.refresh()
    assert shop.get(CAMPAIGN).served.catalogue is catalogue


def test_a_catalogue_rests_ten_times_as_long_as_it_took(shop, monkeypatch):
    served = shop.get(CAMPAIGN).served
    before = served.catalogue
    shop.learn({"ITEM_ID": "sock", "PRICE": 1.0}, kind="ITEMS")
    monkeypatch.setattr("presage.serving.renewed.LEAST_SECONDS", 0.0)
    served._took = 1e6
    served.refresh()
    assert served.catalogue is before
    served._took = 0.0
    served.refresh()
    assert served.catalogue is not before
