from dataclasses import replace

import numpy as np
import pytest

from presage.recipes.ranking import relations, sequential_ridge
from presage.recipes.ranking.sequential_ridge import SequentialRidge

from ..logs import log_of, question_of, scored
from .test_ease import dense


def expected(log, decay, length, regularization, learned):
    """The weights by a loop over events and a dense solution."""
    before = np.zeros((len(log.item), log.n_items))
    after = np.zeros_like(before)
    for event, item in enumerate(log.item):
        after[event, item] = 1
        for back in range(1, length + 1):
            if event >= back and log.user[event - back] == log.user[event]:
                before[event, log.item[event - back]] += decay ** (back - 1)
    before, after = before[:, learned], after[:, learned]
    weighed = log.weights[:, None] * before
    solved = np.linalg.solve(before.T @ weighed + regularization * np.eye(len(learned)), weighed.T @ after)
    np.fill_diagonal(solved, 0)
    weight = np.zeros((log.n_items, log.n_items))
    weight[np.ix_(learned, learned)] = solved
    return weight


@pytest.mark.parametrize("dense_from", [0.0, 1.0])
@pytest.mark.parametrize("events", [7, 1000])
def test_each_item_is_the_ridge_regression_on_the_decayed_items_before_it(dense_from, events, monkeypatch):
    monkeypatch.setattr(sequential_ridge, "DENSE", dense_from)
    monkeypatch.setattr(sequential_ridge, "EVENTS", events)
    monkeypatch.setattr(relations, "BLOCK", 5)
    rng = np.random.default_rng(2)
    log = log_of([rng.integers(0, 12, rng.integers(0, 9)).tolist() for _ in range(40)], 12)
    recipe = SequentialRidge(regularization=3.0, decay=0.7, max_history_length=4)
    np.testing.assert_allclose(dense(recipe.fit(log)), expected(log, 0.7, 4, 3.0, np.arange(12)), atol=1e-4)


def test_events_are_weighed():
    rng = np.random.default_rng(3)
    log = log_of([rng.integers(0, 6, 8).tolist() for _ in range(20)], 6)
    log = replace(log, weight=rng.uniform(0, 2, len(log.item)).astype(np.float32))
    found = dense(SequentialRidge(regularization=2.0).fit(log))
    np.testing.assert_allclose(found, expected(log, 0.8, 20, 2.0, np.arange(6)), atol=1e-4)


def test_of_many_items_the_most_used_alone_are_learned():
    log = log_of([[0, 1, 2, 3], [1, 2, 3], [3, 2], [0, 4]] * 5)
    recipe = SequentialRidge(max_items=3, regularization=1.0)
    np.testing.assert_allclose(
        dense(recipe.fit(log)), expected(log, 0.8, 20, 1.0, np.array([0, 2, 3])), atol=1e-4
    )


def test_what_comes_next_depends_on_the_order():
    model = SequentialRidge(regularization=1.0, decay=0.1).fit(log_of([[0, 1, 2], [1, 0, 3]] * 20))
    one, other = scored(model, [question_of([0, 1]), question_of([1, 0])])
    assert one[2] > 5 * one[3]
    assert other[3] > 5 * other[2]
