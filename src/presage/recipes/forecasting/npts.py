"""Non-parametric time series: past values drawn again, recent ones and those of the same season: `NPTS`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data import Longs, Training
from ..settings import setting
from .frequency import Frequency, Instants
from .local import Local
from .panel import Doubles, Forecast, Panel

AT_ONCE = 20_000_000
"""Chances that are held at once: steps of the history times steps ahead times series."""


@dataclass(frozen=True, kw_only=True)
class Npts(Local):
    """A step is one of the values before it, drawn by a kernel; steps forecast before count as values too.

    What AWS draws samples of is worked out exactly: each step's chances of every value of the history.

    Parameters
    ----------
    context_length : so many steps before a step are drawn from; 0 = all of the history
    kernel_type : `exponential` prefers recent values, `uniform` does not
    exp_kernel_weights : how fast the exponential kernel falls, per step
    use_seasonal_model : draw only from the same season: minute of the hour, hour of the day, day of the week,
        day of the month (of weekly data), month of the year
    use_default_time_features : without them the seasonal model knows no seasons

    Source: Amazon Forecast developer guide, NPTS.
    """

    context_length: int = setting(0, low=1, high=100_000)
    kernel_type: str = setting("exponential", choices=("exponential", "uniform"))
    exp_kernel_weights: float = setting(0.01, low=1e-9, high=1e9)
    use_seasonal_model: bool = setting(True)
    use_default_time_features: bool = setting(True)

    def at_once(self, panel: Panel, horizon: int) -> int:
        """So many that the chances of all steps fit."""
        return max(1, AT_ONCE // (max(1, panel.n_steps) * horizon))

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float], training: Training) -> Forecast:  # noqa: ARG002
        """Quantiles and means of the drawn values."""
        return _drawn(panel.target, self._kernel(panel, horizon), levels)

    def _kernel(self, panel: Panel, horizon: int) -> Doubles:
        """(horizon, n_steps + horizon): the weight of each step for each step to be forecast."""
        n = panel.n_steps + horizon
        ahead = np.arange(panel.n_steps, n)[:, None]
        age = ahead - np.arange(n)
        weight = age > 0
        if self.context_length:
            weight = weight & (age <= self.context_length)
        if self.use_seasonal_model and self.use_default_time_features:
            season = season_index(panel.starts(horizon), panel.frequency)
            weight = weight & (season[ahead] == season)
        if self.kernel_type == "uniform":
            return weight.astype(float)
        youngest = np.where(weight, age, age.max()).min(axis=1, keepdims=True)
        return np.where(weight, np.exp(-self.exp_kernel_weights * np.maximum(age - youngest, 0)), 0.0)


def season_index(starts: Instants, frequency: Frequency) -> Longs:
    """(n,): which season each step is in, as NPTS counts seasons; years have one."""
    day = starts.astype("M8[D]")
    match frequency.unit:
        case "min":
            return (starts - starts.astype("M8[h]")).astype("m8[m]").astype(np.int64)
        case "H":
            return (starts - day).astype("m8[h]").astype(np.int64)
        case "D":
            return day.astype(np.int64) % 7
        case "W":
            return (day - starts.astype("M8[M]")).astype(np.int64)
        case "M":
            return starts.astype("M8[M]").astype(np.int64) % 12
        case "Y":
            return np.zeros(len(starts), np.int64)


def _drawn(target: Doubles, kernel: Doubles, levels: Sequence[float]) -> Forecast:
    horizon = kernel.shape[0]
    known = np.isfinite(target)
    chances = np.zeros((horizon, *target.shape))
    order = np.argsort(np.where(known, target, np.inf), axis=1)
    value = np.take_along_axis(np.where(known, target, 0.0), order, axis=1)
    quantiles = np.full((len(target), horizon, len(levels)), np.nan)
    mean = np.full(quantiles.shape[:2], np.nan)
    for k in range(horizon):
        chances[k] = _chances(kernel[k], known, chances[:k])
        sorted_chances = np.take_along_axis(chances[k], order, axis=1)
        quantiles[:, k] = quantiles_of(value, sorted_chances, levels)
        mean[:, k] = (value * sorted_chances).sum(axis=1)
    cold = ~known.any(axis=1)
    quantiles[cold], mean[cold] = np.nan, np.nan
    return Forecast(quantiles=quantiles, mean=mean)


def _chances(weight: Doubles, known: NDArray[np.bool_], before: Doubles) -> Doubles:
    """(n_series, n_steps): the chance of each value of the history at a step.

    Parameters
    ----------
    weight : (n_steps + horizon,), of every step for this one
    before : (k, n_series, n_steps), the chances at the steps forecast before it
    """
    n_steps = known.shape[1]
    chance = known * weight[:n_steps]
    if len(before):
        warm = known.any(axis=1, keepdims=True)
        chance = chance + np.tensordot(weight[n_steps : n_steps + len(before)], before, 1) * warm
    total = chance.sum(axis=1, keepdims=True)
    even = known / np.maximum(known.sum(axis=1, keepdims=True), 1)
    return np.where(total > 0, chance / np.where(total > 0, total, 1.0), even)


def quantiles_of(value: Doubles, chance: Doubles, levels: Sequence[float]) -> Doubles:
    """(n, n_levels): the least values whose chance, with all lower ones, reaches each level.

    Parameters
    ----------
    value, chance : (n, n_values), values rising, the chances of each row summing to 1
    """
    total: Doubles = np.cumsum(chance, axis=1)
    last = np.asarray(np.argmax(np.cumsum(chance > 0, axis=1), axis=1))
    place = np.stack([(total < level - 1e-12).astype(np.int64).sum(axis=1) for level in levels], axis=1)
    return np.take_along_axis(value, np.minimum(place, last[:, None]), axis=1)
