import numpy as np
import pytest

from presage.decisions.campaign import NO_OFFER
from presage.decisions.report import judge, read_rounds

from .deciding import campaign, deciding, question, reward

MEANS = {"small": 0.2, "large": 0.6, NO_OFFER: 0.1}


def rounds_of(folder, made, n=300, rewarded=0.9):
    rng = np.random.default_rng(5)
    with deciding(folder, made) as decider:
        for wave in range(0, n, 20):
            asked = [decider.ask(question(f"u{number % 30}")) for number in range(wave, wave + 20)]
            for answer in asked:
                decision = answer.result().record
                if rng.random() < rewarded:
                    reward(decider, decision, float(rng.random() < MEANS[decision["offer"]]))
        return read_rounds(made, decider.records())


def test_policies_are_judged_from_what_was_tried(tmp_path):
    made = campaign(policy={"name": "presage-epsilon-greedy", "settings": {"epsilon": 0.6}})
    rounds = rounds_of(tmp_path, made)
    assert 250 < len(rounds.rewards) < len(rounds.offers) == 300  # what is pending is not zero
    judged = {one.policy: one for one in judge(made, rounds, 0.999)}
    assert judged.keys() == {"logging", *MEANS}
    for arm, mean in MEANS.items():
        assert judged[arm].support == 1
        for estimate in (judged[arm].value.snips, judged[arm].value.doubly_robust):
            assert estimate.low <= mean <= estimate.high
            assert estimate.high - estimate.low < 0.7
        assert 10 < judged[arm].value.effective < len(rounds.rewards)
    own = judged["logging"].value.snips
    assert own.value == pytest.approx(np.mean(list(rounds.rewards.values())))


def test_what_could_not_be_tried_is_not_judged(tmp_path):
    made = campaign(policy={"name": "presage-greedy"})
    judged = judge(made, rounds_of(tmp_path, made, n=40))
    assert [one.policy for one in judged if one.support < 1]
    assert all(one.value is None for one in judged if one.support < 1)
    assert judged[0].value is not None


def test_an_offer_that_is_closed_counts_as_no_offer(tmp_path):
    offers = [{"id": "small", "totalCap": 1}, {"id": "large"}]
    made = campaign(offers=offers)
    rounds = rounds_of(tmp_path, made, n=60)
    small = {one.policy: one for one in judge(made, rounds)}["small"]
    assert rounds.offers.count("small") == 1
    assert small.support == 1


def test_without_rewards_nothing_is_judged(tmp_path):
    rounds = rounds_of(tmp_path, campaign(), n=20, rewarded=0)
    assert {one.value for one in judge(campaign(), rounds)} == {None}
