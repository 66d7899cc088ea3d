"""Policies that challenge the one that decides."""

import random

import pytest

from presage.decisions.campaign import NO_OFFER
from presage.decisions.checks import check_campaign
from presage.decisions.questions import Assign, Change, Reward, ranking
from presage.decisions.replay import replay
from presage.errors import InvalidInputException

from .deciding import OFFERS, STREAM, campaign, decide, deciding, question, reward

CHANCE = {"policy": {"name": "presage-epsilon-greedy", "settings": {"epsilon": 1.0}}, "rewardRange": [0, 10]}
BETTER = {"id": "better", "name": "presage-epsilon-greedy", "settings": {"epsilon": 0.1}}
EQUAL = {"id": "equal", "name": "presage-epsilon-greedy", "settings": {"epsilon": 1.0}}


def contested(*challengers, **members):
    return campaign(**{**CHANCE, "challengers": list(challengers), **members})


def run(decider, n, seed=1, rewarded=1.0):
    """Decisions of which the large offer alone earns anything, in waves, as several clients ask."""
    rng = random.Random(seed)
    for wave in range(0, n, 10):
        asked = [decider.ask(question(f"u{wave + k}", level=rng.random())) for k in range(10)]
        for answer in asked:
            made = answer.result().record
            if rng.random() < rewarded:
                value = 10.0 * (made["offer"] == "large" and rng.random() < 0.6)
                decider.ask(Reward(decision=made["id"], value=value, at=0)).result()


def of_kind(decider, kind):
    return [one.record for one in decider.records() if one.record["kind"] == kind]


def test_a_better_policy_takes_over_and_the_log_makes_it_again(tmp_path):
    made = contested(EQUAL, BETTER)
    with deciding(tmp_path, made) as decider:
        run(decider, 400)
        (promotion,) = of_kind(decider, "promotion")
        decisions = of_kind(decider, "decision")
        found = replay(made, STREAM, decider.records())
    assert (promotion["policy"], promotion["instead"]) == ("better", "presage-epsilon-greedy")
    assert 0 < promotion["low"] < promotion["difference"]
    by = [one["policy"] for one in decisions]
    assert by == ["presage-epsilon-greedy"] * promotion["from"] + ["better"] * (400 - promotion["from"])
    late = decisions[promotion["from"] :]
    assert sum(one["offer"] == "large" for one in late) > 0.8 * len(late)
    assert (found.n_equal, found.first_different) == (400, "")


def test_equals_stay_where_they_are(tmp_path):
    with deciding(tmp_path, contested(EQUAL)) as decider:
        run(decider, 300)
        assert not of_kind(decider, "promotion")


def test_the_contest_goes_on_after_a_restart_and_over_two_deciders(tmp_path):
    made = contested(BETTER)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    with deciding(whole, made) as decider:
        run(decider, 60, seed=1)
        run(decider, 200, seed=2)
        told = [one.text for one in decider.records()]
    with deciding(parts, made) as decider:
        run(decider, 60, seed=1)
    with deciding(parts, made) as decider, deciding(parts, made) as other:
        decide(other, "somebody", session="s")  # it knows the log until here
        known = len(list(decider.records()))
    with deciding(parts, made) as decider, deciding(parts, made) as other:
        run(decider, 100, seed=2)
        run(other, 100, seed=3)
        found = replay(made, STREAM, other.records())
        promotions = of_kind(other, "promotion")
    assert known == 121
    assert len(promotions) == 1
    assert (found.n_equal, found.first_different) == (261, "")
    assert any(b'"promotion"' in one for one in told)


def test_what_is_pending_counts_in_the_order_of_decisions(tmp_path):
    made = contested(BETTER, rewardWaitSeconds=500)
    with deciding(tmp_path, made) as decider:
        first, second = decide(decider, "ann"), decide(decider, "ben")
        reward(decider, second, 10.0)
        (challenger,) = decider._state.contest.challengers
        assert challenger.evidence.n == 0
        reward(decider, first, 10.0)
        assert challenger.evidence.n == 2
        third = decide(decider, "eva")
        fourth = decide(decider, "eve")
        reward(decider, fourth, 10.0)
        assert challenger.evidence.n == 2
    with deciding(tmp_path, made) as decider:
        reward(decider, third, 0.0)
        assert decider._state.learned == 3  # what the first two said is not counted again
        (challenger,) = decider._state.contest.challengers
        assert challenger.evidence.n == 4


def change(decider, made):
    return decider.ask(Change(campaign=made, at=5000.0)).result()


