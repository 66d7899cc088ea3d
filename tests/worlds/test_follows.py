"""People to whom others are suggested to follow."""

from datetime import datetime

import numpy as np

from presage.worlds.follows import FollowWorld, suggestion_events

WORLD = FollowWorld(n_people=80, seed=1)


def test_everybody_follows_some_and_never_himself():
    np.testing.assert_array_equal(WORLD.follows.sum(axis=1), 5)
    assert not WORLD.follows.diagonal().any()


def test_who_is_followed_or_oneself_is_not_followed_again():
    chance = WORLD.chance(WORLD.follows)
    assert np.all(chance[WORLD.follows] == 0)
    assert np.all(chance.diagonal() == 0)
    assert 0.01 < chance.mean() < 0.5


def test_a_friends_friend_is_followed_more_readily():
    before = np.zeros_like(WORLD.follows)
    after = before.copy()
    after[0, 1] = after[1, 2] = True
    assert WORLD.chance(after)[0, 2] > WORLD.chance(before)[0, 2]
    assert WORLD.chance(after)[3, 2] == WORLD.chance(before)[3, 2]


def test_suggestions_are_followed_as_often_as_the_world_says():
    suggested = np.roll(np.arange(80), 1)
    rng = np.random.default_rng(0)
    drawn = np.mean([WORLD.suggest(WORLD.follows, suggested, rng) for _ in range(2_000)], axis=0)
    np.testing.assert_allclose(drawn, WORLD.chance(WORLD.follows)[np.arange(80), suggested], atol=0.05)


def test_events_tell_who_was_shown_and_who_followed():
    events = suggestion_events(np.array([2, 0]), np.array([True, False]), start=datetime(2026, 3, 2))
    assert [event["event_id"] for event in events] == ["suggestion_shown", "followed", "suggestion_shown"]
    assert events[1]["customer_identifier"] == "person-00000"
    assert events[1]["suggested_identifier"] == "person-00002"
    assert events[2]["event_time"] == "2026-03-02T00:00:01"
