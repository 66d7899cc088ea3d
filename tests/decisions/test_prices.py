"""Budgets: never above, the same prices again from the log, and to whom it is worth most."""

from collections import Counter

import numpy as np
import pytest

from presage.decisions.campaign import NO_OFFER
from presage.decisions.checks import check_campaign
from presage.decisions.replay import replay
from presage.errors import InvalidInputException

from .deciding import STREAM, campaign, decide, deciding, question, reward

OFFERS = [{"id": "small", "cost": 1}, {"id": "large", "cost": 2.5, "totalCap": 30}]
FROM, UNTIL = "1970-01-01T00:00:00Z", "1970-01-01T00:10:00Z"
QUICK = {"name": "presage-linear-thompson", "settings": {"n_draws": 20}}
SPENT = {"small": 1.0, "large": 2.5, NO_OFFER: 0.0}


def with_budget(amount=50.0, **members):
    plan_from = {"planFrom": members.pop("planFrom")} if "planFrom" in members else {}
    budget = {"amount": amount, "startsAt": FROM, "until": UNTIL, **plan_from}
    given = {"offers": OFFERS, "policy": QUICK, "budget": budget}
    return campaign(**given | members)


def spend(decider, n, seconds=600.0, start=0.0, worth=lambda level, offer: 0.0):
    """Decisions spread over seconds, rewarded at once; the records of them."""
    made = []
    rng = np.random.default_rng(3)
    for number in range(n):
        level = float(rng.random() * 10)
        one = decide(decider, f"u{number}", level=level, at=start + seconds * number / n)
        reward(decider, one, worth(level, one["offer"]), at=one["at"])
        made.append(one)
    return made


def spent(records):
    return sum(SPENT[one["offer"]] for one in records if one["kind"] == "decision")


def test_a_budget_is_never_exceeded_by_two_deciders_of_one_log_and_a_restart(tmp_path):
    made = with_budget(noOffer=False, amount=40.0)
    with deciding(tmp_path, made) as one, deciding(tmp_path, made) as other:
        asked = [who.ask(question(f"u{n}", at=n)) for n in range(60) for who in (one, other)]
        for answer in asked:
            answer.result()
    with deciding(tmp_path, made) as again:
        spend(again, 60, seconds=500, start=99)
        records = [one.record for one in again.records()]
        found = replay(made, STREAM, again.records())
    decisions = [one for one in records if one["kind"] == "decision"]
    assert 39 < spent(records) <= 40
    assert decisions[-1]["closed"].keys() == {"small", "large"}
    assert found.n_equal == found.n_decisions == 180
    assert Counter(one["kind"] for one in records)["prices"] > 3


def test_it_is_spent_on_those_to_whom_it_is_worth_most_and_over_all_of_its_time(tmp_path):
    def worth(level, offer):
        return {"small": level / 5, "large": level / 4, NO_OFFER: 0.0}[offer]

    with deciding(tmp_path, with_budget(amount=120.0)) as decider:
        made = spend(decider, 600, worth=worth)
    settled = made[200:]
    given = np.array([one["offer"] != NO_OFFER for one in settled])
    level = np.array([one["context"]["level"] for one in settled])
    assert 115 < spent(made) <= 120
    assert 0.3 < spent(made[:300]) / 120 < 0.7
    assert given[level > 8.5].mean() > 0.6
    assert given[level < 6].mean() < 0.2
    assert all(one["probability"] > 0 for one in made)


def test_a_reason_tells_what_an_offer_was_charged(tmp_path):
    with deciding(tmp_path, with_budget(amount=20.0)) as decider:
        made = spend(decider, 60, seconds=300)
        prices = [one.record for one in decider.records() if one.record["kind"] == "prices"]
    last = made[-1]
    assert made[0]["charges"] == [0, 0, 0]
    charges = dict(zip(last["candidates"], last["charges"], strict=True))
    assert charges[NO_OFFER] == 0 < charges["small"] < charges["large"]
    assert prices[-1]["caps"].keys() == {"large"}


def test_what_costs_nothing_needs_no_budget(tmp_path):
    offers = [{"id": "free"}, {"id": "dear", "cost": 5}]
    made = with_budget(amount=7.0, offers=offers, noOffer=False)
    with deciding(tmp_path, made) as decider:
        late = decide(decider, at=600.0)
        early = [decide(decider, f"u{n}", at=1.0) for n in range(40)]
    assert late["closed"].keys() == {"dear"}
    assert "paid from a budget from 1970-01-01T00:00:00+00:00 until" in late["closed"]["dear"]
    assert sum(one["offer"] == "dear" for one in early) == 1
    assert early[-1]["closed"]["dear"] == "costs 5, of the budget 2 is left"
    assert early[-1]["offer"] == "free"


def test_a_plan_says_when_decisions_come():
    budget = {"amount": 1, "startsAt": FROM, "until": UNTIL, "plan": [3, 1]}
    made = campaign(offers=OFFERS, budget=budget).budget
    assert [made.planned_share(at) for at in (-9, 0, 150, 300, 450, 600, 1e6)] == [
        0, 0, 0.375, 0.75, 0.875, 1, 1,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"budget": {"amount": 1, "startsAt": UNTIL, "until": FROM}}, "must be later than startsAt"),
        ({"budget": {"amount": 1, "startsAt": FROM, "until": UNTIL, "plan": [0]}}, "expects no decision"),
        ({"offers": [{"id": "a"}]}, "no offer has a cost"),
    ],
)
def test_what_no_budget_can_be_is_refused(members, message):
    with pytest.raises(InvalidInputException, match=message):
        check_campaign(with_budget(**members))
