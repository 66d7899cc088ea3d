import random
from collections import Counter

import numpy as np
import orjson
import pytest

from presage.decisions.campaign import NO_OFFER
from presage.decisions.questions import Reward
from presage.decisions.replay import replay
from presage.errors import InvalidInputException, ResourceAlreadyExistsException, ResourceNotFoundException
from presage.log import NoSuchStream
from presage.recipes import BANDITS

from .deciding import OFFERS, STREAM, campaign, decide, deciding, question, reward

QUICK = {"name": "presage-linear-thompson", "settings": {"n_draws": 20}}


def run_some(decider, n, seed):
    """Decisions for a few users in waves, most of them rewarded, some asked again in their session."""
    rng = random.Random(seed)
    for wave in range(0, n, 25):
        asked = [
            question(
                f"u{rng.randrange(20)}", session=f"{seed}-{wave}", key=str(rng.random()), level=rng.random()
            )
            for _ in range(25)
        ]
        made = [answer.result() for answer in [decider.ask(one) for one in asked]]
        told = [
            Reward(
                decision=one.record["id"], value=float(one.record["offer"] == "large") * rng.random(), at=0
            )
            for one in made
            if one.is_new and rng.random() < 0.7
        ]
        for answer in [decider.ask(one) for one in told]:
            answer.result()


