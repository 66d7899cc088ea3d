import numpy as np
import pytest

from presage.recipes.data import Training
from presage.recipes.ranking.blend.version2 import SECOND_FROM, UserPersonalizationV2, members_for
from presage.recipes.ranking.hrnn.model import HrnnModel
from presage.recipes.ranking.hrnn.recipe import UserPersonalization
from presage.recipes.ranking.linear import LinearModel
from presage.recipes.ranking.linear_recurrence.recipe import LinearRecurrence

from ...logs import categories, log_of, question_of, scored

N_ITEMS, N_COLD = 24, 4
GENRE = categories(*[(item % 2,) for item in range(N_ITEMS)], n_values=2)
"""Users like even items or odd ones; nobody has used the last four."""


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    histories = [(2 * rng.permutation(10)[:7] + user % 2).tolist() for user in range(60)]
    log = log_of(histories, N_ITEMS, item_features={"GENRE": GENRE})
    return UserPersonalizationV2().fit(log, Training(seed=1))


def test_networks_and_closed_forms_answer_as_one(model):
    kinds = [type(member) for member in model.members]
    assert kinds.count(HrnnModel) == 1
    assert LinearModel in kinds


@pytest.mark.parametrize("n_events", [SECOND_FROM - 1, SECOND_FROM])
def test_a_network_of_another_kind_learns_from_many_events(n_events):
    recipes = [member.recipe for member in members_for(n_events, recency=False)]
    assert any(isinstance(one, LinearRecurrence) for one in recipes) == (n_events >= SECOND_FROM)
    (network,) = [one for one in recipes if isinstance(one, UserPersonalization)]
    assert network.recency_mask is False


def test_items_that_nobody_used_are_ranked_by_their_metadata(model):
    even, odd = scored(model, [question_of([0, 6, 2, 10]), question_of([1, 7, 3, 11])])
    cold = np.arange(N_ITEMS - N_COLD, N_ITEMS)
    assert min(even[cold[::2]]) > 2 * max(even[cold[1::2]])
    assert min(odd[cold[1::2]]) > 2 * max(odd[cold[::2]])
