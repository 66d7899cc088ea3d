"""What a campaign's log tells: off-policy evaluation, and every decision made again."""

from collections import Counter
from typing import Any

from msgspec import Struct

from presage.decisions.questions import Stand
from presage.decisions.replay import replay
from presage.decisions.report import Judged, judge, read_rounds

from ..server import Server
from .campaigns import decider_of
from .labelling import settle

LEVEL = 0.95
MOST_GIVEN = 50


class Interval(Struct, frozen=True, kw_only=True):
    """A value per decision, in the unit of the campaign's objective, and its 95 % interval."""

    value: float
    low: float
    high: float


class Value(Struct, frozen=True, kw_only=True, rename="camel"):
    """A policy's value per decision, by two estimators; None where the log cannot tell.

    It cannot with too few rewards, or with support below 1.

    Parameters
    ----------
    support : the part of the rewarded decisions in which its choice could have been drawn
    value, low, high : self-normalised inverse propensity scoring, and its 95 % interval
    doubly_robust : what a cross-fitted model expects, corrected by what was tried: mostly the surer one
    effective_decisions : the effective sample size: so many decisions of the policy itself would tell as
        much of it
    """

    policy: str
    support: float
    value: float | None = None
    low: float | None = None
    high: float | None = None
    doubly_robust: Interval | None = None
    effective_decisions: float = 0.0


class Standing(Struct, frozen=True, kw_only=True):
    """What speaks for a challenger, in the unit of the campaign's objective.

    Parameters
    ----------
    judged : so many decisions, made by the policy that decides now, say how much more it would have earned
    difference, low : that much per decision, and its lower bound; None before the first. The challenger takes
        over when the bound is above 0, and later decisions agree
    risk : how likely the difference is ever below the bound
    """

    policy: str
    judged: int
    difference: float
    low: float | None
    risk: float


class Promotion(Struct, frozen=True, kw_only=True):
    """A challenger took over.

    Parameters
    ----------
    instead : the policy that decided before
    at : of the reward that showed it, seconds since 1970, UTC
    decision : the number of decisions before
    difference, low : what spoke for it, as of `Standing`
    """

    policy: str
    instead: str
    at: float
    decision: int
    difference: float
    low: float


class Spending(Struct, frozen=True, kw_only=True, rename="camel"):
    """A campaign's budget, and what the offers that were given since it began have cost.

    Parameters
    ----------
    plan : what it is spent by: how many decisions are expected in each of equally long parts of its time
    is_planned : whether a forecast has told the plan
    """

    amount: float
    spent: float
    plan: list[float]
    is_planned: bool


class Report(Struct, frozen=True, kw_only=True, rename="camel"):
    """What policies would have earned: off-policy evaluation over the campaign's log.

    Parameters
    ----------
    rewarded, pending : decisions whose reward is known, and those whose is not; these count for nothing
    given : arm -> how often it was chosen; of actions that calls bring along those most often chosen
    budget : None = it has none
    deciding : the name of the campaign's policy, or the id of the challenger that took over
    """

    decisions: int
    rewarded: int
    pending: int
    given: dict[str, int]
    values: list[Value]
    budget: Spending | None
    deciding: str
    challengers: list[Standing]
    promotions: list[Promotion]


class Replayed(Struct, frozen=True, kw_only=True, rename="camel"):
    """The log made again from its beginning.

    Parameters
    ----------
    equal : so many came out byte for byte
    forgotten : so many cannot be made again: their user was forgotten since, or the policy that made them had
        learned from one who was
    first_different : the id of the first decision that did not; empty = none
    """

    decisions: int
    equal: int
    forgotten: int
    first_different: str


def describe_report(server: Server, name: str, _asked: None) -> Report:
    """The value of the campaign's policy, of each offer for everybody, and of no offer, from its log."""
    decider = decider_of(server, name, afresh=True)
    settle(server, decider)
    rounds = read_rounds(decider.campaign, decider.records())
    stands, budget = decider.ask(Stand()).result().record, decider.campaign.budget
    chosen = Counter(rounds.offers)
    given = {arm: chosen[arm] for arm in decider.campaign.arms} or dict(chosen.most_common(MOST_GIVEN))
    return Report(
        decisions=len(rounds.offers),
        rewarded=len(rounds.rewards),
        pending=len(rounds.offers) - len(rounds.rewards),
        given=given,
        values=[_value(one) for one in judge(decider.campaign, rounds, LEVEL)],
        budget=budget
        and Spending(
            amount=budget.amount,
            spent=stands["spent"],
            plan=stands["plan"] or budget.plan,
            is_planned=stands["is_planned"],
        ),
        **_policies(stands, rounds.promotions),
    )


def _value(judged: Judged) -> Value:
    found = judged.value
    if found is None:
        return Value(policy=judged.policy, support=judged.support)
    return Value(
        policy=judged.policy,
        support=judged.support,
        **found.snips._asdict(),
        doubly_robust=Interval(**found.doubly_robust._asdict()),
        effective_decisions=found.effective,
    )


def _policies(stands: dict[str, Any], promotions: list[dict[str, Any]]) -> dict[str, Any]:
    """Who decides, who challenges, and who took over."""
    told = ("policy", "instead", "at", "difference", "low")
    return {
        "deciding": stands["deciding"],
        "challengers": [
            Standing(policy=name, **one | {"low": one["low"] if one["judged"] else None})
            for name, one in stands["challengers"].items()
        ],
        "promotions": [
            Promotion(decision=one["from"], **{name: one[name] for name in told}) for one in promotions
        ],
    }


def replay_decisions(server: Server, name: str, _asked: None) -> Replayed:
    """Make every decision of the log again, and compare the bytes."""
    decider = decider_of(server, name, afresh=True)
    found = replay(decider.first, decider.stream, decider.records())
    return Replayed(
        decisions=found.n_decisions,
        equal=found.n_equal,
        forgotten=found.n_forgotten,
        first_different=found.first_different,
    )
