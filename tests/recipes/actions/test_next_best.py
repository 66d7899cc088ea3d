import numpy as np
import pytest
from scipy.stats import rankdata

from presage.artifacts import load, save
from presage.recipes import load_model
from presage.recipes.actions.next_best import NextBestAction
from presage.recipes.data import ActionLog, History, Interactions, Query, Training

from ..logs import categories
from .worlds import WORLD, asked, encoded, fitted, truth

KNOWN = slice(0, WORLD.n_actions - 1)


def test_scores_rank_actions_as_the_truth_does():
    said, true = asked(fitted(), encoded().log)[:, KNOWN], truth()[:, KNOWN]
    assert np.corrcoef(said.ravel(), true.ravel())[0, 1] > 0.88
    taken = true[np.arange(len(true)), said.argmax(axis=1)].mean()
    best, popular = true.max(axis=1).mean(), true[:, true.mean(axis=0).argmax()].mean()
    assert (taken - popular) / (best - popular) > 0.85, "of what knowing each user can gain"


def test_scores_are_probabilities():
    said, true = asked(fitted(), encoded().log)[:, KNOWN].ravel(), truth()[:, KNOWN].ravel()
    fifth = np.minimum(rankdata(said) * 5 // len(said), 4)
    for part in range(5):
        assert said[fifth == part].mean() == pytest.approx(true[fifth == part].mean(), abs=0.04)


def test_an_action_of_which_too_little_is_known_has_no_score():
    assert not asked(fitted(), encoded().log)[:, -1].any()
    assert (asked(fitted(), encoded().log)[:, KNOWN] > 0).all()


def test_a_model_survives_the_disk(tmp_path):
    model, log = fitted(), encoded().log
    arrays, meta = model.state()
    save(tmp_path / "model", arrays, meta)
    again = load_model(*load(tmp_path / "model"))
    assert type(again) is type(model)
    assert again.n_actions == WORLD.n_actions
    np.testing.assert_array_equal(asked(again, log), asked(model, log))


def test_the_same_seed_makes_the_same_model():
    log = encoded().log
    first, second = (NextBestAction().fit(log, Training(seed=5)).state()[0] for _ in range(2))
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])


def test_a_state_that_moved_on_is_the_state_of_the_whole_history():
    model = fitted()
    time = np.array([0, 86_400, 40 * 86_400], np.int64)
    item = np.array([3, 1, 3], np.int32)
    read = model.read([History(item=item, time=time)])
    state = model.read([History(item=item[:0], time=time[:0])])
    for one, silence in zip(item, np.diff(time, prepend=0), strict=True):
        state = model.advance(state, np.array([one]), np.array([silence], np.float32), [{}])
    np.testing.assert_allclose(state, read, rtol=1e-5)
    assert model.end_sessions(read) is read


def test_a_stranger_gets_the_chances_of_somebody_usual():
    model = fitted()
    states = model.read([History(item=np.zeros(0, np.int32), time=np.zeros(0, np.int64))])
    said = model.score(model.represent(states, [Query()]))[0, KNOWN]
    assert said == pytest.approx(truth()[:, KNOWN].mean(axis=0), abs=0.2)


def test_new_items_count_by_their_features():
    """Items of two kinds; users of the first kind take the action, and so do those of a new item of that kind."""
    rng = np.random.default_rng(0)
    n_users, n_each = 200, 6
    user = np.repeat(np.arange(n_users, dtype=np.int32), n_each)
    item = (rng.integers(0, 10, len(user)) * 2 + user % 2).astype(np.int32)
    interactions = Interactions(
        user=user,
        item=item,
        time=np.tile(np.arange(n_each), n_users).astype(np.int64),
        n_users=n_users,
        n_items=20,
        item_features={"KIND": categories(*[(n % 2,) for n in range(20)])},
    )
    log = ActionLog(
        interactions=interactions,
        user=np.arange(n_users, dtype=np.int32),
        action=np.zeros(n_users, np.int32),
        time=np.full(n_users, 100, np.int64),
        is_taken=np.arange(n_users) % 2 == 0,
        n_actions=1,
    )
    model = NextBestAction().fit(log).extended({"KIND": categories((0,), (1,))}, 2)
    histories = [History(item=np.full(4, n, np.int32), time=np.arange(4)) for n in (20, 21)]
    likely, unlikely = model.score(model.represent(model.read(histories), [Query(), Query()]))[:, 0]
    assert likely > 0.7
    assert unlikely < 0.3


def test_nothing_is_known_without_action_interactions():
    log = encoded().log
    none = ActionLog(
        interactions=log.interactions,
        user=log.user[:0],
        action=log.action[:0],
        time=log.time[:0],
        is_taken=log.is_taken[:0],
        n_actions=log.n_actions,
    )
    assert not asked_of_one(NextBestAction().fit(none)).any()


def asked_of_one(model):
    states = model.read([History(item=np.zeros(1, np.int32), time=np.zeros(1, np.int64))])
    return model.score(model.represent(states, [Query()]))
