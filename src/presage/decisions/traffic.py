"""How many decisions are still to come, from the plan of a budget and from those that came so far."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .budget import Budget

Doubles = NDArray[np.float64]
LEVEL_SD = 0.5
"""How far a whole budget's traffic is off what was expected of it, relative to that."""
LEAST_SHARE = 1e-9
"""A part of the plan that expects less of all decisions tells nothing."""
PART_SD = 0.15
"""How far each part of the plan is off by itself beside that, relative to the part."""


@dataclass(kw_only=True)
class Traffic:
    """The decisions of a budget so far, by part of its plan.

    Decisions of a part are taken for Poisson, with a mean that is the plan's share of all, times the level of
    all, times a factor of the part's own: what an odd hour says of the rest of the day is little, however
    many decisions it had, and what it says of the rest of the hour is much. Level and factors follow by
    weights that are inverse to variances (best linear prediction: Robinson, Statistical Science 6, 1991).

    Parameters
    ----------
    latest : when the last one came
    came : (n_parts,), decisions in each part
    """

    budget: Budget
    latest: float = -np.inf
    came: Doubles = field(init=False)

    def __post_init__(self) -> None:
        self.came = np.zeros(len(self.budget.plan))

    def replanned(self, budget: Budget) -> "Traffic":
        """Of another plan; decisions are taken to have come evenly within the parts they are counted in."""
        new, part = Traffic(budget=budget, latest=self.latest), self.budget.part_at(self.latest)
        instants = np.append(self.budget.edges[: part + 1], self.latest)
        so_far = np.append(0.0, np.cumsum(self.came[: part + 1]))
        new.came = np.diff(np.interp(budget.edges, instants, so_far))
        return new

    def add(self, at: float) -> None:
        """Count a decision at an instant while the budget runs."""
        self.came[self.budget.part_at(at)] += 1
        self.latest = max(self.latest, at)

    def left(self, at: float) -> float:
        """How many decisions are expected from an instant to the end, at least 1; inf if nothing is known."""
        share, part = self.budget.shares, self.budget.part_at(at)
        gone = self.budget.planned_share(at) - share[:part].sum()
        passed, came = np.append(share[:part], gone), self.came[: part + 1]
        is_planned = passed > LEAST_SHARE
        if not is_planned.any():
            return float(self.budget.expected_decisions or np.inf)
        level, own = self._levels(passed[is_planned], came[is_planned])
        to_come = (own if is_planned[-1] else level) * (share[part] - gone) + level * share[part + 1 :].sum()
        return max(1.0, to_come)

    def _levels(self, passed: Doubles, came: Doubles) -> tuple[float, float]:
        """Decisions of a whole budget, as all parts so far say, and as the latest part says of itself.

        Parameters
        ----------
        passed : (n,) > `LEAST_SHARE`, what the plan expects of all decisions in each part so far
        came : (n,), how many did
        """
        expected = float(self.budget.expected_decisions or 0)
        about = expected or (came.sum() + 1) / passed.sum()
        weight = 1 / (PART_SD**2 + 1 / (passed * about))  # of each part: one over the relative variance
        prior = LEVEL_SD**-2 if expected else 0.0
        level = (prior * expected + weight @ (came / passed)) / (prior + weight.sum())
        own = level + (came[-1] / passed[-1] - level) * PART_SD**2 * weight[-1]
        return float(level), float(own)
