import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.serving.catalogue import Catalogue
from presage.serving.exploring import Explore
from presage.serving.steps import Asked, answer

from .shop import Shop, ask


def explored(age_days, scores, k, *, weight=0.5, uses=None, seed=0, before=()):
    """What is shown of items of the given ages."""
    n_items = len(age_days)
    catalogue = Catalogue(
        model=None,
        trained=None,
        new=(),
        age_days=np.array(age_days, float),
        uses=np.zeros(n_items, np.int64) if uses is None else np.array(uses),
        shown=np.zeros(n_items, np.int64),
        items=None,
    )
    asked = Asked(
        user_id="ann", n_results=k, catalogue=catalogue, memory=None, rng=np.random.default_rng(seed)
    )
    step = Explore(weight=weight, cutoff_days=30.0)
    return answer(np.array(scores, np.float32), [*before, step], asked)


@given(st.integers(1, 60), st.integers(0, 20), st.integers(0, 2**32 - 1))
def test_new_items_are_swapped_in_and_scores_stay(n_items, k, seed):
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet(np.ones(n_items)).astype(np.float32)
    rows, found = explored(rng.choice([5.0, 400.0], n_items), scores, k, seed=seed)
    assert len(set(rows.tolist())) == len(rows) == min(k, n_items)
    assert np.array_equal(found, np.sort(scores)[::-1][: len(rows)])


@pytest.mark.parametrize(("age", "weight"), [(5.0, 0.0), (31.0, 1.0), (float("nan"), 1.0)])
def test_without_weight_or_new_items_nothing_is_swapped(age, weight):
    rows, _ = explored([400.0, 400.0, age], [0.1, 0.6, 0.3], 3, weight=weight)
    assert rows.tolist() == [1, 2, 0]


def test_with_full_weight_new_items_come_first():
    scores = np.linspace(0.1, 0.9, 50)
    rows, _ = explored([5.0] * 3 + [400.0] * 47, scores / scores.sum(), 25, weight=1.0)
    assert set(rows[:3].tolist()) == {0, 1, 2}


@pytest.mark.parametrize(("uses", "low", "high"), [(0, 200, 200), (99, 1, 60)])
def test_an_item_is_explored_less_the_more_is_known_of_it(uses, low, high):
    """How often the worst item of 20, the only new one, comes to the first place in 200 answers."""
    first = [
        explored([5.0] + [400.0] * 19, np.linspace(0.1, 0.9, 20), 5, weight=1.0, uses=[uses] * 20, seed=seed)[
            0
        ][0]
        for seed in range(200)
    ]
    assert low <= first.count(0) <= high


@given(st.integers(2, 40), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_only_items_that_may_be_shown_are_brought_forward(n_items, k, seed):
    rng = np.random.default_rng(seed)
    scores, mask = rng.dirichlet(np.ones(n_items)).astype(np.float32), rng.random(n_items) < 0.5

    def only_some(scores, _mask, asked):
        return scores, mask

    rows, found = explored(rng.choice([5.0, 400.0], n_items), scores, k, seed=seed, before=[only_some])
    assert mask[rows].all()
    assert np.array_equal(found, np.sort(scores[mask])[::-1][:k])


def test_answers_vary_only_where_asked_to(group, folder):
    shop = Shop(group, folder)
    shop.deploy_version("varied", folder, exploration_weight=1.0)
    shop.deploy_version("old", folder, exploration_weight=1.0, exploration_cutoff_days=-1.0)
    assert len({tuple(ask(shop, "ann")) for _ in range(20)}) == 1
    assert len({tuple(ask(shop, "ann", name="old")) for _ in range(20)}) == 1
    assert len({tuple(ask(shop, "ann", name="varied")) for _ in range(20)}) > 1
