"""How much more users of an arm have than those of the control, as far as it is known."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from presage.metrics.sequential import Sequence, effect_terms, mean_of_any, mean_of_bounded

from .experiment import Experiment
from .splitting import UNITS
from .units import Units

TYPICAL_VARIANCE = 0.05
"""Of a conversion: that of a rate of about 5 %. It tunes the intervals, which hold for any rate."""
TYPICAL_PREFERENCE = 0.25
"""The same of what users choose of interleaved answers, if one in four chooses anything."""
LEAST_OTHER_THAN_0 = 100
"""Values without a cap are compared once so many users of each arm have one other than 0."""
Doubles = NDArray[np.float64]
Looks = NDArray[np.integer]


class Counted(NamedTuple):
    """The users whose window is over, in the order of their exposure.

    Parameters
    ----------
    arm : (n,)
    chance : (n, n_arms), with which each was assigned; 0 columns in interleaving
    outcome : (n,) of the metric; (n, n_arms) in interleaving
    """

    arm: NDArray[np.int64]
    chance: Doubles
    outcome: Doubles


def counted_users(experiment: Experiment, units: Units, at: float) -> Counted:
    """Those whose window is over: what they did is settled, and none comes later before one of them."""
    is_over = np.array(units.at) + experiment.metric.window_seconds <= at
    n = len(is_over) if is_over.all() else int(is_over.argmin())
    arm = np.array(units.arm[:n], np.int64)
    if experiment.mode == "interleave":
        credit = np.zeros((n, len(experiment.arms)))
        for row in range(n):
            for one, count in units.credit.get(row, {}).items():
                credit[row, one] = count
        return Counted(arm, np.zeros((n, 0)), credit)
    cuts = np.array(units.cuts, float).reshape(-1, len(experiment.arms)) / UNITS
    chance = cuts[np.array(units.cut[:n], np.int64)]
    total, cap = np.array(units.total[:n]), experiment.metric.cap
    if experiment.metric.kind == "conversion":
        return Counted(arm, chance, (np.array(units.count[:n]) > 0).astype(float))
    return Counted(arm, chance, total if cap is None else np.clip(total, 0, cap))


def compared(
    experiment: Experiment, counted: Counted, arm: int, first: list[int], looks: Looks | None = None
) -> Sequence | None:
    """How much more users of an arm have than those of the control; None = too few users.

    Compared are users who could have met either.

    Parameters
    ----------
    first : the units of each arm when the experiment was made
    looks : after so many of these users; None = after all
    """
    chance = counted.chance[:, arm] / np.maximum(counted.chance[:, 0] + counted.chance[:, arm], 1 / UNITS)
    both = ((counted.arm == 0) | (counted.arm == arm)) & (chance > 0) & (chance < 1)
    is_treated, outcome, chance = counted.arm[both] == arm, counted.outcome[both], chance[both]
    if not len(outcome):
        return None
    terms, foreseen = effect_terms(outcome, is_treated, chance)
    looks = np.array([len(terms)]) if looks is None else looks
    alpha, users = _alpha(experiment), 2.0 * experiment.planned_users
    largest = experiment.metric.largest
    if largest is None:
        few = np.minimum(*(np.cumsum(group & (outcome != 0)) for group in (is_treated, ~is_treated)))
        found = mean_of_any(terms, foreseen, looks, alpha=alpha, tuned_for=users)
        return found._replace(radius=np.where(few[looks - 1] < LEAST_OTHER_THAN_0, np.inf, found.radius))
    share = least_chance(first, arm)
    tuned_for = users * TYPICAL_VARIANCE * largest**2 / (share * (1 - share))
    return mean_of_bounded(terms, foreseen, looks, alpha=alpha, tuned_for=tuned_for, scale=largest / share)


def preferred(
    experiment: Experiment, counted: Counted, arm: int, looks: Looks | None = None
) -> Sequence | None:
    """How much more of what users chose an arm brought than the control, as a part of all that they chose."""
    n = len(counted.outcome)
    if not n:
        return None
    total = np.maximum(counted.outcome.sum(axis=1), 1)
    terms = (counted.outcome[:, arm] - counted.outcome[:, 0]) / total
    foreseen = (np.cumsum(terms) - terms) / np.maximum(np.arange(n), 1)
    looks = np.array([n]) if looks is None else looks
    tuned_for = experiment.planned_users * TYPICAL_PREFERENCE
    return mean_of_bounded(terms, foreseen, looks, alpha=_alpha(experiment), tuned_for=tuned_for, scale=2.0)


def _alpha(experiment: Experiment) -> float:
    """How often an interval may be wrong, of all comparisons one part each."""
    return (1 - experiment.level) / (len(experiment.arms) - 1)


def least_chance(sizes: list[int], arm: int) -> float:
    """The least chance, among users of an arm and of the control, of either; weights may not make it less."""
    share = sizes[arm] / (sizes[0] + sizes[arm])
    return min(share, 1 - share)
