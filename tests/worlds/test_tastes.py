"""A world of tastes keeps what it promises: appeal decides what is used, worth does not."""

import numpy as np

from presage.worlds.tastes import TasteWorld

WORLD = TasteWorld(n_users=2000, n_items=20, n_categories=4)


def test_users_use_different_items():
    assert all(len(np.unique(row)) == 8 for row in WORLD.uses(8))


def test_what_is_used_first_follows_appeal():
    wish = np.exp(WORLD.appeal)
    expected = (wish / wish.sum(axis=1, keepdims=True)).sum(axis=0)
    first = np.bincount(WORLD.uses(1)[:, 0], minlength=WORLD.n_items)
    assert np.abs(first - expected).max() < 5 * np.sqrt(expected.max())


def test_items_not_known_yet_are_not_used():
    assert WORLD.uses(5, 6).max() == 5


def test_items_of_a_category_appeal_to_the_same_users():
    alike = np.corrcoef(WORLD.appeal.T)
    same = WORLD.category[:, None] == WORLD.category
    other = ~np.eye(WORLD.n_items, dtype=bool)
    assert alike[same & other].mean() > 0.6 > 0 > alike[~same].mean()


def test_worth_tells_nothing_of_appeal():
    world = TasteWorld(n_items=5000, n_users=20)
    assert abs(np.corrcoef(world.worth, world.appeal.mean(axis=0))[0, 1]) < 0.06


def test_another_seed_is_another_world():
    other = TasteWorld(n_users=2000, n_items=20, n_categories=4, seed=1)
    assert not np.allclose(WORLD.appeal, other.appeal)
