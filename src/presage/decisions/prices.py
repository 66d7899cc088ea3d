"""Shadow prices: what a unit of the budget, or one more of a capped offer, could earn with somebody else.

An offer is charged its use of each limit times the price: one multiply. A program over recent traffic says
the prices (`pricing.py`); each decision corrects them a little: up where more is used than there is for it.
That is dual mirror descent with relative entropy, to first order.
Source: Balseiro, Lu, Mirrokni, The Best of Many Worlds: Dual Mirror Descent for Online Allocation Problems,
Operations Research 71 (2023).
"""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .campaign import Campaign
from .traffic import Traffic

Doubles = NDArray[np.float64]
EVERY = 256
"""Prices are solved for after so many decisions; at first and last after a quarter of those made or left."""
REMEMBERED = 512
"""The traffic that prices are solved for: the latest decisions."""
LEAST_WEIGHT = 0.25
"""Of prices that are solved for, against those that there are; it is 1 while all traffic is remembered."""
STEP = 1 / 2048
"""What one decision corrects, of the relative difference between what it uses and what there is for it."""
FARTHEST = 4.0
"""Corrected prices stay within so many times, or parts, of those that were solved for."""


@dataclass(kw_only=True)
class Prices:
    """What a campaign with a budget has spent, and the prices that follow from its decisions so far.

    Its limits are the budget and the total caps of offers, in the order of the offers.

    Parameters
    ----------
    n_decisions : while the budget was running
    used : (n_limits,), of the budget the costs, of each cap how often its offer was given
    price, solved_price : (n_limits,), in rewards per unit: as it is, and before decisions corrected it
    due : solved for again after so many decisions
    traffic : of the budget; None = there is none
    is_planned : whether its plan has come from a forecast
    recent : the latest decisions
    """

    campaign: Campaign
    n_decisions: int = 0
    used: Doubles = field(init=False)
    price: Doubles = field(init=False)
    solved_price: Doubles = field(init=False)
    due: int = 1
    traffic: Traffic | None = field(init=False)
    is_planned: bool = False
    recent: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def __post_init__(self) -> None:
        budget = self.campaign.budget
        self.traffic = Traffic(budget=budget) if budget else None
        self.used, self.price, self.solved_price = (np.zeros(len(self.amount)) for _ in range(3))

    def changed(self, campaign: Campaign, given: Mapping[str, int]) -> Self:
        """After a change of the campaign.

        What was spent counts on, but for another budget, which starts at another time. Prices go on, of caps
        that there were.

        Parameters
        ----------
        given : how often each offer was given
        """
        before, after = self.campaign.budget, campaign.budget
        goes_on = before is not None and after is not None and before.starts_at == after.starts_at
        new = replace(self, campaign=campaign) if goes_on else type(self)(campaign=campaign)
        if goes_on and self.traffic is not None and after is not None:
            keeps_plan = self.is_planned and after.is_of_the_time(before)
            new.traffic = self.traffic if keeps_plan else self.traffic.replanned(after)
            new.is_planned = keeps_plan
        new.used = np.array([self.used[0] * goes_on, *(given[offer] for offer in new.capped)], float)
        for limit, offer in enumerate(("", *new.capped)):
            if goes_on and offer in ("", *self.capped):
                own = ("", *self.capped).index(offer)
                new.price[limit], new.solved_price[limit] = self.price[own], self.solved_price[own]
        return new

    @cached_property
    def capped(self) -> list[str]:
        """The offers with a total cap."""
        return [offer.id for offer in self.campaign.offers if offer.total_cap is not None]

    @cached_property
    def amount(self) -> Doubles:
        """(n_limits,): what there is."""
        caps = [offer.total_cap for offer in self.campaign.offers if offer.total_cap is not None]
        budget = self.campaign.budget
        return np.array([budget.amount if budget else np.inf, *caps], float)

    @cached_property
    def use(self) -> Doubles:
        """(n_arms, n_limits): what giving each arm once takes of each limit."""
        use = np.zeros((len(self.campaign.arms), len(self.amount)))
        use[:-1, 0] = [offer.cost for offer in self.campaign.offers]
        for limit, offer in enumerate(self.capped, start=1):
            use[self.campaign.rows[offer], limit] = 1
        return use

    @property
    def is_due(self) -> bool:
        """Whether enough was decided to solve for prices again."""
        return self.n_decisions >= self.due

    @property
    def left(self) -> Doubles:
        """(n_limits,): what has not been used."""
        return np.maximum(self.amount - self.used, 0)

    def can_afford(self, cost: float) -> bool:
        """Whether the budget has as much left; sums of decimal fractions are exact to 1e-9 only."""
        return bool(self.used[0] + cost <= self.amount[0] * (1 + 1e-9))

    def charge(self, arms: NDArray[np.integer]) -> Doubles:
        """(n_arms,): what giving each arm costs at these prices, in rewards."""
        return self.use[arms] @ self.price

    def decisions_left(self, at: float) -> float:
        """How many decisions are expected from an instant to the end of the budget, at least 1."""
        return np.inf if self.traffic is None else self.traffic.left(at)

    def decided(self, decision: Mapping[str, Any]) -> None:
        """Take in a decision: what it used, and what that says of the prices."""
        budget = self.campaign.budget
        if budget is None:
            return
        rows = self.campaign.rows
        if (
            self.traffic is not None and budget.is_running(decision["at"]) and "assignment" not in decision
        ):  # which is no traffic
            self.n_decisions += 1
            self.traffic.add(decision["at"])
            if not decision.get("forgotten"):
                self.recent.append(decision)
            arms = [rows[arm] for arm in decision["candidates"]]
            self._correct(np.array(decision["propensities"]) @ self.use[arms], decision["at"])
        self.used += self.use[rows[decision["offer"]]]

    def forget(self, numbers: Collection[int]) -> None:
        """Solve for no decisions with these numbers any more."""
        kept = (one for one in self.recent if int(one["id"].rpartition("-")[2]) not in numbers)
        self.recent = deque(kept, maxlen=REMEMBERED)

    def standing(self) -> dict[str, Any]:
        """What was spent of the budget, and the plan that it is spent by."""
        plan = [] if self.traffic is None else self.traffic.budget.plan
        return {"spent": float(self.used[0]), "plan": plan, "is_planned": self.is_planned}

    def planned(self, record: Mapping[str, Any]) -> None:
        """Take in a plan that a forecast has made."""
        budget = self.campaign.budget
        if budget is not None and self.traffic is not None:
            self.traffic = self.traffic.replanned(budget.planned(record["plan"], record["expected"]))
            self.is_planned = True

    def solved(self, record: Mapping[str, Any]) -> None:
        """Take in prices that were solved for."""
        caps = record["caps"]
        found = np.array([record["budget"], *(caps[offer] for offer in self.capped)])
        weight = max(LEAST_WEIGHT, min(1, REMEMBERED / max(1, self.n_decisions)))
        self.price = self.solved_price = self.price + weight * (found - self.price)
        soon = min(self.n_decisions, self.decisions_left(record["at"])) / 4
        self.due = self.n_decisions + max(1, min(int(soon), EVERY))

    def _correct(self, use: Doubles, at: float) -> None:
        """Prices rise where a decision is expected to use more than its part of what is left."""
        left = self.left
        part = left / self.decisions_left(at)
        scarce = part > 0
        excess = np.zeros(len(left))
        excess[scarce] = STEP * (use[scarce] / part[scarce] - 1)
        low, high = self.solved_price / FARTHEST, self.solved_price * FARTHEST
        self.price = np.clip(self.price * (1 + np.minimum(excess, 1)), low, high)