def test_a_changed_campaign_keeps_who_decides_and_begins_the_contest_anew(tmp_path):
    made = contested(BETTER)
    dearer = contested(BETTER, EQUAL, offers=[OFFERS[0], {**OFFERS[1], "price": 20}, {"id": "new"}])
    with deciding(tmp_path, made) as decider:
        run(decider, 300)
        (promotion,) = of_kind(decider, "promotion")
        change(decider, dearer)
        contest = decider._state.contest
        assert contest.deciding.id == "better"
        assert [one.id for one in contest.challengers] == ["presage-epsilon-greedy", "equal"]
        assert {one.evidence.n for one in contest.challengers} == {0}
        assert contest.risk == pytest.approx(0.05 / (3 * 4) / 2)
        run(decider, 50, seed=2)
    with deciding(tmp_path, made) as decider:
        run(decider, 50, seed=3)
        assert decide(decider)["policy"] == "better"
        change(decider, campaign(rewardRange=[0, 10], policy=CHANCE["policy"], offers=dearer_offers(dearer)))
        assert decide(decider)["policy"] == "presage-epsilon-greedy"
        assert not decider._state.contest.challengers
        found = replay(made, STREAM, decider.records())
    assert (found.n_equal, found.first_different) == (402, "")
    assert promotion["from"] < 300


def dearer_offers(made):
    return [{"id": one.id, "price": one.price, "type": one.type} for one in made.offers]


def test_actions_that_calls_bring_along_are_contested_too(tmp_path):
    made = contested({**BETTER, "id": "better"}, offers=[], features=[], hashing={}, rewardWaitSeconds=600)
    actions = [{"id": name, "features": [{"size": size}]} for name, size in (("a", 1), ("b", 9))]
    with deciding(tmp_path, made) as decider:
        for number in range(250):
            shown = actions[:: 1 if number % 2 else -1]
            asked = ranking(
                key=f"k{number}", context=[], actions=shown, excluded=[], deferred=number % 5 == 0, at=1.0
            )
            told = decider.ask(asked).result().record
            if number % 5:  # the others are never activated, and nothing waits for them
                decider.ask(Reward(decision=told["id"], value=10.0 * (told["offer"] == "b"), at=2.0)).result()
        (promotion,) = of_kind(decider, "promotion")
        found = replay(made, STREAM, decider.records())
    assert promotion["policy"] == "better"
    assert (found.n_equal, found.first_different) == (250, "")


def test_challengers_are_judged_at_the_prices_of_a_budget_and_not_by_assignments(tmp_path):
    budget = {"amount": 500, "startsAt": "1970-01-01T00:00:00Z", "until": "1970-01-01T01:00:00Z"}
    offers = [{**OFFERS[0], "cost": 1}, {**OFFERS[1], "cost": 1}]
    made = contested(BETTER, offers=offers, budget=budget, rewardWaitSeconds=10_000)
    with deciding(tmp_path, made) as decider:
        users = [question(f"a{number}", session="s") for number in range(20)]
        decider.ask(Assign(questions=users, explore=0.2, most=100.0)).result()
        run(decider, 400)
        (promotion,) = of_kind(decider, "promotion")
        found = replay(made, STREAM, decider.records())
    assert promotion["policy"] == "better"  # though none of the assigned has a reward
    assert (found.n_equal, found.first_different) == (420, "")


def test_a_changed_promotion_is_found_out(tmp_path):
    made = contested(BETTER)
    with deciding(tmp_path, made) as decider:
        run(decider, 200)
        (promotion,) = of_kind(decider, "promotion")
        logged = list(decider.records())
    (place,) = [place for place, one in enumerate(logged) if one.record == promotion]
    logged[place] = logged[place]._replace(text=logged[place].text.replace(b'"risk":0', b'"risk":1'))
    found = replay(made, STREAM, logged)
    assert found.first_different == f"{STREAM}-{promotion['from']}"


def test_values_beyond_the_range_count_as_its_ends():
    made = contested(BETTER, objective="profit", offers=[{"id": "a", "margin": 0.5, "cost": 2}])
    assert [made.earned("a", value) for value in (-5.0, 4.0, 99.0)] == [-2, 0, 3]
    assert made.earned_range == (-2, 10)
    assert made.earned(NO_OFFER, 99.0) == 10


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"challengers": [BETTER]}, "rewardRange must give the lowest and the highest value that count"),
        (
            {"challengers": [BETTER, BETTER], "rewardRange": [0, 1]},
            "policy and challengers holds 'better' twice",
        ),
        ({"rewardRange": [1, 1]}, r"rewardRange is from 1\.0 to 1\.0; its end must be above"),
        (
            {"challengers": [{"id": "x", "name": "best"}], "rewardRange": [0, 1]},
            "x: no policy is called 'best'",
        ),
        (
            {"challengers": [{"id": "x", "name": "presage-logistic-thompson"}], "rewardRange": [0, 9]},
            r"x: a reward is 9\.0; this policy learns chances",
        ),
    ],
)
def test_a_contest_that_cannot_be_is_refused(members, message):
    with pytest.raises(InvalidInputException, match=message):
        check_campaign(campaign(**members))
