import numpy as np

from presage.recipes.ranking.objective import LiftedModel
from presage.recipes.ranking.popularity import PopularityModel
from presage.trials import previous_of

MODEL = PopularityModel(share=np.array([0.25, 0.75], np.float32))


def test_items_are_found_by_their_ids():
    previous = previous_of(MODEL, ["bow", "cap"], ["ant", "cap", "bow", "dog"])
    assert previous.model is MODEL
    assert previous.item.tolist() == [-1, 1, 0, -1]
    assert previous.item.dtype == np.int32


def test_a_training_goes_on_from_relevance_alone():
    lifted = LiftedModel(inner=MODEL, weight=np.ones(2, np.float32))
    assert previous_of(lifted, [], []).model is MODEL
