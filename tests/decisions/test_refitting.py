"""Refits beside decisions, over a real log."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from presage.decisions.challengers import Contest
from presage.decisions.refitting import Refit
from presage.decisions.replay import replay
from presage.log import open_log
from presage.recipes import BANDITS
from presage.recipes.bandits.data import Rounds, Seen

from .deciding import STREAM, campaign, decide, deciding, reward

TREES = {"name": "presage-reward-model", "settings": {"n_models": 3, "n_trees": 5}, "refitEvery": 50}


def seen(made, n, seed):
    rng = np.random.default_rng(seed)
    action = rng.integers(0, 3, n)
    context = rng.random((n, 1))
    rewards = (rng.random(n) < context[:, 0] * action / 2).astype(float)
    return Seen(
        user=rng.integers(0, 9, n),
        context=context,
        action=action,
        features=made.arm_features[action],
        reward=rewards,
    )


def expected(made, policy):
    context = np.linspace(0, 1, 9)[:, None]
    rounds = Rounds(user=np.arange(9), context=context, action=np.arange(3), features=made.arm_features)
    return policy.expected(rounds)


def play(decider, n, seed):
    rng = np.random.default_rng(seed)
    for number in range(n):
        made = decide(decider, f"u{number % 20}", level=float(rng.integers(0, 10)))
        reward(decider, made, float(rng.random() < 0.5))


def refits(decider):
    return [one.record for one in decider.records() if one.record["kind"] == "refit"]


@pytest.mark.parametrize("name", BANDITS)
def test_a_refit_beside_is_the_refit_and_what_came_since(name):
    made = campaign(policy={"name": name})
    contest = Contest.of(made)
    at_once = contest.deciding.policy
    first, then = seen(made, 200, 1), seen(made, 20, 2)
    at_once.learn(first)
    refit = Refit.of(at_once, 200)
    refit.since.append(then)
    known = expected(made, at_once)
    with ThreadPoolExecutor(4) as many:
        for one in [many.submit(refit.compute) for _ in range(4)]:
            one.result()
    assert np.array_equal(expected(made, at_once), known)
    at_once.refit()
    at_once.learn(then)
    assert np.array_equal(expected(made, refit.result()), expected(made, at_once))


@pytest.mark.parametrize(
    "name", [name for name, one in BANDITS.items() if getattr(one, "refits_long", False)]
)
def test_a_process_of_its_own_refits_to_the_same_bits(name):
    made = campaign(policy={"name": name})
    policy = Contest.of(made).deciding.policy
    policy.learn(seen(made, 200, 1))
    here, there = Refit.of(policy, 200), Refit.of(policy, 200)
    here.compute()
    there.compute(beside=True)
    for one in (here, there):
        one.since.append(seen(made, 20, 2))
    (ours, told), (theirs, also) = (one.result().state() for one in (here, there))
    assert told == also
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_a_policy_goes_on_until_its_refit_comes_in_and_none_is_begun_meanwhile(tmp_path):
    made = campaign(policy=TREES)
    contest = Contest.of(made)
    with deciding(tmp_path, made) as decider:
        play(decider, 120, 0)
        rewards = [one.record for one in decider.records() if one.record["kind"] == "reward"]
    for number, record in enumerate(rewards, start=1):
        contest.learn(made, record, made.seen(record, 0), number)
    assert contest.deciding.refit.version == 50
    assert len(contest.deciding.refit.since) == 70
    assert contest.refitted() is None
    assert not expected(made, contest.deciding.policy).any()
    contest.deciding.refit.compute()
    record = contest.refitted()
    assert record == {"kind": "refit", "policy": "presage-reward-model", "version": 50}
    contest.take_refit(record["policy"])
    assert expected(made, contest.deciding.policy).any()
    assert contest.refitted() is None


def test_refits_are_logged_and_decisions_come_out_again_in_other_processes_and_after_a_restart(tmp_path):
    made = campaign(policy=TREES)
    with deciding(tmp_path, made) as one, deciding(tmp_path, made) as other:
        for seed, who in enumerate((one, other, one)):
            play(who, 60, seed)
    with deciding(tmp_path, made) as decider:
        logged = refits(decider)
        assert logged
        assert {record["version"] % 50 for record in logged} == {0}
        assert len({record["version"] for record in logged}) == len(logged)
        play(decider, 60, 9)
        found = replay(made, STREAM, decider.records())
    assert found.n_equal == found.n_decisions == 240


def test_what_is_due_when_a_process_ends_comes_in(tmp_path):
    made = campaign(policy=TREES)
    with deciding(tmp_path, made) as decider:
        play(decider, 50, 1)
    with deciding(tmp_path, made) as decider:
        assert [record["version"] for record in refits(decider)] == [50]
        assert any(decide(decider)["expected"])
        assert replay(made, STREAM, decider.records()).n_equal == 51


def test_a_refit_that_a_crash_cut_short_is_computed_again(tmp_path):
    made = campaign(policy=TREES)
    with deciding(tmp_path / "whole", made) as decider:
        play(decider, 50, 1)
        records = [one.record for one in decider.records() if one.record["kind"] != "refit"]
    log = open_log(tmp_path / "cut" / "log")
    log.open_stream(STREAM, "decisions")
    log.write(STREAM, records)
    log.close()
    with deciding(tmp_path / "cut", made) as decider:
        assert not any(decide(decider)["expected"])
    with deciding(tmp_path / "cut", made) as decider:
        assert [record["version"] for record in refits(decider)] == [50]
        assert any(decide(decider)["expected"])
        assert replay(made, STREAM, decider.records()).n_equal == 52
