"""A company's users, and what they do with what is shown to them."""

import numpy as np
import pytest

from presage.worlds.company import KINDS, CompanyWorld

WORLD = CompanyWorld(n_users=400, n_programs=60, n_posts=150, seed=1)
USERS = np.arange(WORLD.n_users)


def test_each_country_has_gyms_of_its_own():
    for gym in np.unique(WORLD.gym):
        assert len(np.unique(WORLD.country[WORLD.gym == gym])) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_things_of_ones_own_way_to_train_are_wanted_more(kind):
    chance = WORLD.chance(kind, USERS[:, None], np.arange(WORLD.count(kind))[None])
    own = WORLD.category("person")[:, None] == WORLD.category(kind)[None]
    assert chance[own].mean() > 4 * chance[~own].mean()


@pytest.mark.parametrize("kind", KINDS)
def test_things_are_acted_on_as_often_as_the_world_says(kind):
    things = np.random.default_rng(0).integers(0, WORLD.count(kind), WORLD.n_users)
    things = np.where(things == USERS, (things + 1) % WORLD.count(kind), things)
    rng = np.random.default_rng(1)
    drawn = np.mean([WORLD.act(kind, USERS, things, rng) for _ in range(2_000)])
    assert drawn == pytest.approx(WORLD.chance(kind, USERS, things).mean(), rel=0.1)


def test_nobody_follows_himself():
    assert not any(WORLD.act("person", USERS, USERS, np.random.default_rng(n)).any() for n in range(200))


@pytest.mark.parametrize("kind", KINDS)
def test_the_past_is_in_order_and_each_act_in_it_happened_once(kind):
    past = WORLD.past(kind)
    assert np.all(np.diff(past.days) >= 0)
    pairs = set(zip(past.users.tolist(), past.things.tolist(), strict=True))
    assert len(pairs) == len(past.users)
    assert kind != "person" or all(user != thing for user, thing in pairs)
    anything = WORLD.chance(kind, USERS[:, None], np.arange(WORLD.count(kind))[None]).mean()
    assert WORLD.chance(kind, past.users, past.things).mean() > 2 * anything
