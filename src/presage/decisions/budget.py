"""What the offers of a campaign may cost together, and when it is expected to be spent."""

from functools import cached_property
from typing import Annotated

import numpy as np
from msgspec import Meta, field
from numpy.typing import NDArray

from .written import Amount, Cap, Instant, Written


class Budget(Written, frozen=True):
    """What the offers of a campaign may cost together.

    Parameters
    ----------
    amount : the costs of all offers that are given never add up to more
    starts_at, until : offers that cost something are given from the first instant until before the second
    plan : how many decisions are expected in each of equally long parts of that time, in any unit
    expected_decisions : about how many are expected in all; None = it is learned from those that come
    """

    amount: Annotated[float, Meta(gt=0, le=1e12)]
    starts_at: Instant
    until: Instant
    plan: Annotated[list[Amount], Meta(min_length=1, max_length=1000)] = field(default_factory=lambda: [1.0])
    expected_decisions: Cap | None = None

    def is_running(self, at: float) -> bool:
        """Whether it can be spent at an instant, in seconds since 1970, UTC."""
        return self.starts_at.timestamp() <= at < self.until.timestamp()

    def planned_share(self, at: float) -> float:
        """The part of all decisions that the plan expects before an instant, in [0, 1]."""
        return float(np.interp(at, *self._planned))

    @cached_property
    def _planned(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n_parts + 1,) twice: instants, and the part of all decisions before each."""
        planned = np.cumsum([0.0, *self.plan])
        instants = np.linspace(self.starts_at.timestamp(), self.until.timestamp(), len(planned))
        return instants, planned / planned[-1]
