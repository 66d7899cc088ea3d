import numpy as np
import pytest

from presage.recipes.data import Training
from presage.recipes.ranking.blend import version2
from presage.recipes.ranking.blend.version2 import UserPersonalizationV2
from presage.recipes.ranking.hrnn.model import HrnnModel
from presage.recipes.ranking.linear import LinearModel

from ...logs import categories, log_of, question_of, scored

N_ITEMS, N_COLD = 24, 4
GENRE = categories(*[(item % 2,) for item in range(N_ITEMS)], n_values=2)
"""Users like even items or odd ones; nobody has used the last four."""


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    histories = [(2 * rng.permutation(10)[:7] + user % 2).tolist() for user in range(60)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(version2, "TWICE_FROM", 400)
        log = log_of(histories, N_ITEMS, item_features={"GENRE": GENRE})
        return UserPersonalizationV2().fit(log, Training(seed=1))


def test_many_events_are_learned_by_two_networks_that_differ(model):
    networks = [member for member in model.members if isinstance(member, HrnnModel)]
    assert len(networks) == 2
    assert not np.array_equal(networks[0].answer, networks[1].answer)
    assert any(isinstance(member, LinearModel) for member in model.members)


def test_items_that_nobody_used_are_ranked_by_their_metadata(model):
    even, odd = scored(model, [question_of([0, 6, 2, 10]), question_of([1, 7, 3, 11])])
    cold = np.arange(N_ITEMS - N_COLD, N_ITEMS)
    assert min(even[cold[::2]]) > 2 * max(even[cold[1::2]])
    assert min(odd[cold[1::2]]) > 2 * max(odd[cold[::2]])
