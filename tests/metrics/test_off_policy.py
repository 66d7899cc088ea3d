"""What a policy would earn, from the log of another one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.metrics.off_policy import (
    bias_of,
    cross_fitted,
    doubly_robust,
    importance,
    interval,
    ips,
    optimistic,
    snips,
    switch,
    tuned,
)

MEAN = np.array([[0.2, 0.5, 0.9], [0.8, 0.1, 0.4]])  # of each context's actions
LOGGED = np.array([[0.6, 0.3, 0.1], [0.2, 0.6, 0.2]])
TARGET = np.array([[0.1, 0.2, 0.7], [0.7, 0.0, 0.3]])
VALUE = float((TARGET * MEAN).sum(axis=1).mean())


def log(n, seed):
    """(weight, reward, context, action) of n rounds of both contexts."""
    rng = np.random.default_rng(seed)
    context = rng.integers(0, 2, n)
    action = (rng.random((n, 1)) > np.cumsum(LOGGED[context], axis=1)[:, :-1]).sum(axis=1)
    reward = (rng.random(n) < MEAN[context, action]).astype(float)
    return importance(TARGET[context, action], LOGGED[context, action]), reward, context, action


def by_model(model, context, action):
    """(foreseen, expected) by a table of forecasts."""
    return model[context, action], (TARGET[context] * model[context]).sum(axis=1)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=50), st.integers(0, 99))
def test_a_policy_judged_on_its_own_log_earns_the_mean_reward(rewards, seed):
    reward = np.array(rewards)
    weight = importance(*[np.random.default_rng(seed).uniform(0.1, 1.0, len(reward))] * 2)
    for found in (ips(weight, reward), snips(weight, reward)):
        assert found.mean() == pytest.approx(reward.mean())


@pytest.mark.parametrize("model", [np.zeros((2, 3)), MEAN, 1 - MEAN], ids=["none", "right", "wrong"])
def test_estimates_meet_the_truth_whatever_the_model(model):
    weight, reward, context, action = log(200_000, 1)
    foreseen, expected = by_model(model, context, action)
    for found in (
        ips(weight, reward),
        snips(weight, reward),
        doubly_robust(weight, reward, foreseen, expected),
    ):
        assert found.mean() == pytest.approx(VALUE, abs=0.01)


def test_a_right_model_is_right_without_weights_and_makes_estimates_surer():
    weight, reward, context, action = log(20_000, 2)
    told = reward, *by_model(MEAN, context, action)
    direct = doubly_robust(np.zeros_like(weight), *told)
    assert direct.mean() == pytest.approx(VALUE, abs=0.01)
    assert doubly_robust(weight, *told).std() < 0.8 * ips(weight, reward).std()


def test_snips_is_the_ratio_of_sums():
    weight, reward, *_ = log(500, 3)
    assert snips(weight, reward).mean() == pytest.approx((weight * reward).sum() / weight.sum())


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20), st.sampled_from([optimistic, switch]))
def test_shrunken_weights_are_no_larger_and_all_or_none_at_the_ends(weights, shrink):
    weight = np.array(weights)
    for parameter in (0.5, 3.0, 1e3):
        shrunk = shrink(weight, parameter)
        assert np.all((shrunk >= 0) & (shrunk <= weight * (1 + 1e-12)))
    np.testing.assert_array_equal(shrink(weight, np.inf), weight)
    np.testing.assert_array_equal(shrink(weight, 0.0), 0)


def test_weights_are_shrunken_as_far_as_the_model_can_be_trusted():
    weight, reward, context, action = log(3_000, 4)
    among = (0.0, 1.0, 10.0, 30.0, 100.0, np.inf)
    right, wrong = (
        tuned(optimistic, weight, reward, *by_model(model, context, action), among=among)
        for model in (MEAN, 1 - MEAN)
    )
    assert right < wrong == np.inf


def test_what_shrinking_costs_is_seen():
    weight, reward, context, action = log(50_000, 5)
    foreseen, expected = by_model(1 - MEAN, context, action)
    shrunk = switch(weight, 1.0)
    off = abs(doubly_robust(shrunk, reward, foreseen, expected).mean() - VALUE)
    assert bias_of(weight - shrunk, reward, foreseen) == pytest.approx(off, abs=0.02)
    assert off > 0.1


def test_an_interval_holds_the_truth_as_often_as_it_says():
    held, above = 0, 0
    for seed in range(400):
        weight, reward, *_ = log(60, 100 + seed)
        _, low, high = interval(snips(weight, reward), 0.9)
        held += low <= VALUE <= high
        above += high < VALUE
    assert 0.86 < held / 400 < 0.95
    assert above < 40


def test_an_interval_leans_to_the_longer_tail():
    rare = np.zeros(100)
    rare[:3] = 1.0
    value, low, high = interval(rare)
    assert value == pytest.approx(0.03)
    assert high - value > 1.2 * (value - low)
    wide = interval(rare, bias=0.5)
    assert (wide.low, wide.high) == pytest.approx((low - 0.5, high + 0.5))
    assert interval(np.ones(5)) == (1.0, 1.0, 1.0)


@settings(deadline=None)
@given(st.integers(2, 40), st.integers(2, 5))
def test_no_round_is_foreseen_by_a_model_that_saw_it(n, n_folds):
    def fit(rows):
        return lambda asked: np.isin(asked, rows).astype(float)[:, None]

    found = cross_fitted(fit, n, n_folds, np.random.default_rng(n))
    np.testing.assert_array_equal(found, np.zeros((n, 1)))


@pytest.mark.parametrize(
    ("target", "propensity", "message"),
    [
        (
            [0.5, 0.5],
            [0.5, 0.0],
            r"propensity is 0.0 in round 1; it must be a probability above 0: an action",
        ),
        ([0.5, 0.5], [1.5, 0.5], r"propensity is 1.5 in round 0"),
        ([0.5, np.nan], [0.5, 0.5], r"target is nan in round 1; it must be a probability$"),
    ],
)
def test_what_is_no_probability_is_refused(target, propensity, message):
    with pytest.raises(ValueError, match=message):
        importance(np.array(target), np.array(propensity))


def test_a_log_that_tells_nothing_is_refused():
    with pytest.raises(ValueError, match="no logged action could be chosen by the policy that is judged"):
        snips(np.zeros(3), np.ones(3))
