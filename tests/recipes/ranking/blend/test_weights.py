import numpy as np
import pytest

from presage.recipes.ranking.blend.weights import choose_weights, mean_gain, pooled


def drawn(log, seed=0):
    """(n,): an item drawn from each row of log-probabilities."""
    noise = np.random.default_rng(seed).gumbel(size=log.shape)
    return (log + noise).argmax(axis=1).astype(np.int32)


def logs_of(n_members, n_held=800, n_items=20, seed=1):
    logit = np.random.default_rng(seed).normal(size=(n_members, n_held, n_items)).astype(np.float32)
    return [one - np.log(np.exp(one).sum(axis=1, keepdims=True)) for one in logit]


def test_the_weights_that_made_the_events_are_found():
    logs = logs_of(4)
    item = drawn(0.8 * logs[0] + 1.5 * logs[1] - 0.6 * logs[3])
    found = choose_weights(logs, item, [0, 0, 0, -np.inf])
    np.testing.assert_allclose(found, [0.8, 1.5, 0, -0.6], atol=0.15)


def test_no_weight_but_a_free_one_is_below_0():
    logs = logs_of(3)
    item = drawn(-logs[1] - logs[2])
    found = choose_weights(logs, item, [0, 0, -np.inf])
    assert found[1] == 0
    assert found[2] < -0.8


def test_a_member_that_is_needed_keeps_its_lowest_weight():
    logs = logs_of(2)
    found = choose_weights(logs, drawn(logs[0] - logs[1]), [0, 0.1])
    assert found[1] == pytest.approx(0.1)


@pytest.mark.parametrize("seed", range(5))
def test_no_member_alone_ranks_the_held_out_items_better(seed):
    logs = logs_of(3, n_held=12, seed=seed)
    item = drawn(logs[0] + logs[1], seed)
    found = mean_gain(pooled(logs, choose_weights(logs, item, [0] * 3)), item)
    assert found >= max(mean_gain(log, item) for log in logs)


def test_a_member_that_ranks_best_alone_stands_alone():
    sure = np.float32([[0.98, 0.01, 0.01], [0.98, 0.01, 0.01], [0.01, 0.01, 0.98]])
    right = np.float32([[0.32, 0.34, 0.34], [0.34, 0.32, 0.34], [0.34, 0.34, 0.32]])
    item = np.array([0, 0, 1], np.int32)
    logs = [np.log(sure), np.log(right)]
    assert mean_gain(logs[0], item) > mean_gain(logs[1], item)
    found = choose_weights(logs, item, [0, 0])
    assert mean_gain(pooled(logs, found), item) >= mean_gain(logs[0], item)


def test_without_events_all_members_count_the_same_and_free_ones_nothing():
    nothing = [np.zeros((0, 4), np.float32)] * 3
    found = choose_weights(nothing, np.zeros(0, np.int32), [0, 0, -np.inf])
    np.testing.assert_array_equal(found, [0.5, 0.5, 0])


def test_a_gain_falls_with_the_rank_and_equals_share_the_middle():
    score = np.float32([[3, 2, 1], [1, 1, 1], [0, 2, 2]])
    gain = mean_gain(score, np.array([0, 0, 0], np.int32))
    assert gain == pytest.approx((1 + 1 / np.log2(3) + 1 / 2) / 3)
