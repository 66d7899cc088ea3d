"""A campaign that changes keeps what it learned, and all of it is replayed."""

import pytest

from presage.decisions.campaign import NO_OFFER
from presage.decisions.questions import Change
from presage.decisions.replay import replay
from presage.errors import InvalidInputException
from presage.recipes import BANDITS

from .deciding import OFFERS, STREAM, campaign, decide, deciding, question, reward

MORE = [{**OFFERS[0], "price": 7}, OFFERS[1], {"id": "huge", "price": 20}]


def change(decider, **members):
    return decider.ask(Change(campaign=campaign(**members), at=1500.0)).result()


def run(decider, first, n=40):
    for number in range(first, first + n):
        made = decide(decider, f"u{number % 7}", level=number % 10)
        reward(decider, made, float(made["offer"] == "large"))


@pytest.mark.parametrize("name", BANDITS)
def test_every_policy_learns_again_what_it_knew_and_is_replayed(tmp_path, name):
    policy = {"name": name, "refitEvery": 30}
    made = campaign(policy=policy)
    with deciding(tmp_path, made) as decider:
        run(decider, 0)
        assert change(decider, policy=policy, offers=MORE).is_new
        assert not change(decider, policy=policy, offers=MORE).is_new
        after = decide(decider, "ann")
        run(decider, 40)
    expected = dict(zip(after["candidates"], after["expected"], strict=True))
    assert after["candidates"] == ["small", "large", "huge", NO_OFFER]
    assert expected["large"] > expected["small"] or name in {"presage-reward-model", "presage-uplift"}
    with deciding(tmp_path, made) as decider:  # from the policy on disk, which knows of the change
        run(decider, 80)
        change(decider, policy={"name": "presage-linucb"}, offers=MORE)
        run(decider, 120)
        found = replay(made, STREAM, decider.records())
    assert found.n_equal == found.n_decisions == 161


def test_what_is_on_disk_makes_no_difference(tmp_path):
    made = campaign()
    with deciding(tmp_path, made) as decider:
        run(decider, 0)
        change(decider, offers=MORE)
        run(decider, 40)
    for file in (tmp_path / "decisions/policy").iterdir():
        file.unlink()
    with deciding(tmp_path, made) as decider:
        decide(decider, "ann")
        found = replay(made, STREAM, decider.records())
    assert found.n_equal == found.n_decisions == 81


def test_a_change_waits_for_what_came_before_it_and_not_for_what_comes_after(tmp_path):
    made = campaign(policy={"name": "presage-greedy"})
    with deciding(tmp_path, made) as decider:
        asked = [decider.ask(question(f"u{number}")) for number in range(50)]
        changed = decider.ask(Change(campaign=campaign(offers=MORE), at=1.0))
        later = [decider.ask(question(f"v{number}")) for number in range(50)]
        assert all("huge" not in one.result().record["candidates"] for one in asked)
        assert all("huge" in one.result().record["candidates"] for one in later)
        assert changed.result().is_new


def test_another_process_follows(tmp_path):
    made = campaign()
    with deciding(tmp_path, made) as one, deciding(tmp_path, made) as other:
        run(one, 0)
        assert len(decide(other)["candidates"]) == 3
        change(one, offers=MORE)
        assert len(decide(other)["candidates"]) == 4
        assert other.campaign == campaign(offers=MORE)
        assert replay(made, STREAM, one.records()).n_equal == 42


def test_a_policy_that_cannot_learn_the_rewards_is_refused_and_nothing_changes(tmp_path):
    with deciding(tmp_path) as decider:
        reward(decider, decide(decider), 5.0)
        with pytest.raises(InvalidInputException, match=r"a reward is 5\.0"):
            change(decider, policy={"name": "presage-logistic-thompson"})
        assert decide(decider)["policy"] == "presage-linear-thompson"
        assert [one.record["kind"] for one in decider.records()] == ["decision", "reward", "decision"]


def test_a_changed_budget_counts_what_was_spent_and_another_one_does_not(tmp_path):
    budget = {"amount": 6, "startsAt": "1970-01-01T00:00:00Z", "until": "1970-01-02T00:00:00Z"}
    offers = [{"id": "small", "cost": 1}, {"id": "large", "cost": 2, "totalCap": 2}]
    made = campaign(offers=offers, budget=budget, noOffer=False)
    offers = [*offers, {"id": "huge", "cost": 4, "totalCap": 1}]

    def spent(decider):
        cost = {"small": 1, "large": 2, "huge": 4, NO_OFFER: 0}
        return sum(cost[one.record["offer"]] for one in decider.records() if one.record["kind"] == "decision")

    with deciding(tmp_path, made) as decider:
        run(decider, 0, 20)
        assert spent(decider) == 6
        change(decider, offers=offers, noOffer=False, budget=budget | {"amount": 16})
        run(decider, 20, 20)
        assert spent(decider) == 16
        change(decider, offers=offers, noOffer=False, budget=budget | {"startsAt": "1970-01-01T00:00:01Z"})
        run(decider, 40, 20)
        assert spent(decider) == 22
    with deciding(tmp_path, made) as decider:
        assert decide(decider, "late")["offer"] == NO_OFFER
        found = replay(made, STREAM, decider.records())
    assert found.n_equal == found.n_decisions == 61
