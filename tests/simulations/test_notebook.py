"""The notebook's agents are those of the notebook."""

import numpy as np

from presage.simulations.notebook import Als, Sampled


def literal_update(mean, precision, draws, rating, beta):
    """The notebook's update of one side: a regression of the same rating on every draw of the other."""
    posterior = precision + beta * draws.T @ draws
    return np.linalg.inv(posterior) @ (precision @ mean + beta * draws.T @ np.full(len(draws), rating))


def test_an_update_by_sums_is_distributed_as_one_by_draws():
    rng = np.random.default_rng(1)
    mean, n_draws, n = np.array([1.0, -0.5]), 50, 4_000
    item_precision = np.array([[3.0, 0.4], [0.4, 1.5]])
    literal = np.array(
        [
            literal_update(
                np.zeros(2),
                np.eye(2) / 10,
                rng.multivariate_normal(mean, np.linalg.inv(item_precision), n_draws),
                3.0,
                0.1,
            )
            for _ in range(n)
        ]
    )
    agent = Sampled(n_users=n, n_items=n, rng=rng, n_features=2, n_samples=n_draws)
    agent.mean["item"][:] = mean
    agent.precision["item"][:] = item_precision
    agent._update("user", np.arange(n), "item", np.arange(n), np.full(n, 3.0))
    np.testing.assert_allclose(agent.mean["user"].mean(axis=0), literal.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(np.cov(agent.mean["user"].T), np.cov(literal.T), atol=0.03)


def test_ratings_of_one_item_are_learned_one_after_the_other():
    rng = np.random.default_rng(2)
    together = Sampled(n_users=3, n_items=2, rng=rng, n_features=2)
    together.learn(np.arange(3), np.array([1, 1, 1]), np.full(3, 2.0))
    alone = Sampled(n_users=3, n_items=2, rng=np.random.default_rng(2), n_features=2)
    for user in range(3):
        alone.learn(np.array([user]), np.array([1]), np.array([2.0]))
    np.testing.assert_allclose(together.mean["item"], alone.mean["item"])
    np.testing.assert_array_equal(together.mean["item"][0], 0)


def test_least_squares_foresee_ratings_and_recommend_the_highest():
    rng = np.random.default_rng(3)
    users, items = rng.random((200, 3)), rng.random((50, 3))
    truth = users @ items.T
    agent = Als(n_users=200, n_items=51, rng=rng, n_features=3)
    first = agent.recommend(np.arange(200))
    assert np.isnan(first.predicted).all()
    assert len(set(first.item.tolist())) > 30
    user, item = np.repeat(np.arange(199), 40), np.concatenate([rng.permutation(50)[:40] for _ in range(199)])
    agent.learn(user, item, truth[user, item])
    found = agent.recommend(np.arange(199))
    assert set(found.item.tolist()) <= set(range(50))  # nobody has rated the last one
    fitted_users, fitted_items = agent.factors
    x = fitted_items[item[user == 7]]
    ridge = np.linalg.solve(x.T @ x + 0.05 * 40 * np.eye(3), x.T @ truth[7, item[user == 7]])
    np.testing.assert_allclose(fitted_users[7], ridge)
    score = fitted_users[:199] @ fitted_items[:50].T
    np.testing.assert_array_equal(found.item, score.argmax(axis=1))
    assert np.isnan(agent.recommend(np.array([199])).predicted).all()
