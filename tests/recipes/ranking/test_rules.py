from dataclasses import replace

import numpy as np
import pytest

from presage.recipes.ranking.rules import SequentialRules

from ..logs import log_of, question_of, scored


def rules_of(model, item):
    kept = model.relations
    here = slice(kept.start[item], kept.start[item + 1])
    return dict(zip(kept.relative[here].tolist(), kept.weight[here].tolist(), strict=True))


@pytest.mark.parametrize("window", [1, 3, 50])
@pytest.mark.parametrize("discount", [0.0, 0.5])
def test_rules_are_what_the_docstring_says(window, discount):
    rng = np.random.default_rng(2)
    histories = [rng.integers(0, 6, 9).tolist() for _ in range(20)]
    model = SequentialRules(window=window, popularity_discount_factor=discount).fit(log_of(histories, 7))
    counts = np.zeros((7, 7))
    for history in histories:
        for at, item in enumerate(history):
            for k, other in enumerate(history[at + 1 : at + 1 + window], 1):
                counts[item, other] += (item != other) / k
    for item in range(7):
        expected = {
            other: counts[item, other] / counts[item].sum() / counts[:, other].sum() ** discount
            for other in np.flatnonzero(counts[item]).tolist()
        }
        assert rules_of(model, item) == pytest.approx(expected, rel=1e-5)


def test_order_counts_and_users_are_kept_apart():
    model = SequentialRules(window=2).fit(log_of([[0, 1, 2], [3, 4]], n_items=5))
    assert rules_of(model, 0).keys() == {1, 2}
    assert rules_of(model, 2) == {}
    assert rules_of(model, 3).keys() == {4}


def test_the_last_item_counts_most():
    model = SequentialRules().fit(log_of([[0, 1], [2, 3]] * 10))
    one, other = scored(model, [question_of([0, 2]), question_of([2, 0])])
    assert (one.argmax(), other.argmax()) == (3, 1)


def test_an_event_of_little_weight_makes_a_weak_rule():
    log = log_of([[0, 1], [0, 2]], 3)
    weighed = replace(log, weight=np.float32([1, 0.1, 1, 1.9]))
    found = SequentialRules(popularity_discount_factor=0.0).fit(weighed).relations
    assert dict(zip(found.relative.tolist(), found.weight.tolist(), strict=True)) == pytest.approx(
        {2: 0.95, 1: 0.05}
    )
