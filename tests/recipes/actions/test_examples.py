import numpy as np
import pytest

from presage.recipes.actions.examples import LEAST_OF_EACH, SECONDS_PER_DAY, examples_of, learnable
from presage.recipes.data import ActionLog, Interactions


def log_of(*events, n_actions=2):
    """From (user, action, day, whether it was taken)."""
    user, action, day, taken = zip(*events, strict=True)
    none = np.zeros(0, np.int32)
    interactions = Interactions(user=none, item=none, time=none.astype(np.int64), n_users=9, n_items=1)
    return ActionLog(
        interactions=interactions,
        user=np.array(user, np.int32),
        action=np.array(action, np.int32),
        time=(np.array(day) * SECONDS_PER_DAY).astype(np.int64),
        is_taken=np.array(taken, bool),
        n_actions=n_actions,
    )


def windows(log, days):
    found = examples_of(log, days)
    rows = zip(found.user, found.action, found.time / SECONDS_PER_DAY, found.is_taken, strict=True)
    return sorted((int(u), int(a), float(t), bool(taken)) for u, a, t, taken in rows)


def test_an_action_is_taken_if_that_happens_soon_enough_after_it_was_shown():
    log = log_of((0, 0, 0, False), (0, 0, 5, True), (0, 0, 30, False), (0, 0, 45, True))
    assert windows(log, 7) == [(0, 0, 0, True), (0, 0, 30, False), (0, 0, 45, True)]
    assert windows(log, 28) == [(0, 0, 0, True), (0, 0, 30, True)]


def test_each_user_and_action_has_windows_of_its_own():
    log = log_of((1, 1, 2, True), (0, 0, 0, False), (0, 1, 1, True), (1, 1, 1, False))
    assert windows(log, 14) == [(0, 0, 0, False), (0, 1, 1, True), (1, 1, 1, True)]


@pytest.mark.parametrize("n_more", [0, 1])
def test_an_action_is_learned_if_it_was_taken_and_not_often_enough_lately(n_more):
    n = LEAST_OF_EACH - 1 + n_more
    events = [(0, 0, 50 + k / 100, True) for k in range(n)] + [(0, 0, 50, False)] * LEAST_OF_EACH
    old = [(0, 1, 1, kind) for kind in (True, False) for _ in range(LEAST_OF_EACH)]
    assert learnable(log_of(*events, *old)).tolist() == [bool(n_more), False]
