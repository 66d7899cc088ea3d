import numpy as np

from presage.recipes.actions.tastes import Tastes
from presage.recipes.data import History
from presage.recipes.ranking.ragged import bounds

from .worlds import WORLD, encoded

LOG = encoded().log.interactions
TASTES = Tastes.learn(LOG, 4, 30.0)


def test_items_that_the_same_users_use_are_near():
    """Items lie on a circle: the next one is nearer than the opposite one."""
    place = {name: row for row, name in enumerate(encoded().encoded.vocabulary.items)}
    around = TASTES.vector[[place[f"i{n}"] for n in range(WORLD.n_items)]]
    near, far = (np.sum(around * np.roll(around, shift, axis=0), axis=1) for shift in (1, WORLD.n_items // 2))
    assert near.mean() > far.mean() + 0.3


def test_a_state_before_an_instant_is_that_of_the_events_until_then():
    start = bounds(np.bincount(LOG.user, minlength=LOG.n_users))
    users = np.array([0, 0, 5, 17], np.int32)
    cuts = np.array([0, 7, 12, 20])
    times = [LOG.time[start[user] + cut - 1] + 1 if cut else 0 for user, cut in zip(users, cuts, strict=True)]
    found = TASTES.before(LOG, users, np.array(times))
    whole = [slice(start[user], start[user] + cut) for user, cut in zip(users, cuts, strict=True)]
    read = TASTES.read([History(item=LOG.item[one], time=LOG.time[one]) for one in whole])
    np.testing.assert_allclose(found, read, rtol=1e-4, atol=1e-5)
    assert not found[0].any()


def test_an_event_at_the_very_instant_is_not_before_it():
    first = LOG.time[:1]
    assert not TASTES.before(LOG, LOG.user[:1], first).any()


def test_items_that_the_model_does_not_have_are_left_out():
    item, time = np.array([2, 9999], np.int32), np.array([5, 5], np.int64)
    both, one = TASTES.read([History(item=item, time=time), History(item=item[:1], time=time[:1])])
    np.testing.assert_array_equal(both, one)
