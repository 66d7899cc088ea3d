"""Is another policy better than the one that was logged?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.metrics.advantage import LEAST, Evidence, advantages, log_capital

MEAN = np.array([0.2, 0.5, 0.7])
LOGGED = np.array([0.7, 0.25, 0.05])
BETTER = np.array([0.1, 0.3, 0.6])


def log(n, rng):
    """(place, reward) of n rounds."""
    place = rng.choice(3, n, p=LOGGED)
    return place, (rng.random(n) < MEAN[place]).astype(float)


def told(judged, foreseen, place, reward):
    n = len(place)
    return advantages(
        np.tile(judged, (n, 1)), np.tile(LOGGED, (n, 1)), np.tile(foreseen, (n, 1)), place, reward
    )


def rows(*, least=0.0):
    """Probabilities of three actions."""
    return st.lists(st.floats(least, 1), min_size=3, max_size=3).filter(lambda row: sum(row) > 0.1)


@given(rows(), rows(least=0.001), st.lists(st.floats(-1, 2), min_size=3, max_size=3))
def test_no_round_says_less_than_the_bound_and_the_mean_is_the_difference(judged, logged, foreseen):
    judged, logged = (np.array(row) / sum(row) for row in (judged, logged))
    n = 6
    place, reward = np.arange(n) % 3, np.arange(n) // 3 % 2.0
    contribution = advantages(
        np.tile(judged, (n, 1)), np.tile(logged, (n, 1)), np.tile(foreseen, (n, 1)), place, reward
    )
    assert (contribution >= LEAST - 1e-9).all()
    by_place = contribution.reshape(2, 3)  # rewards of 0, then of 1
    expected = logged @ (by_place[0] * (1 - MEAN) + by_place[1] * MEAN)
    assert expected == pytest.approx((judged - logged) @ MEAN, abs=1e-9)


def test_what_could_not_be_logged_earns_nothing():
    place, reward = np.array([0, 1, 0, 1]), np.array([0.0, 0.0, 1.0, 1.0])
    logged, judged = np.array([[0.5, 0.5, 0.0]] * 4), np.array([[0.0, 0.0, 1.0]] * 4)
    contribution = advantages(judged, logged, np.full((4, 3), 0.9), place, reward)
    assert contribution.tolist() == [0, 0, -1, -1]


def test_a_good_model_makes_the_difference_surer():
    place, reward = log(5_000, np.random.default_rng(1))
    assert told(BETTER, MEAN, place, reward).std() < 0.9 * told(BETTER, np.zeros(3), place, reward).std()


def test_the_bound_is_below_the_difference_at_all_times_but_rarely():
    judged = np.array([0.6, 0.39, 0.01])
    difference = float((judged - LOGGED) @ MEAN)
    crossed = 0
    for seed in range(400):
        place, reward = log(1_000, np.random.default_rng(seed))
        contribution = told(judged, np.full(3, 0.4), place, reward)
        capital = log_capital(
            np.cumsum(contribution - difference), np.cumsum(contribution**2)
        )  # that the mean is the truth
        crossed += (capital >= np.log(10)).any()
    assert crossed <= 0.1 * 400


def test_a_better_policy_is_found_and_a_worse_one_is_not():
    for seed in range(20):
        place, reward = log(4_000, np.random.default_rng(seed))
        for judged, is_better in ((BETTER, True), (np.array([0.9, 0.07, 0.03]), False)):
            evidence = Evidence()
            for contribution in told(judged, np.full(3, 0.4), place, reward).tolist():
                evidence.add(contribution)
            assert evidence.is_above(0.05) == is_better
            assert (evidence.low(0.05) > 0) == is_better
            assert evidence.low(0.05) < evidence.mean


def test_who_was_better_once_is_not_better_now():
    evidence = Evidence()
    for contribution in [0.5, 0.3] * 500 + [-0.1, 0.09] * 3_000:
        evidence.add(contribution)
    assert evidence.low(0.05) > 0
    assert not evidence.is_above(0.05)


def test_of_no_round_nothing_is_known():
    assert Evidence().low(0.05) == -np.inf
    assert not Evidence().is_above(0.05)
    assert Evidence().mean == 0