@pytest.mark.parametrize(
    ("policy", "n"),
    [
        (QUICK, 1000),
        ({"name": "presage-hybrid-thompson", "settings": {"n_draws": 20}, "refitEvery": 40}, 100),
        ({"name": "presage-popularity-thompson"}, 100),
        ({"name": "presage-linucb", "settings": {"epsilon": 0.2}}, 100),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else "",
)
def test_the_log_makes_every_decision_again_after_a_restart(tmp_path, policy, n):
    made = campaign(policy=policy)
    with deciding(tmp_path, made) as decider:
        run_some(decider, n, seed=1)
    with deciding(tmp_path, made) as decider:
        run_some(decider, n, seed=2)
        found = replay(made, STREAM, decider.records())
    assert found.n_decisions == found.n_equal > n
    assert not found.first_different


@pytest.mark.parametrize("name", BANDITS)
def test_every_policy_decides_learns_and_is_replayed(tmp_path, name):
    made = campaign(policy={"name": name, "refitEvery": 30})
    with deciding(tmp_path, made) as decider:
        run_some(decider, 100, seed=1)
        found = replay(made, STREAM, decider.records())
    assert found.n_decisions == found.n_equal > 30


def test_a_changed_log_is_found_out(tmp_path):
    with deciding(tmp_path) as decider:
        for number in range(20):
            decide(decider, f"u{number}")
        logged = list(decider.records())
    altered = orjson.dumps({**logged[3].record, "probability": 0.999})
    logged[3] = logged[3]._replace(text=altered)
    found = replay(campaign(), STREAM, logged)
    assert (found.n_equal, found.first_different) == (19, f"{STREAM}-3")


def test_a_decision_is_logged_with_all_that_led_to_it(tmp_path):
    with deciding(tmp_path) as decider:
        made = decide(decider, "ann", session="s", level=5.0)
        (logged,) = decider.records()
    assert logged.record == made
    assert made["candidates"] == ["small", "large", NO_OFFER]
    assert sum(made["propensities"]) == pytest.approx(1)
    assert made["probability"] == made["propensities"][made["candidates"].index(made["offer"])] > 0
    assert made["context"] == {"level": 5.0}
    assert (made["seed"], made["version"]) == ([7, 0], 0)


@pytest.mark.parametrize("cap", [1, 7])
def test_caps_hold_over_two_deciders_of_one_log_and_a_restart(tmp_path, cap):
    offers = [{**OFFERS[0], "totalCap": cap}, {**OFFERS[1], "perUserCap": 1}]
    made = campaign(offers=offers, noOffer=False, policy=QUICK)
    with deciding(tmp_path, made) as one, deciding(tmp_path, made) as other:
        asked = [who.ask(question(f"u{n % 9}")) for n in range(40) for who in (one, other)]
        for answer in asked:
            answer.result()
    with deciding(tmp_path, made) as again:
        assert decide(again, "u1")["closed"].keys() == {"small", "large"}
        logged = [one.record for one in again.records()]
    assert Counter(one["offer"] for one in logged)["small"] == cap
    assert set(Counter(one["user"] for one in logged if one["offer"] == "large").values()) == {1}
    assert logged[-1]["offer"] == NO_OFFER  # nothing is open, and none is an arm of last resort
    assert logged[-1]["probability"] == 1


def test_an_offer_is_open_while_it_is_valid(tmp_path):
    times = {"validFrom": "1970-01-01T01:00:00+01:00", "validUntil": "1970-01-01T00:01:00Z"}
    made = campaign(offers=[{"id": "dawn", **times}], noOffer=False)
    with deciding(tmp_path, made) as decider:
        chosen = [decide(decider, at=at)["offer"] for at in (-0.5, 0.0, 59.9, 60.0)]
    assert chosen == [NO_OFFER, "dawn", "dawn", NO_OFFER]


def test_a_session_and_a_key_have_one_decision(tmp_path):
    with deciding(tmp_path) as decider:
        first = decide(decider, "ann", session="s", key="k")
        assert decide(decider, "ann", session="s", level=9.0) == first
        assert decide(decider, "ann", session="s", key="k") == first
        assert decide(decider, "ben", session="s") != first
        assert decide(decider, "ann") != decide(decider, "ann")
        with pytest.raises(ResourceAlreadyExistsException, match="'k' was used for another"):
            decide(decider, "ben", key="k")
        together = [decider.ask(question("eva", key="once")) for _ in range(20)]
        assert sum(one.result().is_new for one in together) == 1
        assert len({orjson.dumps(one.result().record) for one in together}) == 1


def test_a_reward_is_learned_once(tmp_path):
    with deciding(tmp_path) as decider:
        first = decide(decider)
        assert reward(decider, first, 4.0).is_new
        assert not reward(decider, first, 4.0).is_new
        with pytest.raises(ResourceAlreadyExistsException, match=r"is 4\.0 already"):
            reward(decider, first, 5.0)
        second = decide(decider)
    assert second["version"] == 1
    learned = dict(zip(second["candidates"], second["expected"], strict=True))
    assert learned[first["offer"]] > 0.5


def test_what_waits_too_long_has_the_default_reward(tmp_path):
    made = campaign(rewardWaitSeconds=60, defaultReward=0.25)
    with deciding(tmp_path, made) as decider:
        early = [decide(decider, f"u{number}", at=100.0 + number) for number in range(4)]
        assert reward(decider, early[1], 3.0, at=1e9).is_new
        assert decide(decider, "eva", at=159.9)["version"] == 1
        assert decide(decider, "eva", at=162.0)["version"] == 3
        assert not reward(decider, early[0], 0.25).is_new
        with pytest.raises(ResourceAlreadyExistsException, match=r"is 0\.25 already"):
            reward(decider, early[2], 3.0)
        decider.settle(1000.0)
        decider.settle(1000.0)
    with deciding(tmp_path, made) as decider:
        logged = [one.record for one in decider.records()]
        assert decide(decider, at=1000.0)["version"] == 6
        assert replay(made, STREAM, decider.records()).n_equal == 7
    told = {one["decision"]: one["value"] for one in logged if one["kind"] == "reward"}
    assert list(told.values()) == [3.0, *[0.25] * 5]


@pytest.mark.parametrize("number", ["7", "99999999999999"])
def test_a_reward_needs_its_decision(tmp_path, number):
    with deciding(tmp_path) as decider:
        decide(decider)
        with pytest.raises(ResourceNotFoundException, match=f"no decision '{STREAM}-{number}'"):
            reward(decider, {"id": f"{STREAM}-{number}"}, 1.0)


def test_what_a_policy_cannot_learn_is_refused_and_changes_nothing(tmp_path):
    made = campaign(policy={"name": "presage-logistic-thompson"})
    with deciding(tmp_path, made) as decider:
        first = decide(decider)
        with pytest.raises(InvalidInputException, match=r"a reward is 3\.0"):
            reward(decider, first, 3.0)
        assert reward(decider, first, 1.0).is_new
        assert decide(decider)["version"] == 1


def belief(folder):
    """What the next decision expects; it is the same whatever is on disk beside the log."""
    with deciding(folder, campaign(policy=QUICK)) as decider:
        return decide(decider, "ann")["expected"]


def test_a_policy_is_learned_again_where_its_file_is_lost_damaged_or_ahead_of_the_log(tmp_path):
    with deciding(tmp_path, campaign(policy=QUICK)) as decider:
        run_some(decider, 30, seed=3)
    (file,) = (tmp_path / "decisions/policy").iterdir()
    known = belief(tmp_path)
    assert np.any(known)
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    assert belief(tmp_path) == known
    file.unlink()
    assert belief(tmp_path) == known
    other = tmp_path / "other"
    with deciding(other, campaign(policy=QUICK)) as decider:
        run_some(decider, 5, seed=4)
    own = belief(other)
    (other / "decisions/policy" / file.name).write_bytes(whole)
    assert belief(other) == own


def test_a_campaign_that_was_dropped_meanwhile_decides_no_more(tmp_path):
    with deciding(tmp_path) as decider:
        decide(decider, key="k")
        decider._log.drop_stream(STREAM)
        for key in ("k", "another"):
            with pytest.raises(NoSuchStream):
                decide(decider, key=key)
