"""What a campaign's log tells: what policies would have earned, and every decision made again."""

from collections import Counter

from msgspec import Struct

from presage.decisions.campaign import Campaign
from presage.decisions.replay import replay
from presage.decisions.report import judge, read_rounds

from ..server import Server
from .campaigns import decider_of
from .labelling import settle

LEVEL = 0.95
MOST_GIVEN = 50


class Value(Struct, frozen=True, kw_only=True):
    """A policy's value per decision, in the unit of the campaign's objective, and its 95 % interval.

    Parameters
    ----------
    support : the part of the rewarded decisions in which its choice could have been drawn
    value, low, high : None where the log cannot tell: with too few rewards, or support below 1
    """

    policy: str
    support: float
    value: float | None
    low: float | None
    high: float | None


class Spending(Struct, frozen=True, kw_only=True):
    """A campaign's budget, and what the offers that were given have cost."""

    amount: float
    spent: float


class Report(Struct, frozen=True, kw_only=True, rename="camel"):
    """What policies would have earned.

    Parameters
    ----------
    rewarded, pending : decisions whose reward is known, and those whose is not; these count for nothing
    given : arm -> how often it was chosen; of actions that calls bring along those most often chosen
    budget : None = it has none
    """

    decisions: int
    rewarded: int
    pending: int
    given: dict[str, int]
    values: list[Value]
    budget: Spending | None


class Replayed(Struct, frozen=True, kw_only=True, rename="camel"):
    """The log made again from its beginning.

    Parameters
    ----------
    equal : so many came out byte for byte
    first_different : the id of the first decision that did not; empty = none
    """

    decisions: int
    equal: int
    first_different: str


def describe_report(server: Server, name: str, _asked: None) -> Report:
    """The value of the campaign's policy, of each offer for everybody, and of no offer, from its log."""
    decider = decider_of(server, name, afresh=True)
    settle(server, decider)
    rounds = read_rounds(decider.campaign, decider.records())
    values: list[Value] = []
    for one in judge(decider.campaign, rounds, LEVEL):
        value, low, high = one.estimate or (None, None, None)
        values.append(Value(policy=one.policy, support=one.support, value=value, low=low, high=high))
    chosen = Counter(rounds.offers)
    given = {arm: chosen[arm] for arm in decider.campaign.arms} or dict(chosen.most_common(MOST_GIVEN))
    return Report(
        decisions=len(rounds.offers),
        rewarded=len(rounds.rewards),
        pending=len(rounds.offers) - len(rounds.rewards),
        given=given,
        values=values,
        budget=_spending(decider.campaign, given),
    )


def _spending(campaign: Campaign, given: dict[str, int]) -> Spending | None:
    budget = campaign.budget
    spent = sum(offer.cost * given[offer.id] for offer in campaign.offers)
    return None if budget is None else Spending(amount=budget.amount, spent=spent)


def replay_decisions(server: Server, name: str, _asked: None) -> Replayed:
    """Make every decision of the log again, and compare the bytes."""
    decider = decider_of(server, name, afresh=True)
    found = replay(decider.first, decider.stream, decider.records())
    return Replayed(decisions=found.n_decisions, equal=found.n_equal, first_different=found.first_different)
