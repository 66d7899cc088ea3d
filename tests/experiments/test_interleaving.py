from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.experiments.interleaving import team_draft

ITEMS = [f"i{number}" for number in range(20)]
RANKINGS = st.lists(st.lists(st.sampled_from(ITEMS), unique=True, max_size=15), min_size=2, max_size=5)


@given(RANKINGS, st.integers(0, 30), st.integers())
def test_a_draft_has_each_item_once_and_from_who_ranks_it(rankings, n_results, seed):
    drafted = team_draft(rankings, n_results, Random(seed).shuffle)
    items = [item for item, _ in drafted]
    assert len(items) == len(set(items)) == min(n_results, len(set().union(*rankings)))
    assert all(item in rankings[arm] for item, arm in drafted)


@given(RANKINGS, st.integers())
def test_what_an_arm_brings_is_in_its_order(rankings, seed):
    drafted = team_draft(rankings, 30, Random(seed).shuffle)
    for arm, ranking in enumerate(rankings):
        places = [ranking.index(item) for item, one in drafted if one == arm]
        assert places == sorted(places)


@given(st.permutations(ITEMS), st.permutations(ITEMS), st.integers(1, 20), st.integers())
def test_arms_bring_as_many_but_one(one, other, n_results, seed):
    brought = [arm for _, arm in team_draft([one, other], n_results, Random(seed).shuffle)]
    assert abs(2 * sum(brought) - n_results) <= 1


def preference(rankings, chance, n_users, seed):
    """The mean over users of (chosen of the second - of the first) / chosen, of a list of 10."""
    rng, draft = np.random.default_rng(seed), Random(seed)
    scores = []
    for _ in range(n_users):
        drafted = team_draft(rankings(rng), 10, draft.shuffle)
        chosen = [
            arm for place, (item, arm) in enumerate(drafted) if rng.random() < chance(item) / (1 + place)
        ]
        scores.append((2 * sum(chosen) - len(chosen)) / max(len(chosen), 1))
    return np.mean(scores), np.std(scores) / np.sqrt(n_users)


def worth(item):
    return 1 - int(item[1:]) / len(ITEMS)


@pytest.mark.parametrize(
    "rankings",
    [
        lambda rng: [ITEMS, ITEMS],
        lambda rng: [list(rng.permutation(ITEMS)) for _ in range(2)],
        lambda rng: [ITEMS[1::2] + ITEMS[::2], ITEMS[1::2] + ITEMS[::2][::-1]],
    ],
    ids=["the same list", "random lists", "lists that differ where nobody looks"],
)
def test_equal_rankers_are_equal(rankings):
    mean, error = preference(rankings, worth, 4_000, seed=1)
    assert abs(mean) < 3.3 * error


def test_the_better_ranker_is_found():
    def rankings(rng):
        noisy = sorted(ITEMS, key=lambda item: -worth(item) + rng.normal(0, 0.5))
        return [noisy, ITEMS]

    mean, error = preference(rankings, worth, 1_000, seed=2)
    assert mean > 5 * error
