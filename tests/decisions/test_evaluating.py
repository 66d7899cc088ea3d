"""Policies judged from arrays whose truth is known."""

import numpy as np
import pytest

from presage.decisions.evaluating import Logged, evaluate, foresee, own_value


def log(n, seed, n_actions=3):
    """Rounds whose reward is a line of the context, another one for each action."""
    rng = np.random.default_rng(seed)
    context = rng.normal(5, 2, size=(n, 2))
    mean = context @ np.array([[1.0, 0.0, -1.0], [0.5, 1.0, 0.0]]) + 10
    chance = rng.dirichlet(np.ones(n_actions) * 5, n)
    action = (np.cumsum(chance, axis=1)[:, :-1] < rng.random((n, 1))).sum(axis=1)
    row = np.arange(n)
    reward = mean[row, action] + rng.normal(size=n)
    target = (mean == mean.max(axis=1, keepdims=True)).astype(float)
    made = Logged(
        context=context, n_actions=n_actions, action=action, propensity=chance[row, action], reward=reward
    )
    return made, target, mean


def test_both_estimators_find_the_value_and_the_model_makes_one_surer():
    logged, target, mean = log(2_000, 1)
    found = evaluate(logged, target, foresee(logged), 0.999)
    truth = (target * mean).sum(axis=1).mean()
    for one in (found.snips, found.doubly_robust):
        assert one.low < truth < one.high
    assert found.doubly_robust.high - found.doubly_robust.low < 0.7 * (found.snips.high - found.snips.low)
    assert 100 < found.effective < 2_000
    assert own_value(logged.reward).snips.value == pytest.approx(logged.reward.mean())


def test_a_round_is_foreseen_without_its_reward():
    logged, _, mean = log(300, 2)
    foreseen = foresee(logged)
    assert np.corrcoef(foreseen.ravel(), mean.ravel())[0, 1] > 0.95
    changed = logged.reward.copy()
    changed[7] += 1e6
    other = foresee(Logged(**{**vars(logged), "reward": changed}))
    assert other[7] == pytest.approx(foreseen[7])
    assert not np.allclose(other, foreseen, atol=1)


def test_many_actions_are_foreseen_without_context():
    rng = np.random.default_rng(3)
    action = rng.integers(0, 1_500, 6_000)
    logged = Logged(
        context=rng.normal(size=(6_000, 3)),
        n_actions=1_500,
        action=action,
        propensity=np.full(6_000, 1 / 1_500),
        reward=(action % 2).astype(float),
    )
    foreseen = foresee(logged)
    assert foreseen[:, 1::2].mean() - foreseen[:, ::2].mean() > 0.5


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_rounds_tell_nothing(n):
    logged, target, mean = log(n, 4)
    assert own_value(logged.reward) is None
    assert evaluate(logged, target, mean) is None


def test_what_was_never_done_is_not_judged():
    logged, _, mean = log(50, 5)
    never = np.zeros((50, 3))
    never[np.arange(50), (logged.action + 1) % 3] = 1
    assert evaluate(logged, never, mean) is None
