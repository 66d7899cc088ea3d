import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.recipes.ranking.exploration import explore


def ranking(n_items, seed):
    return np.random.default_rng(seed).dirichlet(np.full(n_items, 0.3)).astype(np.float32)


def rank_of(scores, item):
    return int((scores > scores[item]).sum())


def new_in_top(weight, known=0, trials=200, k=25):
    """The mean number of new items among the first k of 400, where 40 unlikely ones are new."""
    scores = np.sort(ranking(400, 1))[::-1].copy()
    age = np.where(np.arange(400) < 360, 100.0, 1.0)
    rng = np.random.default_rng(0)
    used = np.full(400, known)
    return np.mean(
        [
            (np.argsort(-explore(scores, age, used, weight=weight, cutoff_days=30, rng=rng))[:k] >= 360).sum()
            for _ in range(trials)
        ]
    )


@given(st.integers(1, 1200), st.floats(0, 1), st.integers(0, 99))
def test_the_scores_are_those_before_in_another_order(n_items, weight, seed):
    rng = np.random.default_rng(seed)
    scores, age = ranking(n_items, seed), rng.uniform(0, 60, n_items)
    before = scores.copy()
    explored = explore(scores, age, rng.integers(0, 9, n_items), weight=weight, cutoff_days=30, rng=rng)
    np.testing.assert_array_equal(scores, before)
    np.testing.assert_array_equal(np.sort(explored), np.sort(scores))


@given(st.integers(0, 99))
def test_only_new_items_rise(seed):
    rng = np.random.default_rng(seed)
    scores, age = ranking(100, seed), rng.uniform(0, 60, 100)
    explored = explore(scores, age, np.zeros(100, int), weight=0.5, cutoff_days=30, rng=rng)
    old = np.flatnonzero(age > 30)
    assert np.all(explored[old] <= scores[old])
    order, kept = np.argsort(-scores[old]), np.argsort(-explored[old])
    np.testing.assert_array_equal(scores[old][order], scores[old][kept])


@pytest.mark.parametrize(
    ("weight", "age"), [(0.0, 1.0), (1.0, 31.0), (1.0, np.nan)], ids=["weight 0", "old", "unknown age"]
)
def test_nothing_changes_without_weight_or_new_items(weight, age):
    scores = ranking(50, 3)
    explored = explore(
        scores,
        np.full(50, age),
        np.zeros(50, int),
        weight=weight,
        cutoff_days=30,
        rng=np.random.default_rng(0),
    )
    np.testing.assert_array_equal(explored, scores)


def test_more_weight_shows_more_new_items():
    assert new_in_top(0) == 0
    assert new_in_top(0.3) == pytest.approx(0.3 * 25, rel=0.1)
    assert new_in_top(0.8) == pytest.approx(0.8 * 25, rel=0.1)


def test_what_is_known_better_is_explored_less():
    assert new_in_top(0.3, known=3) == pytest.approx(0.15 * 25, rel=0.15)
    assert new_in_top(0.3, known=99) == pytest.approx(0.03 * 25, rel=0.35)


def test_the_likelier_new_item_is_explored_more():
    scores = np.array([0.9, 0.08, 0.019, 0.001], np.float32)
    age, used, rng = np.array([99.0, 99.0, 1.0, 1.0]), np.zeros(4, int), np.random.default_rng(0)
    first = [explore(scores, age, used, weight=0.5, cutoff_days=30, rng=rng).argmax() for _ in range(300)]
    assert first.count(2) > 5 * first.count(3) > 0
