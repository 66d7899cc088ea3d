"""Campaigns with `hashing`: each call brings its actions along."""

import random

import pytest

from presage.decisions.checks import check_campaign
from presage.decisions.questions import Activate, Reward, ranking
from presage.decisions.replay import replay
from presage.errors import InvalidInputException, ResourceNotFoundException

from .deciding import STREAM, campaign, deciding

DISHES = {"porridge": "morning", "pasta": "noon", "stew": "evening"}
ACTIONS = [{"id": dish, "features": [{"warm": True, "letters": len(dish)}]} for dish in DISHES]


def loop(**members):
    made = campaign(**({"offers": [], "features": [], "hashing": {}} | members)).completed()
    check_campaign(made)
    return made


def asked(key, *, hour="noon", at=1000.0, actions=ACTIONS, excluded=(), deferred=False):
    context = [{"hour": hour}, {"user": {"tags": ["a", "b"]}}]
    return ranking(
        key=key, context=context, actions=actions, excluded=list(excluded), deferred=deferred, at=at
    )


def rank(decider, key, **members):
    return decider.ask(asked(key, **members)).result().record


def reward(decider, key, value, at=1001.0):
    return decider.ask(Reward(key=key, value=value, at=at)).result()


def test_what_is_usual_of_the_service_is_the_default():
    made = loop()
    assert (made.policy.name, made.policy.settings) == ("presage-epsilon-greedy", {"epsilon": 0.2})
    assert (made.reward_wait_seconds, made.default_reward) == (600, 0)
    assert loop(rewardWaitSeconds=60).reward_wait_seconds == 60
    named = {"name": "presage-linear-thompson"}
    assert loop(policy=named).policy.name == named["name"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"offers": [{"id": "a"}]}, "either offers, or `hashing`"),
        ({"features": [{"name": "a"}]}, "leave out features"),
        ({"objective": "profit"}, "leave out features, featureSet, label and objective"),
        ({"policy": {"name": "presage-hybrid-thompson"}}, "take one that knows them by features"),
        ({"policy": {"name": "presage-uplift"}}, "presage-uplift knows offers by name or discount"),
        ({"hashing": {"contextWidth": 100, "actionWidth": 100}}, "make 10,201 weights; at most 2,000"),
    ],
)
def test_what_no_campaign_with_hashing_can_be_is_refused(members, message):
    with pytest.raises(InvalidInputException, match=message):
        loop(**members)


def test_a_campaign_needs_something_to_choose_from():
    with pytest.raises(InvalidInputException, match="either offers, or `hashing`"):
        check_campaign(campaign(offers=[]))


def test_it_learns_what_suits_a_context_and_is_replayed(tmp_path):
    rng, made = random.Random(5), loop()
    with deciding(tmp_path, made) as decider:
        right = []
        for number in range(400):
            hour = rng.choice(list(DISHES.values()))
            dish = rank(decider, f"e{number}", hour=hour)["offer"]
            reward(decider, f"e{number}", float(DISHES[dish] == hour))
            right.append(DISHES[dish] == hour)
    assert sum(right[-100:]) > 75  # a fifth at random, of which a third is right: 87 at best
    with deciding(tmp_path, made) as decider:
        rank(decider, "after", actions=[*ACTIONS, {"id": "new", "features": []}])
        found = replay(made, STREAM, decider.records())
    assert found.n_equal == found.n_decisions == 401


def test_excluded_actions_are_not_chosen(tmp_path):
    with deciding(tmp_path, loop()) as decider:
        made = rank(decider, "e", excluded=["pasta"])
        assert made["candidates"] == ["porridge", "stew"]
        assert made["closed"] == {"pasta": "excluded by the call"}
        assert made["offer"] in made["candidates"]


def test_a_deferred_event_has_a_default_reward_only_once_it_is_activated(tmp_path):
    made = loop(rewardWaitSeconds=60, defaultReward=-1)
    with deciding(tmp_path, made) as decider:
        for key in ("shown", "never", "told"):
            rank(decider, key, deferred=True, at=1000.0)
        rank(decider, "plain", at=1000.0)
        decider.settle(5000.0)
        assert rewards(decider) == {"plain": -1}
        assert decider.ask(Activate(key="shown", at=6000.0)).result().is_new
        assert not decider.ask(Activate(key="shown", at=6001.0)).result().is_new
        assert reward(decider, "told", 0.5, at=6000.0).is_new
        assert not decider.ask(Activate(key="told", at=6001.0)).result().is_new
        decider.settle(6059.0)
    with deciding(tmp_path, made) as decider:  # all of it follows from the log
        decider.settle(6059.0)
        assert rewards(decider) == {"plain": -1, "told": 0.5}
        decider.settle(6060.0)
        assert rewards(decider) == {"plain": -1, "told": 0.5, "shown": -1}
        assert replay(made, STREAM, decider.records()).n_equal == 4
        with pytest.raises(ResourceNotFoundException, match="no event 'other'"):
            decider.ask(Activate(key="other", at=1.0)).result()


def rewards(decider):
    """Key of each rewarded decision -> its reward."""
    records = [one.record for one in decider.records()]
    keys = {one["id"]: one["key"] for one in records if one["kind"] == "decision"}
    return {keys[one["decision"]]: one["value"] for one in records if one["kind"] == "reward"}
