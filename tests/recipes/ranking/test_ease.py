import numpy as np
import pytest

from presage.errors import JobFailure
from presage.recipes.ranking import ease, relations
from presage.recipes.ranking.ease import Ease
from presage.recipes.ranking.relations import used_by

from ..logs import log_of, question_of, scored


def random_log(n_users=60, n_items=12):
    rng = np.random.default_rng(2)
    return log_of([rng.integers(0, n_items, 6).tolist() for _ in range(n_users)], n_items)


def dense(model):
    kept = model.relations
    weight = np.zeros((model.n_items, model.n_items))
    weight[np.repeat(np.arange(model.n_items), np.diff(kept.start)), kept.relative] = kept.weight
    return weight


@pytest.mark.parametrize("block", [5, 1024])
@pytest.mark.parametrize("regularization", [1.0, 50.0])
def test_each_item_is_the_ridge_regression_of_its_users_on_all_other_items(
    regularization, block, monkeypatch
):
    monkeypatch.setattr(ease, "BLOCK", block)
    monkeypatch.setattr(relations, "BLOCK", block)
    log = random_log()
    weight = dense(Ease(regularization=regularization).fit(log))
    used = used_by(log).toarray().astype(float)
    for item in range(log.n_items):
        others = np.arange(log.n_items) != item
        x, y = used[:, others], used[:, item]
        expected = np.linalg.solve(x.T @ x + regularization * np.eye(log.n_items - 1), x.T @ y)
        np.testing.assert_allclose(weight[others, item], expected, atol=1e-4)
        assert weight[item, item] == 0


def test_of_many_items_the_most_used_alone_are_learned():
    log = log_of([[0, 1, 2, 3], [1, 2, 3], [3, 2], [0, 4]] * 5)
    few = dense(Ease(max_items=3, regularization=1.0).fit(log))
    assert np.flatnonzero(few.any(axis=0)).tolist() == [0, 2, 3]
    assert np.flatnonzero(few.any(axis=1)).tolist() == [0, 2, 3]
    assert scored(Ease(max_items=3).fit(log), [question_of([4])])[0].argmax() in {2, 3}


def test_only_the_latest_different_items_are_learned():
    old, new = [[0, 1, 2, 3, 2, 3]] * 5, [[2, 3]] * 5
    learned, alone = (dense(Ease(max_history_length=2).fit(log_of(each, 4))) for each in (old, new))
    np.testing.assert_allclose(learned, alone)


def test_too_little_regularization_is_named():
    log = log_of([[0, 1]] * 3)
    with pytest.raises(JobFailure, match="regularization is 0, too little for these events"):
        Ease(regularization=0.0).fit(log)
