"""Users who rate what they are recommended."""

import numpy as np

from presage.worlds.ratings import RatingWorld


def test_regret_is_against_each_users_best_item():
    world = RatingWorld(n_users=50, n_items=30, seed=4)
    truth = world.user @ world.item.T
    user = world.requests(50, np.random.default_rng(0))
    assert sorted(user) == list(range(50))
    best = world.rate(user, truth[user].argmax(axis=1), np.zeros(50))
    np.testing.assert_allclose(best.regret, 0, atol=1e-12)
    some = world.rate(user, np.full(50, 7), np.ones(50))
    np.testing.assert_allclose(some.mean, truth[user, 7])
    np.testing.assert_allclose(some.regret, truth[user].max(axis=1) - truth[user, 7])
    np.testing.assert_allclose(some.rating, some.mean + world.noise)
    assert truth.mean(axis=0).argmax() == world.best_item


def test_a_seed_is_a_world():
    one, same, other = (RatingWorld(n_users=5, n_items=5, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.item, same.item)
    assert not np.array_equal(one.item, other.item)
