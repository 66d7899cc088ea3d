import numpy as np
import pytest

from presage.artifacts import load, save
from presage.recipes import load_model
from presage.recipes.data import Query
from presage.recipes.ranking.objective import STRENGTH, LiftedModel, objective_weights
from presage.recipes.ranking.popularity import PopularityModel

PRICES = np.array([1.0, 2.0, 3.0, 10.0])
NOBODY = Query(item=np.zeros(0, np.int32), time=np.zeros(0, np.int64))


def lifted(sensitivity):
    inner = PopularityModel(share=np.array([0.4, 0.3, 0.2, 0.1], np.float32))
    return LiftedModel(inner=inner, weight=objective_weights(PRICES, sensitivity))


def expected_price(model):
    return float(model.score(model.represent([NOBODY]))[0] @ PRICES)


def test_a_higher_sensitivity_earns_more():
    earned = [expected_price(lifted(sensitivity)) for sensitivity in STRENGTH]
    assert earned == sorted(earned)
    assert earned[0] == pytest.approx(0.4 * 1 + 0.3 * 2 + 0.2 * 3 + 0.1 * 10)
    assert len(set(earned)) == len(earned)


def test_scores_still_sum_to_one():
    scores = lifted("HIGH").score(np.zeros((3, 0), np.float32))
    assert scores.sum(axis=1) == pytest.approx([1, 1, 1])


def test_equal_items_are_not_lifted():
    assert objective_weights(np.full(3, 7.0), "HIGH").tolist() == [1, 1, 1]


def test_a_lifted_model_survives_the_disk(tmp_path):
    model = lifted("MEDIUM")
    save(tmp_path / "m", *model.state())
    again = load_model(*load(tmp_path / "m"))
    assert np.array_equal(again.score(again.represent([NOBODY])), model.score(model.represent([NOBODY])))
