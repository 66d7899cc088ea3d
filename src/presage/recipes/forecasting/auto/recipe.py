"""The automatic predictor: `presage-auto`."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from ...data import DEFAULT_TRAINING, Training
from ...settings import setting
from ..kept import kept_model
from ..panel import Doubles, Forecast, ForecastModel, ForecastRecipe, Panel
from .backtest import LEVELS, Case, backtest
from .candidates import candidates
from .combine import Combination, equal, learn
from .model import AutoModel, combined, size_of
from .pool import GRID
from .stack import stacked

LEAST_WEIGHT = 0.02
"""A member that counts less for every group is left out."""
BACKTEST = 0.6
"""The part of the work, and of its time, after which members are fitted to everything."""
SECONDS = {"quick": 60.0, "default": 900.0}
"""Wall time that the effort takes at most, where no other budget is set."""


@dataclass(frozen=True, kw_only=True)
class Auto:
    """Recipes chosen by the data, whose distributions are mixed with weights learned on backtests.

    Weights are learned by groups of series of like size, shrunk to those of all series, and these to equal
    ones. Intervals are widened or narrowed by part of the horizon, as backtests say.

    Parameters
    ----------
    effort : `quick` leaves theta and ETS out, and learns fewer trees, once
    n_windows : of the backtest, a horizon long each, as far as the history reaches
    budget_s : wall seconds that the fit may take; 0 = 60 if quick, else 900. A member that needs more is
        left out, so that the outcome may depend on the machine
    """

    effort: str = setting("default", choices=("quick", "default"))
    n_windows: int = setting(2, low=1, high=10)
    budget_s: float = setting(0.0, low=1, high=1_000_000)

    def fit(self, panel: Panel, horizon: int, training: Training = DEFAULT_TRAINING) -> AutoModel:
        """Backtest, learn the weights, and fit the members that count to everything."""
        begins = window_begins(panel.n_steps, horizon, self.n_windows)
        return self.backtested(panel, horizon, begins, LEVELS, training).model()

    def backtested(
        self, panel: Panel, horizon: int, begins: Sequence[int], levels: Sequence[float], training: Training
    ) -> "Backtested":
        """What members forecast of the windows that begin at these steps.

        Parameters
        ----------
        levels : further ones that are forecast
        """
        training = self._limited(training)
        members = candidates(panel, horizon, is_quick=self.effort == "quick")
        asked = sorted({*GRID, *levels})
        part = _shared(training, BACKTEST)
        cases = backtest(panel, horizon, begins, members, asked, part) if begins else []
        if cases:
            members = {name: members[name] for name in cases[0].forecasts}
        return Backtested(
            panel=panel, horizon=horizon, members=members, cases=cases, levels=asked, training=training
        )

    def _limited(self, training: Training) -> Training:
        ends = time.monotonic() + (self.budget_s or SECONDS[self.effort])
        if training.deadline is not None:
            return training
        return replace(training, deadline=ends)


def window_begins(n_steps: int, horizon: int, n_windows: int, gap: int = 0) -> list[int]:
    """The latest first; only those with two horizons, and 3 steps at least, before them.

    Parameters
    ----------
    gap : from one begin to the next; 0 = the horizon
    """
    least = max(2 * horizon, 3)
    begins = [n_steps - k * (gap or horizon) for k in range(1, n_windows + 1)]
    return [begin for begin in begins if begin >= least]


def _shared(training: Training, share: float) -> Training:
    """The first part of a training, with its share of the time."""
    part = training.part(0, share)
    if part.deadline is None:
        return part
    now = time.monotonic()
    return replace(part, deadline=now + share * (part.deadline - now))


@dataclass(frozen=True, kw_only=True)
class Backtested:
    """Backtests of all members, from which weights are learned.

    Parameters
    ----------
    cases : by window
    levels : of their forecasts
    """

    panel: Panel
    horizon: int
    members: dict[str, ForecastRecipe]
    cases: list[Case]
    levels: list[float]
    training: Training

    @cached_property
    def sizes(self) -> list[Doubles]:
        """(n_series,) for each case, by which series are in groups."""
        return [size_of(self.panel.target[:, : case.begin]) for case in self.cases]

    def combination(self, without: int | None = None) -> Combination:
        """Learned from all windows, or from all but one."""
        cases = [case for number, case in enumerate(self.cases) if number != without]
        if not cases or not any(np.isfinite(case.actual).any() for case in cases):
            return equal(list(self.members), self.horizon)
        sizes = [size for number, size in enumerate(self.sizes) if number != without]
        return learn(stacked(cases, sizes, self.levels, self.training.seed), list(self.members))

    def held_out(self, number: int) -> Forecast:
        """What a window would have been forecast as with weights learned from the other windows.

        Where it is the only one, members count equally.
        """
        combination = self.combination(without=number)
        return combined(combination, self.cases[number].forecasts, self.sizes[number], self.levels)

    def model(self) -> AutoModel:
        """The members that count, fitted to everything."""
        combination = self.combination()
        kept = [
            place
            for place in range(len(combination.members))
            if combination.weights[:, place].max() >= LEAST_WEIGHT
        ]
        weights = combination.weights[:, kept]
        combination = replace(
            combination,
            members=tuple(combination.members[place] for place in kept),
            weights=weights / weights.sum(axis=1, keepdims=True),
        )
        rest = self.training.part(BACKTEST, 1)
        fitted: dict[str, ForecastModel] = {}
        for place, name in enumerate(combination.members):
            part, member = rest.part(place / len(kept), (place + 1) / len(kept)), self.members[name]
            fit = partial(member.fit, self.panel, self.horizon, part)
            fitted[name] = kept_model(part, f"{name}, {member!r} of everything", fit)
        return AutoModel(members=fitted, combination=combination)
