"""What the offers of a campaign may cost together, and when it is expected to be spent."""

from functools import cached_property
from typing import Annotated, Self

import numpy as np
from msgspec import Meta, field, structs
from numpy.typing import NDArray

from .written import Amount, Cap, Instant, Label, Written


class PlanSource(Written, frozen=True):
    """A forecast that the plan of a budget is taken from, within the hour before it begins.

    Parameters
    ----------
    forecast_arn : of a forecast of Amazon Forecast's calls; its series tells when decisions come, in any
        unit; empty = the campaign's own decisions by hour are forecast
    filters : the series of that forecast, as QueryForecast names it
    """

    forecast_arn: Label = ""
    filters: dict[str, str] = field(default_factory=dict[str, str])


class Budget(Written, frozen=True):
    """What the offers of a campaign may cost together.

    Parameters
    ----------
    amount : the costs of all offers that are given never add up to more
    starts_at, until : offers that cost something are given from the first instant until before the second
    plan : how many decisions are expected in each of equally long parts of that time, in any unit
    expected_decisions : about how many are expected in all; None = it is learned from those that come
    plan_from : a forecast that both are taken from; until it is there they are as they are written
    """

    amount: Annotated[float, Meta(gt=0, le=1e12)]
    starts_at: Instant
    until: Instant
    plan: Annotated[list[Amount], Meta(min_length=1, max_length=1000)] = field(default_factory=lambda: [1.0])
    expected_decisions: Cap | None = None
    plan_from: PlanSource | None = None

    def planned(self, plan: list[float], expected_decisions: int | None) -> Self:
        """With another plan; without a number of decisions that it expects the one that there is stays."""
        return structs.replace(
            self, plan=plan, expected_decisions=expected_decisions or self.expected_decisions
        )

    def is_of_the_time(self, other: "Budget | None") -> bool:
        """Whether another budget is for the same time and its plan comes from the same forecast."""
        return other is not None and all(
            getattr(self, name) == getattr(other, name) for name in ("starts_at", "until", "plan_from")
        )

    def is_running(self, at: float) -> bool:
        """Whether it can be spent at an instant, in seconds since 1970, UTC."""
        return self.starts_at.timestamp() <= at < self.until.timestamp()

    def planned_share(self, at: float) -> float:
        """The part of all decisions that the plan expects before an instant, in [0, 1]."""
        return float(np.interp(at, self.edges, self._before))

    def part_at(self, at: float) -> int:
        """The part of the plan to which an instant belongs; before all the first, after all the last one."""
        return int(np.clip(np.searchsorted(self.edges, at, side="right") - 1, 0, len(self.plan) - 1))

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """(n_parts,): the part of all decisions that is planned in each part; they sum to 1."""
        return np.diff(self._before)

    @cached_property
    def edges(self) -> NDArray[np.float64]:
        """(n_parts + 1,): the instants at which parts of the plan begin, and the last one ends."""
        return np.linspace(self.starts_at.timestamp(), self.until.timestamp(), len(self.plan) + 1)

    @cached_property
    def _before(self) -> NDArray[np.float64]:
        """(n_parts + 1,): the part of all decisions that is planned before each of these instants."""
        planned = np.cumsum([0.0, *self.plan])
        return planned / planned[-1]
