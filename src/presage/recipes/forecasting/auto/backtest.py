"""Members' forecasts of windows of the history, each from what was known before the window."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ...data import Training
from ..kept import kept_forecast, kept_model
from ..known import by_rows, known_mean
from ..local import LocalModel
from ..panel import Doubles, Forecast, ForecastModel, ForecastRecipe, Panel
from ..seasons import season_of

LEVELS = tuple(k / 10 for k in range(1, 10))
"""Weights and intervals are learned from these quantiles."""
SAMPLE, LEAST_SAMPLED = 200, 2_000
"""Of so many series on, so many are forecast first, to see how long all take."""
MOST_OF_REST = 0.5
"""A member takes at most so much of the time that is left, the last one all of it."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A window as all members forecast it.

    Parameters
    ----------
    begin : the window's first step
    actual : (n_series, horizon), NaN where nothing is known
    scale : (n_series,), above 0: mean absolute difference a season apart before the window
    forecasts : by member
    """

    begin: int
    actual: Doubles
    scale: Doubles
    forecasts: Mapping[str, Forecast]


def backtest(  # noqa: PLR0917, each is one of its own
    panel: Panel,
    horizon: int,
    begins: Sequence[int],
    members: Mapping[str, ForecastRecipe],
    levels: Sequence[float],
    training: Training,
) -> list[Case]:
    """One case a window, in the order of `begins`; members that the deadline leaves no time for are missing.

    A member is fitted once, before the earliest window, and forecasts each window from all that was known
    before that one. A member whose first fit, or whose forecast of some of very many series, shows that it
    needs more than the time left is given up; the first one never is.
    """
    found: dict[str, list[Forecast]] = {}
    for number, (name, recipe) in enumerate(members.items()):
        part = _named(training.part(number / len(members), (number + 1) / len(members)), name)
        begun = time.monotonic()
        fit = partial(recipe.fit, panel.until(min(begins)), horizon, part.part(0, 0.5))
        model = kept_model(part, f"{name}, {recipe!r} before step {min(begins)}", fit)
        forecasts: list[Forecast] = []
        share = 1.0 if number == len(members) - 1 else MOST_OF_REST
        if found and not _has_time(model, panel.until(begins[0]), levels, len(begins), part, share):
            part.report("left out, it would take too long", 1.0)
            continue
        for begin in begins:
            if found and _is_too_slow(training, time.monotonic() - begun, len(forecasts), len(begins)):
                break
            ahead = partial(model.forecast, panel.until(begin), levels, part.part(0.5, 1))
            forecasts.append(kept_forecast(part, f"{name}, {recipe!r} from step {begin}", ahead))
        if len(forecasts) == len(begins):
            found[name] = forecasts
    return [
        Case(
            begin=begin,
            actual=panel.target[:, begin : begin + horizon],
            scale=by_rows(partial(scale_of, season=season_of(panel.frequency)), panel.target[:, :begin]),
            forecasts={name: forecasts[place] for name, forecasts in found.items()},
        )
        for place, begin in enumerate(begins)
    ]


def _has_time(  # noqa: PLR0917, each is one of its own
    model: ForecastModel,
    panel: Panel,
    levels: Sequence[float],
    n_forecasts: int,
    training: Training,
    share: float,
) -> bool:
    """Whether a share of the time left is enough to forecast very many series so often; some of them tell."""
    n = panel.n_series
    if training.deadline is None or n < LEAST_SAMPLED:
        return True
    seconds = 0.0
    for size in (1, SAMPLE):  # the first time what is needed is imported
        begun, some = time.monotonic(), panel.take(np.arange(0, n, n // size))
        model.forecast(some, levels, training.elsewhere())
        seconds = (time.monotonic() - begun) / some.n_series
    cores = training.cores if isinstance(model, LocalModel) else 1
    return seconds * n * n_forecasts / cores <= share * (training.deadline - time.monotonic())


def _is_too_slow(training: Training, spent: float, n_done: int, n_windows: int) -> bool:
    """Whether a member that spent so much on a fit and some windows has no time for the rest and the end."""
    if training.deadline is None:
        return False
    rest = spent if not n_done else spent * (n_windows - n_done + 1) / n_done
    return time.monotonic() + rest > training.deadline


def _named(training: Training, name: str) -> Training:
    return replace(training, report=lambda step, part: training.report(f"{name}: {step}", part))


def scale_of(target: Doubles, season: int) -> Doubles:
    """(n_series,): mean absolute difference a season apart; where there is none the mean, else 1."""
    apart = np.abs(target[:, season:] - target[:, :-season]) if target.shape[1] > season else target[:, :0]
    scale = known_mean(apart, empty=0.0)
    scale = np.where(scale > 0, scale, known_mean(np.abs(target), empty=0.0))
    return np.where(scale > 0, scale, 1.0)
