"""Users are forgotten in a campaign's stream of a real log."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from presage.decisions.campaign import NO_OFFER
from presage.decisions.decider import Decider
from presage.decisions.forgetting import forget
from presage.decisions.questions import Recall, Stand
from presage.decisions.replay import replay
from presage.decisions.report import judge, read_rounds
from presage.log import open_log

from ..jobs.running import eventually
from .deciding import STREAM, campaign, decide, deciding, question, reward
from .test_changes import run


def forgot(decider, *users):
    return forget(decider._log, STREAM, users, 1700.0)


def unlearned(decider):
    """Wait until policies have learned again."""
    decider.ask(Stand()).result()

    def is_done():
        records = [one.record for one in decider.records()]
        known = [one["forgotten"] for one in records if one["kind"] == "campaign"]
        return max(known, default=0) == sum(one["kind"] == "forgetting" for one in records)

    eventually(is_done)


def texts(decider):
    return b"".join(one.text for one in decider.records())


def test_nothing_but_arithmetic_is_left_and_the_others_are_replayed(tmp_path):
    made = campaign()
    with deciding(tmp_path, made) as decider:
        decide(decider, "early", session="s")
        run(decider, 0)
        gone = decide(decider, "gone", session="private-session", key="private-key", level=7.125)
        reward(decider, gone, 1.0)
        run(decider, 40)
        assert replay(made, STREAM, decider.records()).n_equal == 82
        assert forgot(decider, "gone", "nobody") == 1
        unlearned(decider)
        assert not any(one in texts(decider) for one in (b'"gone"', b"private", b"7.125"))
        told = decider.ask(Recall(decision=gone["id"])).result().record
        kept = ("offer", "candidates", "propensities", "probability", "at", "seed")
        assert [told[name] for name in kept] == [gone[name] for name in kept]
        assert (told["reward"], told["context"], told["session"]) == (1.0, {}, "")
        run(decider, 80)
        again = decide(decider, "gone", session="private-session", key="private-key")
        assert again["id"] != gone["id"]
        found = replay(made, STREAM, decider.records())
        assert (found.n_decisions, found.n_equal, found.n_forgotten) == (123, 82, 41)
        assert not found.first_different
    for file in (tmp_path / "decisions/policy").iterdir():
        file.unlink()
    with deciding(tmp_path, made) as decider:
        decide(decider, "gone")
        found = replay(made, STREAM, decider.records())
        assert (found.n_equal, found.n_forgotten, found.first_different) == (83, 41, "")


def test_without_rewards_all_others_are_replayed(tmp_path):
    made = campaign()
    with deciding(tmp_path, made) as decider:
        run(decider, 0)
        decide(decider, "gone")
        run(decider, 40)
        forgot(decider, "gone")
        run(decider, 80)
        found = replay(made, STREAM, decider.records())
        assert (found.n_equal, found.n_forgotten, found.first_different) == (120, 1, "")


def test_every_process_follows_and_a_late_reward_is_counted_and_not_learned(tmp_path):
    made = campaign(policy={"name": "presage-greedy"}, rewardWaitSeconds=1e6)
    with deciding(tmp_path, made) as one, deciding(tmp_path, made) as other:
        run(one, 0)
        gone = decide(other, "gone", session="s")
        run(other, 40)
        forgot(one, "gone", "u3")
        unlearned(one)
        before = decide(one, "ann", level=2.0)
        assert reward(other, gone, 100.0).is_new
        assert decide(other, "ann", level=2.0)["expected"] == before["expected"]
        assert decide(one, "gone", session="s")["id"] != gone["id"]
        run(other, 80)
        unlearned(other)
        kinds = [told.record["kind"] for told in one.records()]
        assert (kinds.count("forgetting"), kinds.count("campaign")) == (1, 1)
        assert not replay(made, STREAM, one.records()).first_different
        values = {value.policy: value for value in judge(made, read_rounds(made, one.records()))}
        assert values["logging"].value is not None


def test_budgets_caps_challengers_and_prices_stay_right(tmp_path):
    budget = {"amount": 60, "startsAt": "1970-01-01T00:00:00Z", "until": "1970-01-02T00:00:00Z"}
    offers = [{"id": "small", "cost": 1}, {"id": "large", "cost": 2, "totalCap": 9}]
    made = campaign(
        offers=offers,
        budget=budget,
        policy={"name": "presage-epsilon-greedy", "settings": {"epsilon": 0.5}, "refitEvery": 10},
        challengers=[{"id": "greedy", "name": "presage-greedy"}],
        rewardRange=[0, 1],
        rewardWaitSeconds=1e6,
    )

    def standing(decider):
        return decider.ask(Stand()).result().record["spent"]

    def spent(decider):
        cost = {"small": 1, "large": 2, NO_OFFER: 0}
        return sum(
            cost[one.record["offer"]]
            for one in decider.records()
            if "propensities" in one.record and one.record["kind"] == "decision"
        )

    with deciding(tmp_path, made) as decider:
        run(decider, 0)
        forgot(decider, "u1", "u2", "u3", "u4", "u5", "u6", "u0")
        assert standing(decider) == spent(decider)
        unlearned(decider)
        run(decider, 40)
        forgot(decider, "u1")
        forgot(decider, "u2")
        unlearned(decider)
        run(decider, 80)
        assert standing(decider) == spent(decider) <= 60
        found = replay(made, STREAM, decider.records())
        assert not found.first_different
        assert found.n_equal + found.n_forgotten == found.n_decisions
        assert found.n_equal >= 30


def test_a_log_in_postgres_forgets_them_too(tmp_path, postgres):
    made, log = campaign(), open_log(tmp_path / "log", postgres.new_database())
    log.open_stream(STREAM, "decisions")
    decider = Decider(made, log=log, stream=STREAM, folder=tmp_path / "decisions")
    run(decider, 0, 20)
    gone = decide(decider, "gone", level=7.125)
    assert forgot(decider, "gone") == 1
    unlearned(decider)
    assert decider.ask(Recall(decision=gone["id"])).result().record["context"] == {}
    assert b"7.125" not in texts(decider)
    found = replay(made, STREAM, decider.records())
    assert (found.n_equal, found.n_forgotten, found.first_different) == (20, 1, "")
    decider.close()
    log.close()


def test_two_forget_the_same_users_at_once_while_others_decide(tmp_path):
    made = campaign()
    with deciding(tmp_path, made) as decider, ThreadPoolExecutor(4) as many:
        run(decider, 0, 200)
        asked = [many.submit(forgot, decider, f"u{number}", f"u{number + 1}") for number in range(5)]
        run(decider, 200)
        n_gone = sum(one.result() for one in asked)
        n_gone += forgot(decider, *(f"u{number}" for number in range(6)))
        unlearned(decider)
        decided = [one.record for one in decider.records() if one.record["kind"] == "decision"]
        assert (
            sum("forgotten" in one for one in decided)
            == n_gone
            == sum(one["user"] != "u6" for one in decided)
        )
        decide(decider, "ann")
        found = replay(made, STREAM, decider.records())
        assert (found.n_decisions, found.first_different) == (241, "")


@pytest.mark.parametrize("after", [0.0, 0.03])
def test_killed_in_the_middle_all_are_forgotten_or_none_and_a_second_try_ends_it(tmp_path, after):
    made = campaign()
    users = [f"u{number}" for number in range(6)]
    with deciding(tmp_path, made) as decider:
        run(decider, 0, 300)
    code = (
        "import sys; from pathlib import Path; from presage.log import open_log;"
        " from presage.decisions.forgetting import forget; log = open_log(Path(sys.argv[1]));"
        f" print('begun', flush=True); forget(log, {STREAM!r}, {users!r}, 1.0); input()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "log"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout.readline() == b"begun\n"
        time.sleep(after)
        child.kill()
    with deciding(tmp_path, made) as decider:
        left = {one.record["user"] for one in decider.records() if "user" in one.record}
        is_through = left.isdisjoint(users)
        assert is_through or left == {*users, "u6"}
        assert (forgot(decider, *users) == 0) is is_through
        unlearned(decider)
        run(decider, 300, 10)
        found = replay(made, STREAM, decider.records())
        assert (found.n_decisions, found.first_different) == (310, "")
        assert found.n_equal + found.n_forgotten == 310


@pytest.mark.parametrize("asked", [(), ("nobody",)])
def test_who_is_not_known_changes_nothing(tmp_path, asked):
    with deciding(tmp_path) as decider:
        decider.ask(question()).result()
        before = texts(decider)
        assert forgot(decider, *asked) == 0
        assert texts(decider) == before
