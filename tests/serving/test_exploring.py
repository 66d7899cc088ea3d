import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.serving.exploring import Exploration
from presage.serving.version import load_version

from .shop import ask, deployed, save


def exploration(age_days, weight=0.5, seed=0):
    age = np.array(age_days, float)
    return Exploration(
        weight=weight,
        cutoff_days=30.0,
        age_days=age,
        uses=np.zeros(len(age), np.int64),
        new=np.flatnonzero(age <= 30) if weight > 0 else np.zeros(0, np.int64),
        rng=np.random.default_rng(seed),
    )


@given(st.integers(1, 60), st.integers(0, 20), st.integers(0, 2**32 - 1))
def test_new_items_are_swapped_in_and_scores_stay(n_items, k, seed):
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet(np.ones(n_items)).astype(np.float32)
    rows, found = exploration(rng.choice([5.0, 400.0], n_items), seed=seed).best(scores, k)
    assert len(set(rows.tolist())) == len(rows) == min(k, n_items)
    assert np.array_equal(found, np.sort(scores)[::-1][: len(rows)])


@pytest.mark.parametrize(("age", "weight"), [(5.0, 0.0), (31.0, 1.0), (float("nan"), 1.0)])
def test_without_weight_or_new_items_nothing_is_swapped(age, weight):
    scores = np.array([0.1, 0.6, 0.3], np.float32)
    rows, _ = exploration([400.0, 400.0, age], weight).best(scores, 3)
    assert rows.tolist() == [1, 2, 0]


def test_with_full_weight_new_items_come_first():
    scores = np.linspace(0.1, 0.9, 50).astype(np.float32)
    rows, _ = exploration([5.0] * 3 + [400.0] * 47, weight=1.0).best(scores / scores.sum(), 25)
    assert set(rows[:3].tolist()) == {0, 1, 2}


def test_a_campaign_explores_by_age_at_the_newest_event(tmp_path):
    version = load_version(save(tmp_path / "version"))
    found = Exploration.of(version, weight=0.3, cutoff_days=1.0, rng=np.random.default_rng(0))
    assert found.new.tolist() == [0, 1, 2, 3]
    assert found.age_days[2] == pytest.approx(10 / 86_400)
    none = Exploration.of(version, weight=0.3, cutoff_days=1e-9, rng=np.random.default_rng(0))
    assert none.new.tolist() == [1, 3]


def test_answers_vary_only_where_asked_to(folder):
    steady, varied = deployed(folder), deployed(folder, exploration_weight=1.0)
    assert len({tuple(ask(steady, "ann")) for _ in range(20)}) == 1
    assert len({tuple(ask(varied, "ann")) for _ in range(20)}) > 1
