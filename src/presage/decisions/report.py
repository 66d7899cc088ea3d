"""What policies would have earned, from a campaign's log: its own, each offer for everybody, and none."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from presage.log import LoggedRecord
from presage.metrics.off_policy import Doubles, Estimate, importance, interval, snips

from .campaign import NO_OFFER, Campaign
from .state import number_of

LEAST_ROUNDS = 2
"""Fewer rewards have no scatter to tell an interval from."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A policy's value per decision.

    Parameters
    ----------
    policy : `logging`, the one that decided; an offer's id, for always that offer where it was open, and none
        elsewhere; `no-offer`
    support : the part of the rewarded decisions in which its choice could have been drawn
    estimate : None where the log cannot tell: with too few rewards, or support below 1
    """

    policy: str
    support: float
    estimate: Estimate | None


@dataclass(kw_only=True)
class Rounds:
    """The decisions of a log.

    Parameters
    ----------
    chances : arm -> its probability, a mapping a decision
    offers : what was chosen, each decision
    rewards : number of a decision -> what it earned for the campaign's objective
    """

    chances: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    offers: list[str] = field(default_factory=list[str])
    rewards: dict[int, float] = field(default_factory=dict[int, float])


def read_rounds(campaign: Campaign, records: Iterable[LoggedRecord]) -> Rounds:
    """The decisions of a stream, and what is known of their rewards; a pending one is not zero."""
    rounds = Rounds()
    for logged in records:
        record = logged.record
        if record["kind"] == "decision":
            rounds.chances.append(dict(zip(record["candidates"], record["propensities"], strict=True)))
            rounds.offers.append(record["offer"])
        elif record["kind"] == "reward":
            value = campaign.earned(record["offer"], record["value"])
            rounds.rewards[number_of(record["decision"])] = value
    return rounds


def judge(campaign: Campaign, rounds: Rounds, level: float = 0.95) -> list[Judged]:
    """The value of each policy by self-normalised inverse propensity scoring, from rewarded decisions."""
    numbers = sorted(rounds.rewards)
    reward = np.array([rounds.rewards[number] for number in numbers])
    is_enough = len(numbers) >= LEAST_ROUNDS
    own = interval(reward, level) if is_enough else None
    judged = [Judged(policy="logging", support=1.0, estimate=own)]
    for arm in campaign.arms:
        chance, logged = _chances(rounds, numbers, arm)
        support = float((chance > 0).mean()) if numbers else 0.0
        can_tell = is_enough and support == 1 and logged.any()
        estimate = interval(snips(_weight(chance, logged), reward), level) if can_tell else None
        judged.append(Judged(policy=arm, support=support, estimate=estimate))
    return judged


def _chances(rounds: Rounds, numbers: list[int], arm: str) -> tuple[Doubles, Doubles]:
    """(n_rounds,) twice: the probability of what a fixed policy would do, and whether it was done."""
    wanted = [arm if arm in rounds.chances[number] else NO_OFFER for number in numbers]
    chance = [rounds.chances[number].get(one, 0.0) for number, one in zip(numbers, wanted, strict=True)]
    done = [rounds.offers[number] == one for number, one in zip(numbers, wanted, strict=True)]
    return np.array(chance), np.array(done, float)


def _weight(chance: Doubles, logged: Doubles) -> Doubles:
    """(n_rounds,): of the rounds in which it was done the weight is over the chance; of others it is 0."""
    return importance(logged, np.where(logged > 0, chance, 1.0))
