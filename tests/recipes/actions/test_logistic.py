import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit

from presage.recipes.actions.logistic import Pooling, fit_pooled, log_loss

RNG = np.random.default_rng(0)


def drawn(n, weight, offset):
    x = RNG.normal(size=(n, len(weight)))
    return x, RNG.random(n) < expit(x @ weight + offset)


def test_weights_and_offsets_are_found():
    weights, offsets = np.array([[1.0, 0.0], [0.0, -1.5]]), np.array([-1.0, 0.5])
    parts = [drawn(4000, *pair) for pair in zip(weights, offsets, strict=True)]
    x, taken = (np.concatenate(some) for some in zip(*parts, strict=True))
    action = np.repeat([0, 1], 4000).astype(np.int32)
    found = fit_pooled(sparse.csr_array(x), action, taken, 2, Pooling(penalty=1.0, own=1.0))
    np.testing.assert_allclose(found[:, :2], weights, atol=0.15)
    np.testing.assert_allclose(found[:, 2], offsets, atol=0.15)


def test_an_action_of_which_little_is_known_is_like_the_others():
    x, taken = drawn(3000, np.array([1.5]), 0.0)
    few, few_taken = np.array([[1.0], [-1.0]]), np.array([False, True])
    action = np.array([0] * 3000 + [1] * 2, np.int32)
    features = sparse.csr_array(np.concatenate([x, few]))
    found = fit_pooled(features, action, np.concatenate([taken, few_taken]), 2, Pooling(penalty=1, own=0.3))
    assert found[1, 0] == pytest.approx(found[0, 0], abs=0.5)
    assert found[1, 0] < found[0, 0], "what is known counts a little"


def test_the_loss_of_a_coin_is_the_logarithm_of_two():
    assert log_loss(np.zeros(2), np.array([True, False])) == pytest.approx(np.log(2))
    assert log_loss(np.array([20.0, -20.0]), np.array([True, False])) < 1e-6
