"""What was shown counts as known, wherever it stands: told just now, in columns, folded, imported."""

from dataclasses import replace

import polars as pl
import pytest

from presage.serving.memory import build_snapshot
from presage.serving.memory.impressions import N_SHOWN, shown

from .shop import CAMPAIGN, Shop, ask, event, save

SHOWN = "tie|bow|tie|unheard of"


def known(shop):
    """Item -> (how many events are about it, how often it was shown)."""
    memory = shop.get(CAMPAIGN).served.memory
    ids = pl.Series("ITEM_ID", ["bow", "cap", "hat", "tie"])
    _, uses, shown = memory.items_now(1000.0).history(ids)
    return dict(zip(ids, zip(uses, shown, strict=True), strict=True))


BEFORE = {"bow": (1, 0), "cap": (1, 0), "hat": (1, 0), "tie": (0, 0)}
AFTER = {"bow": (1, 1), "cap": (1, 0), "hat": (2, 0), "tie": (0, 2)}


@pytest.fixture
def told(shop):
    assert known(shop) == BEFORE
    shop.learn(event("ann", "hat", 30, IMPRESSION=SHOWN))
    return shop


def test_told_just_now(told):
    assert known(told) == AFTER


def test_in_columns(told):
    memory = told.get(CAMPAIGN).served.memory
    memory.limits = replace(memory.limits, n_recent=0)
    told.refresh()
    assert not memory._recent.n_events
    assert known(told) == AFTER


def test_after_a_start(told, folder):
    assert known(Shop(told.group, folder)) == AFTER


def test_folded(told, folder):
    told.group.fold()
    build_snapshot(told.group.source)
    assert known(Shop(told.group, folder)) == AFTER


def test_imported(group, folder):
    row = {"USER_ID": "ann", "ITEM_ID": "hat", "TIMESTAMP": 30, "IMPRESSION": SHOWN}
    group.bring("INTERACTIONS", [row])
    assert known(Shop(group, folder)) == AFTER


def test_an_event_with_another_impression_is_the_same_event(told, folder):
    told.learn(event("ann", "hat", 30, IMPRESSION="cap"))
    assert known(told) == AFTER
    assert known(Shop(told.group, folder)) == AFTER


def test_a_new_item_that_was_shown_often_is_explored_less(group, tmp_path):
    """How often the only new item, which nobody used, comes first in 100 answers, before and after."""
    group.bring("ITEMS", [{"ITEM_ID": "sock", "CREATION_TIMESTAMP": 90}])
    group.bring("ITEMS", [{"ITEM_ID": item, "CREATION_TIMESTAMP": -400 * 86_400} for item in BEFORE])
    shop = Shop(group, save(tmp_path / "version"), exploration_weight=1.0)

    def n_first():
        return sum(ask(shop, "ann", n=2)[0][0] == "sock" for _ in range(100))

    assert n_first() > 90
    shop.learn(*(event("eve", "hat", 100 + n, IMPRESSION="sock|hat") for n in range(99)))
    shop.get(CAMPAIGN).served._made_at = -1e9
    shop.refresh()
    assert n_first() < 40


def test_slices_add_up(monkeypatch):
    monkeypatch.setattr("presage.serving.memory.impressions.MOST_AT_ONCE", 2)
    counts = shown(pl.Series(["a|b", None, "b", "b|c", None, "c"]))
    assert dict(counts.iter_rows()) == {"a": 1, "b": 3, "c": 2}
    assert shown(pl.Series([None], dtype=pl.String)).schema == {"ITEM_ID": pl.String, N_SHOWN: pl.Int64}
