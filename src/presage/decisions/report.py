"""What policies would have earned, from a campaign's log: its own, each offer for everybody, and none."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from presage.log import LoggedRecord

from .campaign import NO_OFFER, Campaign
from .evaluating import Logged, Value, evaluate, foresee, own_value
from .state import number_of


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A policy's value per decision.

    Parameters
    ----------
    policy : `logging`, the one that decided; an offer's id, for always that offer where it was open, and none
        elsewhere; `no-offer`
    support : the part of the rewarded decisions in which its choice could have been drawn
    value : None where the log cannot tell: with too few rewards, or support below 1
    """

    policy: str
    support: float
    value: Value | None


@dataclass(kw_only=True)
class Rounds:
    """The decisions of a log.

    Parameters
    ----------
    chances : arm -> its probability, a mapping a decision
    contexts, offers : what was known and what was chosen, each decision
    rewards : number of a decision -> what it earned for the campaign's objective
    forgotten : numbers of decisions whose user was forgotten; their contexts are empty
    promotions : the records of policies that took over
    """

    chances: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    contexts: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    offers: list[str] = field(default_factory=list[str])
    rewards: dict[int, float] = field(default_factory=dict[int, float])
    forgotten: set[int] = field(default_factory=set[int])
    promotions: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def read_rounds(campaign: Campaign, records: Iterable[LoggedRecord]) -> Rounds:
    """The decisions of a stream, and what is known of their rewards; a pending one is not zero."""
    rounds = Rounds()
    for logged in records:
        record = logged.record
        if record["kind"] == "decision":
            if record.get("forgotten"):
                rounds.forgotten.add(len(rounds.offers))
            rounds.chances.append(dict(zip(record["candidates"], record["propensities"], strict=True)))
            rounds.contexts.append(record["context"])
            rounds.offers.append(record["offer"])
        elif record["kind"] == "reward":
            value = campaign.earned(record["offer"], record["value"])
            rounds.rewards[number_of(record["decision"])] = value
        elif record["kind"] == "promotion":
            rounds.promotions.append(record)
    return rounds


def judge(campaign: Campaign, rounds: Rounds, level: float = 0.95) -> list[Judged]:
    """The value of each policy, from rewarded decisions alone.

    Decisions of users who were forgotten count for the policy that decided, and for no other.
    """
    own = own_value(np.array([rounds.rewards[number] for number in sorted(rounds.rewards)]), level)
    numbers = _judging(rounds)
    judged = [Judged(policy="logging", support=1.0, value=own)]
    if not campaign.arms:  # calls bring along what no other policy could have chosen at another time
        return judged
    logged = _logged(campaign, rounds)
    foreseen = foresee(logged) if numbers else np.zeros((0, logged.n_actions))
    for arm in campaign.arms:
        wanted = [arm if arm in rounds.chances[number] else NO_OFFER for number in numbers]
        could = [
            rounds.chances[number].get(one, 0.0) > 0 for number, one in zip(numbers, wanted, strict=True)
        ]
        target = np.zeros((len(numbers), len(campaign.arms)))
        target[np.arange(len(numbers)), [campaign.rows[one] for one in wanted]] = 1
        value = evaluate(logged, target, foreseen, level) if all(could) else None
        judged.append(Judged(policy=arm, support=float(np.mean(could)) if could else 0.0, value=value))
    return judged


def _judging(rounds: Rounds) -> list[int]:
    """Numbers of the decisions that say something of other policies."""
    return sorted(rounds.rewards.keys() - rounds.forgotten)


def _logged(campaign: Campaign, rounds: Rounds) -> Logged:
    """The decisions whose reward is known, as arrays."""
    numbers = _judging(rounds)
    context = [campaign.context_row(rounds.contexts[number])[0] for number in numbers]
    return Logged(
        context=np.array(context).reshape(len(numbers), len(campaign.features)),
        n_actions=len(campaign.arms),
        action=np.array([campaign.rows[rounds.offers[number]] for number in numbers], int),
        propensity=np.array([rounds.chances[number][rounds.offers[number]] for number in numbers]),
        reward=np.array([rounds.rewards[number] for number in numbers]),
    )
