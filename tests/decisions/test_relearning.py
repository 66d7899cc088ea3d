"""Changes whose policies learn beside the decisions, over a real log."""

import pytest

from presage.decisions.challengers import Contest
from presage.decisions.questions import Begin, Change
from presage.decisions.replay import replay
from presage.errors import InvalidInputException

from .deciding import STREAM, campaign, decide, deciding, question, reward
from .test_changes import MORE, run

TREES = {"name": "presage-reward-model", "settings": {"n_models": 2, "n_trees": 3}, "refitEvery": 30}


def kinds(decider):
    return [one.record["kind"] for one in decider.records()]


@pytest.mark.parametrize("policy", [{"name": "presage-greedy", "refitEvery": 50}, TREES])
def test_decisions_go_on_as_they_were_and_what_comes_meanwhile_is_learned(tmp_path, policy):
    """Trees learn in a process of their own."""
    made, wanted = campaign(), campaign(policy=policy, offers=MORE)
    change = Change(campaign=wanted, at=1500.0)
    with deciding(tmp_path, made) as decider:
        run(decider, 0)
        relearning = decider.ask(Begin(change=change)).result().record["relearning"]
        run(decider, 40, 20)
        relearning.compute(one.record for one in decider.records())
        run(decider, 60, 5)
        assert len(decide(decider, "before")["candidates"]) == 3
        told = decider.ask(Change(campaign=wanted, at=1500.0, relearned=relearning)).result().record
        assert (told["learned"], decider.campaign) == (40, wanted)
        run(decider, 65)
        assert len(decide(decider, "after")["candidates"]) == 4
        found = replay(made, STREAM, decider.records())
    assert found.n_equal == found.n_decisions == 107
    for file in (tmp_path / "decisions/policy").iterdir():
        file.unlink()
    with deciding(tmp_path, made) as decider:
        decide(decider, "afresh")
        assert replay(made, STREAM, decider.records()).n_equal == 108


def test_it_is_changed_once_and_answers_do_not_wait(tmp_path):
    made = campaign()
    with deciding(tmp_path, made) as decider:
        run(decider, 0)
        twice = [decider.change(Change(campaign=campaign(offers=MORE), at=1.0)) for _ in range(2)]
        asked = [decider.ask(question(f"u{number}")) for number in range(50)]
        assert [one.result().is_new for one in twice] == [True, False]
        assert all(one.result().is_new for one in asked)
        assert kinds(decider).count("campaign") == 1
        assert replay(made, STREAM, decider.records()).n_equal == 90


def test_what_another_process_changed_meanwhile_is_heeded(tmp_path):
    made = campaign()
    with deciding(tmp_path, made) as one, deciding(tmp_path, made) as other:
        run(one, 0)
        change = Change(campaign=campaign(offers=MORE), at=1.0)
        relearning = one.ask(Begin(change=change)).result().record["relearning"]
        relearning.compute(told.record for told in one.records())
        other.change(Change(campaign=campaign(policy={"name": "presage-linucb"}), at=1.0)).result()
        run(other, 40)
        one.ask(Change(campaign=campaign(offers=MORE), at=2.0, relearned=relearning)).result()
        run(other, 80)
        assert replay(made, STREAM, one.records()).n_equal == 120


def test_a_policy_that_cannot_learn_the_rewards_changes_nothing(tmp_path):
    with deciding(tmp_path) as decider:
        reward(decider, decide(decider), 5.0)
        wanted = campaign(policy={"name": "presage-logistic-thompson"})
        with pytest.raises(InvalidInputException, match=r"a reward is 5\.0"):
            decider.change(Change(campaign=wanted, at=1.0)).result()
        assert decide(decider)["policy"] == "presage-linear-thompson"
        assert kinds(decider) == ["decision", "reward", "decision"]


def test_a_change_after_the_end_is_cancelled(tmp_path):
    with deciding(tmp_path) as decider:
        decide(decider)
    assert decider.change(Change(campaign=campaign(offers=MORE), at=1.0)).cancelled()


def test_policies_of_a_contest_are_taken_by_their_id():
    made = campaign(challengers=[{"id": "trees", "name": "presage-greedy"}], rewardRange=[0, 1])
    one, other = Contest.of(made), Contest.of(made)
    one.promote("trees", 1)
    one.take_policies(other)
    assert one.deciding.policy is other.challengers[0].policy
