"""The plan of a budget from a forecast: its steps as equally long parts of the budget's time."""

from collections.abc import Mapping
from math import ceil

import numpy as np
from numpy.typing import NDArray

from presage.recipes.forecasting.frequency import Frequency
from presage.recipes.forecasting.npts import Npts
from presage.recipes.forecasting.panel import Panel

from .budget import Budget

Doubles = NDArray[np.float64]
MOST_PARTS = 1_000
LEAD_SECONDS = HOUR = 3_600.0
"""So long before a budget begins its plan is made."""
LEAST_HOURS, MOST_HOURS = 24, 8 * 7 * 24
"""Of a campaign's own traffic: so many are needed, and so many are looked at."""
MOST_AHEAD = 60 * 24
FADING = 0.001
"""How fast older hours of a campaign's traffic count less, per hour: half in a month."""


def is_due(budget: Budget | None, at: float) -> bool:
    """Whether a plan should be made now, if none has been."""
    return (
        budget is not None
        and budget.plan_from is not None
        and budget.starts_at.timestamp() - LEAD_SECONDS <= at < budget.until.timestamp()
    )


def plan_of(budget: Budget, instants: Doubles, expected: Doubles) -> list[float]:
    """How many decisions are expected in each of equally long parts of the budget's time.

    Parameters
    ----------
    instants : (n + 1,), rising, seconds since 1970, UTC: when each step begins, and the last one ends
    expected : (n,), decisions in each step, in any unit

    Raises ValueError if the steps do not cover the budget's time, or nothing is expected in it.
    """
    begins, ends = budget.starts_at.timestamp(), budget.until.timestamp()
    if begins < instants[0] or ends > instants[-1]:
        first, last = (np.datetime64(int(one), "s") for one in (instants[0], instants[-1]))
        raise ValueError(
            f"the forecast goes from {first} to {last}; the budget is from {budget.starts_at.isoformat()}"
            f" until {budget.until.isoformat()}: a forecast must cover it"
        )
    n_parts = min(MOST_PARTS, max(1, round((ends - begins) / float(np.diff(instants).min()))))
    before = np.append(0.0, np.cumsum(np.maximum(expected, 0)))
    plan = np.diff(np.interp(np.linspace(begins, ends, n_parts + 1), instants, before))
    if not plan.sum() > 0:
        raise ValueError("the forecast expects nothing at all in the budget's time; leave out planFrom")
    return plan.tolist()


def plan_of_traffic(budget: Budget, by_hour: Mapping[int, int], at: float) -> list[float] | None:
    """The same from a campaign's own decisions: what came, and what NPTS foresees for the hours to come.

    None with less than a day of them, with none for the budget's time, or if it ends too late to foresee.

    Parameters
    ----------
    by_hour : hours since 1970 -> decisions in them
    at : now; the hour that is under way is not known yet
    """
    now, until = int(at // HOUR), ceil(budget.until.timestamp() / HOUR)
    first = max(min(by_hour, default=now), now - MOST_HOURS)
    if now - first < LEAST_HOURS or until - now > MOST_AHEAD:
        return None
    came = np.array([[by_hour.get(hour, 0) for hour in range(first, now)]], float)
    panel = Panel(target=came, first=np.datetime64(int(first * HOUR), "s"), frequency=Frequency(1, "H"))
    foreseen = Npts(exp_kernel_weights=FADING).fit(panel, until - now).forecast(panel, [0.5]).mean
    begins = min(first, int(budget.starts_at.timestamp() // HOUR))
    instants = np.arange(begins, until + 1, dtype=np.float64) * HOUR
    missing = len(instants) - 1 - came.size - foreseen.size
    try:
        return plan_of(budget, instants, np.concatenate([np.zeros(missing), came[0], foreseen[0]]))
    except ValueError:
        return None
