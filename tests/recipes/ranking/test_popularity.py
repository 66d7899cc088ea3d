import numpy as np

from presage.recipes.ranking.popularity import PopularityCount, shares, users_per_item

from ..logs import log_of


def test_a_user_counts_once_per_item():
    log = log_of([[0, 0, 0, 1], [1, 2], [1]], n_items=4)
    assert users_per_item(log).tolist() == [1, 3, 1, 0]
    np.testing.assert_allclose(PopularityCount().fit(log).share, [0.2, 0.6, 0.2, 0])


def test_weights_of_zero_are_equal_chances():
    np.testing.assert_array_equal(shares(np.zeros(4)), np.full(4, 0.25, np.float32))


def test_new_items_are_as_popular_as_those_without_users():
    model = PopularityCount().fit(log_of([[0, 1], [1]], n_items=3))
    np.testing.assert_allclose(model.extended({}, 2).share, [1 / 3, 2 / 3, 0, 0, 0])
