"""Beliefs against the formulas that define them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.recipes.bandits.data import Rounds
from presage.recipes.bandits.exploring import Elimination, Greedily, Thompson, UpperBound
from presage.recipes.bandits.linear import LinearThompson
from presage.recipes.bandits.logistic import LogisticThompson
from presage.recipes.bandits.pairs import pairs_of
from presage.recipes.bandits.popularity import PopularityThompson

from .rounds import asked, chance


def told(n=60, seed=3):
    """Rounds in which any action was taken, and their rewards."""
    rounds, rng = asked(n, seed)
    place = rng.integers(0, 3, n)
    return rounds, rounds.seen(place, (rng.random(n) < chance(rounds)[np.arange(n), place]).astype(float))


def products(rounds, action):
    """(n_rounds, p): every product with one action, written out."""
    place = np.full(rounds.n_rounds, action)
    return pairs_of(rounds.seen(place, np.zeros(rounds.n_rounds)))


def test_a_linear_belief_is_that_of_a_ridge_regression():
    rounds, seen = told()
    belief = LinearThompson(prior_sd=2.0, noise_sd=0.5).belief(2, 3)
    belief.learn(seen)
    x = pairs_of(seen)
    precision = x.T @ x / 0.25 + np.eye(x.shape[1]) / 4
    mean = np.linalg.solve(precision, x.T @ seen.reward / 0.25)
    for action in range(3):
        row = products(rounds, action)
        np.testing.assert_allclose(belief.expected(rounds)[:, action], row @ mean)
        variance = np.einsum("np,pq,nq->n", row, np.linalg.inv(precision), row)
        np.testing.assert_allclose(belief.spread(rounds)[:, action], np.sqrt(variance))


@settings(deadline=None, max_examples=20)
@given(st.permutations(list(range(12))))
def test_a_linear_belief_does_not_know_in_which_order_it_was_told(order):
    rounds, seen = told(12)
    together, alone = (LinearThompson().belief(2, 3) for _ in range(2))
    together.learn(seen)
    for row in order:
        one = rounds.take(np.array([row]))
        place = np.array([int(seen.action[row])])
        alone.learn(one.seen(place, seen.reward[[row]]))
    np.testing.assert_allclose(alone.expected(rounds), together.expected(rounds), atol=1e-9)


def test_draws_scatter_as_the_belief_says():
    rounds, seen = told()
    for recipe in (LinearThompson(), PopularityThompson()):
        belief = recipe.belief(2, 3)
        belief.learn(seen)
        drawn = np.concatenate(list(belief.draws(rounds, 4_000, np.random.default_rng(1))))
        assert drawn.shape == (4_000, rounds.n_rounds, rounds.n_actions)
        np.testing.assert_allclose(drawn.mean(axis=0), belief.expected(rounds), atol=0.05)
        np.testing.assert_allclose(drawn.std(axis=0), belief.spread(rounds), rtol=0.1)


def test_a_logistic_belief_stands_at_the_peak_of_the_posterior():
    _, seen = told(200)
    belief = LogisticThompson(prior_sd=1.5).belief(2, 3)
    belief.learn(seen)
    x = pairs_of(seen)
    foreseen = 1 / (1 + np.exp(-x @ belief.mean))
    slope = x.T @ (seen.reward - foreseen) - belief.mean / 1.5**2
    np.testing.assert_allclose(slope, 0, atol=1e-6)
    curvature = (x.T * (foreseen * (1 - foreseen))) @ x + np.eye(x.shape[1]) / 1.5**2
    np.testing.assert_allclose(belief.precision, curvature, rtol=1e-4)


def test_a_logistic_policy_refuses_what_is_no_chance():
    rounds, _ = asked(1, 0)
    belief = LogisticThompson().belief(2, 3)
    with pytest.raises(ValueError, match=r"a reward is 2.0; this policy learns chances: rewards from 0 to 1"):
        belief.learn(rounds.seen(np.array([0]), np.array([2.0])))


def test_too_many_weights_are_refused():
    with pytest.raises(
        ValueError, match="100 features by 50 context numbers make 5,151 weights; at most 2,000"
    ):
        LinearThompson().belief(50, 100)


def test_what_is_rarely_tried_is_drawn_to_what_is_usual():
    rounds, _ = asked(1, 0)
    belief = PopularityThompson(reward_sd=1.0).belief(2, 3)
    rng = np.random.default_rng(2)
    for action, n, mean in ((0, 200, 1.0), (1, 200, 3.0), (2, 1, 6.0)):
        one = Rounds(
            user=np.zeros(n, int),
            context=np.zeros((n, 2)),
            action=rounds.action,
            features=rounds.features,
        )
        belief.learn(one.seen(np.full(n, action), mean + rng.normal(size=n)))
    expected, spread = belief.expected(rounds)[0], belief.spread(rounds)[0]
    np.testing.assert_allclose(expected[:2], [1, 3], atol=0.2)
    assert 3 < expected[2] < 6
    assert spread[2] > 5 * spread[:2].max()


class Fixed:
    """A belief with given numbers."""

    def __init__(self, expected, spread):
        self._expected, self._spread = (np.array([array], float) for array in (expected, spread))

    def expected(self, rounds):
        return self._expected

    def spread(self, rounds):
        return self._spread

    def draws(self, rounds, n_draws, rng):
        yield self._expected + self._spread * rng.normal(size=(n_draws, *self._expected.shape))


@pytest.mark.parametrize(
    ("exploring", "expected", "spread", "probability"),
    [
        (Greedily(epsilon=0), [1, 3, 2], [9, 9, 9], [0, 1, 0]),
        (Greedily(epsilon=0), [3, 3, 2], [0, 0, 0], [0.5, 0.5, 0]),
        (Greedily(epsilon=0.3), [1, 3, 2], [9, 9, 9], [0.1, 0.8, 0.1]),
        (UpperBound(width=2), [1, 3, 2], [1.5, 0, 0.4], [1, 0, 0]),
        (UpperBound(width=1, epsilon=0.3), [1, 3, 2], [1.5, 0, 0.4], [0.1, 0.8, 0.1]),
        (Elimination(width=1, epsilon=0), [1, 3, 2], [0.5, 0.2, 1], [0, 0.5, 0.5]),
        (Elimination(width=1, epsilon=0, highest=1), [1, 3, 2], [0.5, 0.2, 1], [1 / 3, 1 / 3, 1 / 3]),
        (Elimination(width=1, epsilon=0.3), [1, 3, 2], [0.1, 0.2, 0.1], [0.1, 0.8, 0.1]),
        (Thompson(n_draws=10, epsilon=0.3), [1, 3, 2], [0, 0, 0], [0.1, 0.8, 0.1]),
        (Thompson(n_draws=10, epsilon=0), [2, 2, 2], [0, 0, 0], [1 / 3, 1 / 3, 1 / 3]),
    ],
)
def test_each_way_to_explore_says_what_it_says(exploring, expected, spread, probability):
    rounds, rng = asked(1, 0)
    found = exploring.probabilities(Fixed(expected, spread), rounds, rng)
    np.testing.assert_allclose(found, [probability])


def test_thompson_takes_an_action_as_often_as_it_is_the_best():
    rounds, rng = asked(1, 0)
    found = Thompson(n_draws=10_000, epsilon=0.0).probabilities(Fixed([0, 1], [1, 0]), rounds, rng)
    np.testing.assert_allclose(found, [[0.1587, 0.8413, 0]], atol=0.015)  # P(a standard normal number > 1)


def test_draws_for_few_rounds_are_those_of_the_weights():
    rounds, seen = told()
    few = rounds.take(np.arange(2))
    belief = LinearThompson().belief(2, 3)
    belief.learn(seen)
    (drawn,) = belief.draws(few, 20_000, np.random.default_rng(1))
    assert few.n_rounds * few.n_actions < len(belief.mean)
    x = np.concatenate([products(few, action) for action in range(3)])  # an action after the other
    flat = drawn.transpose(0, 2, 1).reshape(len(drawn), -1)
    np.testing.assert_allclose(flat.mean(axis=0), x @ belief.mean, atol=0.02)
    np.testing.assert_allclose(np.cov(flat.T), x @ np.linalg.inv(belief.precision) @ x.T, atol=0.01)


def test_rewards_one_by_one_leave_the_inverse_of_the_precision():
    rounds, seen = told(400)
    belief = LinearThompson(prior_sd=30.0, noise_sd=0.1).belief(2, 3)
    for row in range(400):
        place = np.array([int(seen.action[row])])
        belief.learn(rounds.take(np.array([row])).seen(place, seen.reward[[row]]))
    np.testing.assert_allclose(belief.covariance, np.linalg.inv(belief.precision), rtol=1e-6, atol=1e-6)
