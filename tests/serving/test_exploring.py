from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.features.texts import Names
from presage.serving.exploring import RECOUNT_SECONDS, SECONDS_PER_DAY, Exploration
from presage.serving.live import Live

from .shop import ask, deployed, event


def exploration(age_days, weight=0.5, seed=0, live=None):
    """Items 100, 101, ... of the given ages, never used in training."""
    age = np.array(age_days, float)
    version = SimpleNamespace(
        latest_at=0,
        item_created_at=-age * SECONDS_PER_DAY,
        item_uses=np.zeros(len(age), np.int64),
        vocabulary=SimpleNamespace(items=Names.of(pl.Series([str(100 + row) for row in range(len(age))]))),
    )
    rng = np.random.default_rng(seed)
    return Exploration(version, live or Live(), weight=weight, cutoff_days=30.0, rng=rng)


@given(st.integers(1, 60), st.integers(0, 20), st.integers(0, 2**32 - 1))
def test_new_items_are_swapped_in_and_scores_stay(n_items, k, seed):
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet(np.ones(n_items)).astype(np.float32)
    rows, found = exploration(rng.choice([5.0, 400.0], n_items), seed=seed).best(scores, k, 0.0)
    assert len(set(rows.tolist())) == len(rows) == min(k, n_items)
    assert np.array_equal(found, np.sort(scores)[::-1][: len(rows)])


@pytest.mark.parametrize(("age", "weight"), [(5.0, 0.0), (31.0, 1.0), (float("nan"), 1.0)])
def test_without_weight_or_new_items_nothing_is_swapped(age, weight):
    scores = np.array([0.1, 0.6, 0.3], np.float32)
    rows, _ = exploration([400.0, 400.0, age], weight).best(scores, 3, 0.0)
    assert rows.tolist() == [1, 2, 0]


def test_with_full_weight_new_items_come_first():
    scores = np.linspace(0.1, 0.9, 50).astype(np.float32)
    rows, _ = exploration([5.0] * 3 + [400.0] * 47, weight=1.0).best(scores / scores.sum(), 25, 0.0)
    assert set(rows[:3].tolist()) == {0, 1, 2}


def how_often_first(found, now):
    """How often the worst item of 20, the only new one, comes to the first place in 200 answers."""
    scores = np.linspace(0.1, 0.9, 20).astype(np.float32)
    return sum(found.best(scores, 5, now)[0][0] == 0 for _ in range(200))


def test_an_item_is_explored_less_the_more_is_told_of_it():
    live = Live()
    found = exploration([5.0] + [400.0] * 19, weight=1.0, live=live)
    assert how_often_first(found, 0.0) == 200
    for n in range(99):
        live.tell("INTERACTIONS", n, event("ann", "100", n))
    assert how_often_first(found, RECOUNT_SECONDS - 1) == 200
    assert how_often_first(found, RECOUNT_SECONDS) < 60


def test_answers_vary_only_where_asked_to(folder):
    steady, varied = deployed(folder), deployed(folder, exploration_weight=1.0)
    old = deployed(folder, exploration_weight=1.0, exploration_cutoff_days=-1.0)
    assert len({tuple(ask(steady, "ann")) for _ in range(20)}) == 1
    assert len({tuple(ask(old, "ann")) for _ in range(20)}) == 1
    assert len({tuple(ask(varied, "ann")) for _ in range(20)}) > 1
