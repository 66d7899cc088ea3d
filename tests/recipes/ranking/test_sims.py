from itertools import product

import numpy as np
import pytest

from presage.recipes.ranking.sims import Sims

from ..logs import log_of, question_of, scored

ALL = {
    "min_cointeraction_count": 1,
    "min_user_history_length_percentile": 0.0,
    "max_user_history_length_percentile": 1.0,
    "min_item_interaction_count_percentile": 0.0,
    "max_item_interaction_count_percentile": 1.0,
}


def random_log(n_users=40, n_items=12):
    rng = np.random.default_rng(2)
    return log_of([rng.integers(0, n_items, 5).tolist() for _ in range(n_users)], n_items)


def related(model, seed):
    return scored(model, [question_of(seed_item=seed)])[0]


@pytest.mark.parametrize("discount", [0.0, 0.5, 1.0])
def test_likeness_is_what_the_docstring_says(discount):
    log = random_log()
    model = Sims(**ALL, popularity_discount_factor=discount).fit(log)
    users = [set(log.user[log.item == i].tolist()) for i in range(log.n_items)]
    for a, b in product(range(log.n_items), repeat=2):
        here = slice(model.start[a], model.start[a + 1])
        found = dict(zip(model.relative[here].tolist(), model.likeness[here], strict=True))
        both = len(users[a] & users[b])
        if a == b or not both:
            assert b not in found
        else:
            assert found[b] == pytest.approx(both / (len(users[a]) * len(users[b])) ** discount)


def test_relatives_come_first_then_popular_items_then_the_seed():
    log = log_of([[0, 1], [0, 1], [0, 2], [3], [3], [3], [4]], n_items=6)
    model = Sims(**ALL, popularity_discount_factor=0.0).fit(log)
    assert np.argsort(-related(model, 0), kind="stable").tolist() == [1, 2, 3, 4, 0, 5]
    assert related(model, 0)[0] == 0


@pytest.mark.parametrize("seed", [None, 99, -1, 5])
def test_an_unknown_seed_gives_popular_items(seed):
    model = Sims(**ALL).fit(log_of([[0, 1], [0, 2], [0, 1]], n_items=6))
    assert np.argsort(-related(model, seed), kind="stable")[:3].tolist() == [0, 1, 2]


def test_too_few_users_in_common_are_no_relation():
    log = log_of([[0, 1]] * 3 + [[0, 2]] * 2)
    model = Sims(**ALL | {"min_cointeraction_count": 3}).fit(log)
    assert model.relative[: model.start[1]].tolist() == [1]


def test_the_most_popular_items_are_no_relatives_by_default():
    log = log_of([[0, 1 + u % 10, 1 + (u + 1) % 10] for u in range(60)])
    assert 0 not in Sims().fit(log).relative
    assert 0 in Sims(max_item_interaction_count_percentile=1.0).fit(log).relative


def test_a_new_item_comes_last_and_has_popular_items_for_relatives():
    model = Sims(**ALL).fit(log_of([[0, 1], [0, 2], [0, 1]])).extended({}, 2)
    assert related(model, 1)[3:].tolist() == [0, 0]
    assert np.argsort(-related(model, 4), kind="stable").tolist() == [0, 1, 2, 3, 4]
