import numpy as np
import pytest

from presage.artifacts import load, save
from presage.recipes import load_model
from presage.recipes.ranking.objective import STRENGTH, LiftedModel, objective_weights
from presage.recipes.ranking.popularity import PopularityModel

from ..logs import question_of, scored

PRICES = np.array([1.0, 2.0, 3.0, 10.0])


def lifted(sensitivity):
    inner = PopularityModel(share=np.array([0.4, 0.3, 0.2, 0.1], np.float32))
    return LiftedModel(inner=inner, weight=objective_weights(PRICES, sensitivity))


def expected_price(model):
    return float(scored(model, [question_of()])[0] @ PRICES)


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
    assert np.array_equal(scored(again, [question_of()]), scored(model, [question_of()]))


def test_new_items_are_not_lifted():
    inner = PopularityModel(share=np.full(4, 0.25, np.float32))
    model = LiftedModel(inner=inner, weight=objective_weights(PRICES, "HIGH")).extended({}, 1)
    assert model.weight.tolist()[4:] == [1]
    assert model.n_items == model.inner.n_items == 5
