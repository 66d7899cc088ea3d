"""Users and items that learn from each other."""

import numpy as np
import pytest

from presage.recipes.bandits.data import Rounds, Seen
from presage.recipes.bandits.factors import BayesianFactors
from presage.recipes.bandits.hybrid import HybridThompson
from presage.recipes.bandits.sides import Cells, Side, Told

N_USERS, N_ITEMS, NOISE = 60, 40, 0.1


def truth(seed=0):
    """(n_users, n_items): expected ratings."""
    rng = np.random.default_rng(seed)
    return rng.random((N_USERS, 5)) @ rng.random((N_ITEMS, 5)).T


def everybody():
    return Rounds(
        user=np.arange(N_USERS),
        context=np.zeros((N_USERS, 0)),
        action=np.arange(N_ITEMS),
        features=np.zeros((N_ITEMS, 0)),
    )


def rated(n, seed=1):
    """n ratings of random pairs."""
    rng = np.random.default_rng(seed)
    user, item = rng.integers(0, N_USERS, n), rng.integers(0, N_ITEMS, n)
    reward = truth()[user, item] + NOISE * rng.normal(size=n)
    return Seen(user=user, context=np.zeros((n, 0)), action=item, features=np.zeros((n, 0)), reward=reward)


def some(seen, rows):
    return Seen(**{name: column[rows] for name, column in vars(seen).items()})


def fitted(n, **settings):
    belief = BayesianFactors(n_factors=5, **settings).belief(0, 0)
    belief.learn(rated(n))
    for _ in range(5):
        belief.refit()
    return belief


def test_ratings_of_pairs_never_seen_are_foreseen():
    belief = fitted(1_500)
    error = belief.expected(everybody()) - truth()
    assert np.sqrt((error**2).mean()) < 0.6 * truth().std() * 0.5
    assert NOISE < np.sqrt(belief.noise) < 2.5 * NOISE


def test_more_ratings_leave_less_doubt():
    few, many = (fitted(n, noise_sd=NOISE).spread(everybody()).mean() for n in (300, 3_000))
    assert many < 0.5 * few


def test_the_same_ratings_one_by_one_or_together_end_alike_after_a_refit():
    seen = rated(300)
    together, alone = (BayesianFactors(n_factors=5).belief(0, 0) for _ in range(2))
    together.learn(seen)
    for row in range(300):
        alone.learn(some(seen, [row]))
    assert together.n == alone.n == 300
    for belief in (together, alone):
        belief.refit()
    np.testing.assert_allclose(together.expected(everybody()), alone.expected(everybody()), atol=1e-4)
    pairs = len(set(zip(seen.user.tolist(), seen.action.tolist(), strict=True)))
    assert len(together.cells.count) == pairs


def test_an_update_is_a_regression_on_the_other_side():
    rng = np.random.default_rng(4)
    size, n = 3, 6
    other = Side(
        mean=rng.normal(size=(n, size)), covariance=np.zeros((n, size, size)), variance=np.ones(size)
    )
    own = Side(
        mean=np.zeros((1, size)), covariance=np.diag([1.0, 2, 3])[None], variance=np.array([1.0, 2, 3])
    )
    reward = rng.normal(size=n)
    cells = Cells(user=np.zeros(n, int), item=np.arange(n), count=np.ones(n), total=reward)
    own.update(cells.user, other, cells.item, Told(cells=cells, noise=0.25, level=0.3, afresh=True))
    x = np.concatenate([np.ones((n, 1)), other.mean[:, 1:]], axis=1)
    precision = x.T @ x / 0.25 + np.diag([1, 1 / 2, 1 / 3])
    mean = np.linalg.solve(precision, x.T @ (reward - 0.3 - other.mean[:, 0]) / 0.25)
    np.testing.assert_allclose(own.mean[0], mean)
    np.testing.assert_allclose(own.covariance[0], np.linalg.inv(precision))


def test_strangers_teach_nothing_and_are_answered_by_what_is_popular():
    belief = fitted(1_500)
    before = belief.expected(everybody())
    belief.learn(Seen(**vars(some(rated(10), slice(None))) | {"user": np.full(10, -1)}))
    np.testing.assert_array_equal(belief.expected(everybody()), before)
    stranger = Rounds(**vars(everybody()) | {"user": np.array([-1]), "context": np.zeros((1, 0))})
    assert np.corrcoef(belief.expected(stranger)[0], truth().mean(axis=0))[0, 1] > 0.9


@pytest.mark.parametrize(("n_known", "like"), [(0, "factors"), (1_000, "popularity")])
def test_a_hybrid_speaks_with_one_of_two_voices(n_known, like):
    belief = HybridThompson(n_factors=5, n_known=n_known).belief(0, 0)
    belief.learn(rated(500))
    belief.refit()
    np.testing.assert_array_equal(belief.expected(everybody()), getattr(belief, like).expected(everybody()))
