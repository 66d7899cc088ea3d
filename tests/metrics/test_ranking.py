"""Every figure against a definition written out user by user and place by place."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.metrics import ranking_metrics
from presage.metrics.formulas import ndcg

N_ITEMS = 60
lists = st.lists(st.integers(0, N_ITEMS - 1), max_size=40, unique=True)
held_out = st.lists(st.integers(0, N_ITEMS - 1), min_size=1, max_size=12)
users = st.lists(st.tuples(lists, held_out), min_size=1, max_size=8)
rewards = st.lists(st.floats(-5, 50, width=32), min_size=N_ITEMS, max_size=N_ITEMS)


def as_arrays(pairs):
    return [np.array(a, np.int32) for a, _ in pairs], [np.array(b, np.int32) for _, b in pairs]


def mean(values):
    return sum(values) / len(values)


def brute_reciprocal_rank(shown, wanted):
    for place, item in enumerate(shown[:25], start=1):
        if item in wanted:
            return 1 / place
    return 0.0


def brute_ndcg(shown, wanted, k):
    gained = sum(1 / math.log(1 + place) for place, item in enumerate(shown[:k], start=1) if item in wanted)
    best = sum(1 / math.log(1 + place) for place in range(1, min(k, len(set(wanted))) + 1))
    return gained / best


def brute_precision(shown, wanted, k):
    return sum(item in wanted for item in shown[:k]) / k


def brute_rewards(pairs, reward):
    lowest = min(0, *reward)
    shares = []
    for shown, wanted in pairs:
        worth = {item: reward[item] - lowest for item in shown}
        total = sum(worth[item] for item in shown if item in wanted)
        dearest = sorted(shown, key=lambda item: -worth[item])[:25]
        if total > 0:
            shares.append(sum(worth[item] for item in dearest if item in wanted) / total)
    return mean(shares) if shares else 0.0


@given(users)
def test_the_figures_equal_their_definitions(pairs):
    shown, wanted = as_arrays(pairs)
    figures = ranking_metrics(shown, wanted, N_ITEMS)
    expected = {
        "coverage": len({item for items, _ in pairs for item in items[:25]}) / N_ITEMS,
        "mean_reciprocal_rank_at_25": mean([brute_reciprocal_rank(*pair) for pair in pairs]),
    }
    for k in (5, 10, 25):
        expected[f"precision_at_{k}"] = mean([brute_precision(*pair, k) for pair in pairs])
        expected[f"normalized_discounted_cumulative_gain_at_{k}"] = mean([brute_ndcg(*p, k) for p in pairs])
    assert figures == {name: pytest.approx(value, abs=5.1e-5) for name, value in expected.items()}
    assert all(0 <= value <= 1 and round(value, 4) == value for value in figures.values())


@given(users, rewards)
def test_average_rewards_equal_their_definition(pairs, reward):
    shown, wanted = as_arrays(pairs)
    figures = ranking_metrics(shown, wanted, N_ITEMS, np.array(reward))
    assert figures["average_rewards_at_k"] == pytest.approx(brute_rewards(pairs, reward), abs=5.1e-5)


def test_ndcg_of_the_published_example():
    hits = np.array([[False, True, False, False, True]])
    assert ndcg(hits, np.array([2]), 5)[0] == pytest.approx(0.6241, abs=5e-5)


def test_a_perfect_list_of_few_items_reaches_1():
    figures = ranking_metrics([np.array([3, 4], np.int32)], [np.array([4, 3], np.int32)], 10)
    assert figures["normalized_discounted_cumulative_gain_at_25"] == 1.0
    assert figures["precision_at_5"] == 0.4
    assert figures["coverage"] == 0.2


def test_nobody_to_judge_by_is_an_error():
    with pytest.raises(ValueError, match="at least 1"):
        ranking_metrics([], [], 10)
