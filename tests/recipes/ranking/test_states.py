from dataclasses import replace

import numpy as np
import pytest

from presage.recipes.data import History
from presage.recipes.ranking import states
from presage.recipes.ranking.hrnn.recipe import HrnnMetadata
from presage.recipes.ranking.popularity import PopularityCount
from presage.recipes.ranking.selection import take
from presage.recipes.ranking.states import user_states

from ..logs import checkerboard, everything

HISTORIES = [[], *checkerboard(n_users=30), [], [3] * 200]


@pytest.fixture(scope="module")
def log():
    whole = everything(HISTORIES, 18)
    silence = np.random.default_rng(0).integers(0, 2, len(whole.item)) * 10**6
    first = np.searchsorted(whole.user, whole.user)
    return replace(whole, time=whole.time + np.cumsum(silence) - np.cumsum(silence)[first])


@pytest.fixture(scope="module")
def model(log):
    return HrnnMetadata(hidden_dimension=32).fit(log)


@pytest.mark.parametrize("at_once", [5, 4096])
def test_each_state_is_that_of_the_user_s_history(model, log, at_once, monkeypatch):
    monkeypatch.setattr(states, "AT_ONCE", at_once)
    found, last_at = user_states(model, log)
    assert found.shape == (len(HISTORIES), model.state_size)
    for user in range(len(HISTORIES)):
        events = np.flatnonzero(log.user == user)
        history = History(
            item=log.item[events],
            time=log.time[events],
            context={name: take(column, events) for name, column in log.context.items()},
            user_features={
                name: take(column, np.array([user])) for name, column in log.user_features.items()
            },
        )
        np.testing.assert_allclose(found[user], model.read([history])[0], atol=1e-5)
        assert last_at[user] == (log.time[events[-1]] if len(events) else -1)


def test_a_model_without_states_needs_no_histories(log):
    found, last_at = user_states(PopularityCount().fit(log), log)
    assert found.shape == (len(HISTORIES), 0)
    assert (last_at >= 0).sum() == len(HISTORIES) - 2
