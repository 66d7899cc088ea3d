"""Offers for many at once: exactly one each, within caps and budget, at propensities that are true."""

from collections import Counter

import numpy as np
import pytest

from presage.decisions.assigning import chosen
from presage.decisions.campaign import NO_OFFER
from presage.decisions.questions import Assign
from presage.decisions.replay import replay
from presage.errors import InvalidInputException

from .deciding import STREAM, campaign, decide, deciding, question, reward

BUDGET = {"amount": 40, "startsAt": "1970-01-01T00:00:00Z", "until": "1970-01-02T00:00:00Z"}
OFFERS = [{"id": "small", "cost": 1}, {"id": "large", "cost": 2.5, "totalCap": 8}]
GREEDY = {"name": "presage-greedy"}


def assign(decider, users, explore=0.0, most=np.inf, session="week"):
    asked = [question(user, session=session, level=level, at=2000.0) for user, level in users.items()]
    return decider.ask(Assign(questions=asked, explore=explore, most=most)).result()


def users(n, seed=1):
    return {
        f"u{number}": level
        for number, level in enumerate((np.random.default_rng(seed).random(n) * 10).tolist())
    }


def taught(decider):
    """It knows then that offers are worth the more the higher the level is."""
    for number in range(60):
        made = decide(decider, f"t{number}", level=number / 6, at=1.0)
        worth = {"small": 1.0, "large": 2.0}.get(made["offer"], 0.0)
        reward(decider, made, worth * made["context"]["level"] / 10)


def given(outcome):
    return Counter(one.record["offer"] for one in outcome.decisions)


def test_all_get_one_offer_within_caps_and_budget_and_those_to_whom_it_is_worth_most(tmp_path):
    made = campaign(offers=OFFERS, budget=BUDGET | {"amount": 160}, policy={"settings": {"n_draws": 20}})
    with deciding(tmp_path, made) as decider:
        taught(decider)
        one = assign(decider, users(100), most=30.0)
        other = assign(decider, users(100), session="next", explore=1.0)
        found = replay(made, STREAM, decider.records())
        spent = sum(
            {"small": 1, "large": 2.5}.get(one.record["offer"], 0)
            for one in decider.records()
            if one.record["kind"] == "decision"
        )
    assert given(one).total() == given(other).total() == 100
    assert 29 <= given(one)["small"] + 2.5 * given(one)["large"] <= 30
    assert spent <= 160
    level = {name: [] for name in ("small", "large", NO_OFFER)}
    for decision in one.decisions:
        level[decision.record["offer"]].append(decision.record["context"]["level"])
    assert min(level["small"]) > max(level[NO_OFFER])
    assert found.n_equal == found.n_decisions == 260


def test_everybody_gets_one_where_that_is_just_possible_and_else_nobody(tmp_path):
    offers = [{"id": "a", "totalCap": 5, "perUserCap": 1}, {"id": "b", "totalCap": 7}]
    made = campaign(offers=offers, noOffer=False, policy=GREEDY)
    with deciding(tmp_path, made) as decider:
        with pytest.raises(InvalidInputException, match="each of 13 users an offer"):
            assign(decider, users(13))
        asked = [question(user, session="s") for user in ("u0", "u1", "u1")]
        with pytest.raises(InvalidInputException, match="'u1' 2 times"):
            decider.ask(Assign(questions=asked, explore=0, most=1)).result()
        for user in ("u10", "u11"):
            assign(decider, {user: 0.0}, session=f"before {user}")
        before = Counter(one.record["offer"] for one in decider.records() if one.record["kind"] == "decision")
        outcome = assign(decider, users(10), explore=0.5)
        assert decide(decider, "late")["offer"] == NO_OFFER
    assert given(outcome) + before == {"a": 5, "b": 7}


def test_who_was_assigned_an_offer_keeps_it(tmp_path):
    with deciding(tmp_path, campaign(policy=GREEDY)) as decider:
        first = assign(decider, users(5), explore=0.5)
    with deciding(tmp_path, campaign(policy=GREEDY)) as decider:
        assert decide(decider, "u3", session="week") == first.decisions[3].record
        again = assign(decider, users(8), explore=0.5)
        once_more = assign(decider, users(8))
        n_records = len(list(decider.records()))
    assert [one.record for one in again.decisions[:5]] == [one.record for one in first.decisions]
    assert [one.is_new for one in again.decisions] == [False] * 5 + [True] * 3
    assert not once_more.is_new
    assert n_records == 8 + 2


def test_what_is_dealt_anew_has_the_probability_that_is_told(tmp_path):
    """Over many assignments each arm is chosen as often as its propensity says."""
    n, many = 12, 150
    told, done = np.zeros((n, 3)), np.zeros((n, 3))
    made = campaign(offers=[{"id": "a", "totalCap": 10**6, "cost": 1}, {"id": "b", "cost": 2}], policy=GREEDY)
    with deciding(tmp_path, made) as decider:
        for number in range(many):
            outcome = assign(decider, users(n), explore=0.5, session=f"s{number}")
            for row, one in enumerate(outcome.decisions):
                told[row] += one.record["propensities"]
                done[row, one.record["candidates"].index(one.record["offer"])] += 1
    assert np.allclose(told.sum(axis=1), many)
    spread = np.sqrt(np.maximum(told * (1 - told / many), 1))
    assert np.abs((done - told) / spread).max() < 4.5


def test_propensities_follow_from_how_many_are_dealt_anew():
    group = {"candidates": ["a", "b"], "closed": {}, "given": [3, 1], "dealt": 3}
    assignment = {"first": 5, "groups": [group], "users": [[0, 0, 0], [0, 0, 1], [0, 0, 0], [0, 1, 0]]}
    assert chosen(assignment, 6).probabilities == pytest.approx([0.5 + 0.5 * 2 / 3, 0.5 / 3])
    assert chosen(assignment, 8).probabilities == pytest.approx([0.5, 0.5])
