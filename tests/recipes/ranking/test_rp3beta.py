import numpy as np
import pytest

from presage.recipes.ranking.relations import used_by
from presage.recipes.ranking.rp3beta import Rp3beta

from ..logs import log_of


def dense(model):
    kept = model.relations
    weight = np.zeros((model.n_items, model.n_items))
    weight[np.repeat(np.arange(model.n_items), np.diff(kept.start)), kept.relative] = kept.weight
    return weight


def random_log(n_users=40, n_items=12):
    rng = np.random.default_rng(2)
    return log_of([rng.integers(0, n_items, 1 + u % 6).tolist() for u in range(n_users)], n_items + 1)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("beta", [0.0, 0.6])
def test_weights_are_three_step_walks_discounted_by_popularity(alpha, beta):
    log = random_log()
    used = used_by(log).toarray().astype(float)
    users, items = np.maximum(1, used.sum(axis=0)), used.sum(axis=1)
    walks = (used / users).T ** alpha @ (used / items[:, None]) ** alpha / users**beta
    np.fill_diagonal(walks, 0)
    expected = walks / np.maximum(walks.sum(axis=1, keepdims=True), 1e-12)
    np.testing.assert_allclose(dense(Rp3beta(alpha=alpha, beta=beta).fit(log)), expected, atol=1e-5)


def test_the_strongest_relatives_of_each_item_share_its_weight():
    log = random_log()
    everything, few = dense(Rp3beta().fit(log)), dense(Rp3beta(max_relatives=2).fit(log))
    for one, other in zip(everything, few, strict=True):
        assert np.count_nonzero(other) == min(2, np.count_nonzero(one))
        assert not other.any() or other.sum() == pytest.approx(1)
        assert one[other > 0].min(initial=1) >= one[other == 0].max()


def test_only_the_latest_different_items_are_learned():
    old, new = [[0, 1, 2, 3, 2, 3]] * 5, [[2, 3]] * 5
    learned, alone = (dense(Rp3beta(max_history_length=2).fit(log_of(each, 4))) for each in (old, new))
    np.testing.assert_allclose(learned, alone)
