"""Exponential smoothing of all series at once: `presage-smoothing`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..data import Training
from .known import known_mean
from .local import Local
from .naive import normal
from .normal import softmax
from .panel import Doubles, Forecast, Panel
from .seasons import season_of

MOST = 600
"""The last values of a series that are looked at."""
LONGEST_SEASON = 60
N_FIRST, N_NEXT = 32, 16
HIGHEST = 8.0
WIDEST = 0.2
"""The variance of a logarithm up to which it moves the mean."""
RADII = (0.25, 0.1, 0.04)
"""How far from the best so far parameters are drawn, round by round."""
AT_ONCE = 4_000_000
"""Values times parameter sets that are smoothed together."""


FLATTENED = 0.2
"""The part of the differences of Akaike's criterion that counts, so that more forms take part."""


class Form(NamedTuple):
    """Which parts a series is seen to have.

    Parameters
    ----------
    trend : `none`; `damped`; `half`, the slope of a straight line through the series, halved, as the theta
        method has it
    """

    trend: str
    has_season: bool
    is_log: bool

    @property
    def n_parameters(self) -> int:
        """Of the level and the trend."""
        return 2 + {"none": 0, "damped": 2, "half": 1}[self.trend]


@dataclass(frozen=True, kw_only=True)
class Smoothing(Local):
    """Level, trend and season, additive on the values or on their logarithm; twelve forms in all.

    The trend is damped, or half a straight line's, or there is none. Parameters are searched for all series
    together; forms are averaged by their Akaike weights, flattened. Seasons above 60 steps are left out; of a
    long series the last 600 values are looked at.
    Sources: Hyndman, Koehler, Ord & Snyder, Forecasting with Exponential Smoothing, 2008; Hyndman & Billah,
    Unmasking the Theta method, 2003; Kolassa, Combining exponential smoothing forecasts using Akaike weights,
    2011.
    """

    def at_once(self, panel: Panel, horizon: int) -> int:  # noqa: ARG002
        """So many that all parameter sets of all of them fit."""
        return max(1, AT_ONCE // (N_FIRST * max(1, min(MOST, panel.n_steps))))

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float], training: Training) -> Forecast:  # noqa: ARG002
        """Normal quantiles of each form, on its scale, averaged."""
        season = season_of(panel.frequency)
        season = season if season <= LONGEST_SEASON else 1
        return smoothed(panel.target[:, -MOST:], season, horizon, levels)


def smoothed(
    target: Doubles, season: int, horizon: int, levels: Sequence[float], *, logs: bool = True
) -> Forecast:
    """The average of all forms, or of those without logarithms; NaN for series that are too short for any."""
    forms = [
        Form(trend, has_season, is_log)
        for trend in ("none", "damped", "half")
        for has_season in ((False, True) if season > 1 else (False,))
        for is_log in ((False, True) if logs else (False,))
    ]
    fitted = [_of_form(target, form, season, horizon, levels) for form in forms]
    criterion = np.stack([found for found, _ in fitted])  # (n_forms, n_series), the less the better
    usable = np.isfinite(criterion.min(axis=0))[:, None]
    weight = softmax(np.where(np.isfinite(criterion), -0.5 * FLATTENED * criterion, -1e9), axis=0)[:, :, None]
    quantiles = np.stack([one.quantiles for _, one in fitted])
    mean = np.stack([one.mean for _, one in fitted])
    return Forecast(
        quantiles=np.where(usable[:, :, None], (weight[..., None] * quantiles).sum(axis=0), np.nan),
        mean=np.where(usable, (weight * mean).sum(axis=0), np.nan),
    )


def _of_form(
    target: Doubles, form: Form, season: int, horizon: int, levels: Sequence[float]
) -> tuple[Doubles, Forecast]:
    """AICc (n_series,), infinite where the form does not fit, and the form's forecast, 0 there."""
    m = season if form.has_season else 1
    known = np.isfinite(target)
    n = known.sum(axis=1)
    fits = n > 2 * m + 4
    if form.is_log:
        fits &= np.where(known, target, np.inf).min(axis=1, initial=np.inf) > 0
    size = np.nan_to_num(known_mean(np.abs(target)))
    size = np.where(fits & (size > 0), size, 1.0)
    y = np.where(fits[:, None] & known, target, np.nan) / size[:, None]
    y = np.log(y) if form.is_log else y
    start = _start(y, m)
    if form.trend == "half":
        start = start._replace(trend=_slope(y) / 2)
    best, sse = _search(y, start, form, m)
    end = _filter(y, start, best[:, None], m)
    n_parameters = form.n_parameters + form.has_season * m
    criterion = _aicc(y, sse, n_parameters, is_log=form.is_log)
    mean, spread = _ahead(end, best, sse / np.maximum(n - n_parameters, 1), m, horizon, y.shape[1])
    found = _back(y, mean, spread, levels) if form.is_log else normal(mean, spread, levels)
    fits = fits & np.isfinite(found.mean).all(axis=1)
    return np.where(fits, criterion, np.inf), Forecast(
        quantiles=np.where(fits[:, None, None], found.quantiles * size[:, None, None], 0.0),
        mean=np.where(fits[:, None], found.mean * size[:, None], 0.0),
    )


def _back(y: Doubles, mean: Doubles, spread: Doubles, levels: Sequence[float]) -> Forecast:
    """From logarithms; nothing is forecast above HIGHEST times the highest value.

    Of a log-normal distribution the mean grows with the variance, which counts up to WIDEST: greater ones are
    known too badly.
    """
    top = np.where(np.isfinite(y), y, -np.inf).max(axis=1, initial=-np.inf)[:, None] + np.log(HIGHEST)
    quantiles = np.minimum(normal(mean, spread, levels).quantiles, top[:, :, None])
    middle = np.minimum(mean + np.minimum(spread**2, WIDEST) / 2, top)
    return Forecast(quantiles=np.exp(quantiles), mean=np.exp(middle))


class States(NamedTuple):
    """Level, trend, season (m, ...) and the sum of squared errors of n_series, or of (n_series, k)."""

    level: Doubles
    trend: Doubles
    season: Doubles
    sse: Doubles


def _start(y: Doubles, m: int) -> States:
    """Season by the mean of each place over the whole series, level and trend by the first values."""
    n_steps = y.shape[1]
    shape = np.zeros((m, len(y)))
    flat = y
    if m > 1:
        flat = y - centred_mean(y, m)
        shape = np.stack([known_mean(flat[:, place::m]) for place in range(m)])
        shape = np.nan_to_num(shape - known_mean(shape.T)[None])
        flat = y - shape[np.arange(n_steps) % m].T
    order = np.argsort(~np.isfinite(flat), axis=1, kind="stable")[:, : max(8, min(2 * m, n_steps))]
    first = np.take_along_axis(flat, order, axis=1)
    half = max(1, first.shape[1] // 2)
    early, late = known_mean(first[:, :half]), known_mean(first[:, half:])
    trend = np.nan_to_num((late - early) / half)
    level = np.nan_to_num(early - trend * (half + 1) / 2)
    return States(level, trend, shape, np.zeros(len(y)))


def _slope(y: Doubles) -> Doubles:
    """(n_series,): of the straight line of least squares through what is known."""
    step = np.where(np.isfinite(y), np.arange(y.shape[1]), np.nan)
    away = step - np.nan_to_num(known_mean(step))[:, None]
    rise = known_mean(away * (y - known_mean(y)[:, None]))
    return np.nan_to_num(rise / np.maximum(known_mean(away**2), 1e-12))


def centred_mean(y: Doubles, m: int) -> Doubles:
    """(n_series, n_steps): the mean of what is known within half a season either side."""
    known = np.isfinite(y)
    total = np.cumsum(np.pad(np.where(known, y, 0.0), ((0, 0), (1, 0))), axis=1)
    count = np.cumsum(np.pad(known, ((0, 0), (1, 0))), axis=1)
    place = np.arange(y.shape[1])
    low, high = np.maximum(place - m // 2, 0), np.minimum(place + m - m // 2, y.shape[1])
    return (total[:, high] - total[:, low]) / np.maximum(count[:, high] - count[:, low], 1)


def _search(y: Doubles, start: States, form: Form, m: int) -> tuple[Doubles, Doubles]:
    """(n_series, 4): alpha, beta, gamma, phi with the least squared errors, and these errors (n_series,)."""
    from scipy.stats import qmc  # noqa: PLC0415, slow to import

    draws = qmc.Halton(4, scramble=False).random(N_FIRST + 1)[1:]
    drawn = np.broadcast_to(draws, (len(y), N_FIRST, 4))
    best, least = _best(y, start, form, m, drawn)
    for radius in RADII:
        nudges = (qmc.Halton(4, scramble=False).random(N_NEXT + 1)[1:] - 0.5) * 2 * radius
        drawn = np.clip(best[:, None] + nudges, 0.0, 1.0)
        found, sse = _best(y, start, form, m, drawn)
        better = sse < least
        best, least = np.where(better[:, None], found, best), np.where(better, sse, least)
    return _parameters(best, form), least


def _best(y: Doubles, start: States, form: Form, m: int, drawn: Doubles) -> tuple[Doubles, Doubles]:
    """Of (n_series, k, 4) points in the unit cube the best for each series, and its squared errors."""
    sse = _filter(y, start, _parameters(drawn, form), m).sse
    place = np.argmin(sse, axis=1)[:, None]
    return np.take_along_axis(drawn, place[:, :, None], 1)[:, 0], np.take_along_axis(sse, place, 1)[:, 0]


def _parameters(drawn: Doubles, form: Form) -> Doubles:
    """Points in the unit cube as alpha, beta, gamma, phi; small ones are drawn more often."""
    alpha = 0.001 + 0.998 * drawn[..., 0] ** 1.5
    beta = alpha * drawn[..., 1] ** 3 * (form.trend == "damped")
    gamma = (1 - alpha) * drawn[..., 2] ** 2 * form.has_season
    phi = {"none": 0.0, "damped": 0.8 + 0.19 * drawn[..., 3], "half": 1.0}[form.trend]
    phi = np.broadcast_to(phi, alpha.shape)
    return np.stack([alpha, beta, gamma, phi], axis=-1)


def _filter(y: Doubles, start: States, parameters: Doubles, m: int) -> States:
    """The states after the last step with k parameter sets (n_series, k, 4); unknown steps change nothing."""
    alpha, beta, gamma, phi = (parameters[..., place] for place in range(4))
    level = np.broadcast_to(start.level[:, None], alpha.shape).copy()
    trend = np.broadcast_to(start.trend[:, None], alpha.shape) * (phi > 0)
    season = np.broadcast_to(start.season[:, :, None], (m, *alpha.shape)).copy()
    sse = np.zeros(alpha.shape)
    for step in range(y.shape[1]):
        value = y[:, step, None]
        known = np.isfinite(value)
        damped = phi * trend
        error = np.where(known, value - level - damped - season[step % m], 0.0)
        level = np.where(known, level + damped + alpha * error, level)
        trend = np.where(known, damped + beta * error, trend)
        if m > 1:
            season[step % m] += gamma * error
        sse += error**2
    return States(level, trend, season, sse)


def _aicc(y: Doubles, sse: Doubles, k: int, *, is_log: bool) -> Doubles:
    """(n_series,), less is better; of logarithms it is that of the values that they are of."""
    known = np.isfinite(y)
    n = known.sum(axis=1)
    fit = n * np.log(np.maximum(sse / np.maximum(n, 1), 1e-12))
    fit += 2 * np.where(known, y, 0.0).sum(axis=1) * is_log
    left = n - k - 2
    return np.where(left > 0, fit + 2 * (k + 1) * n / np.maximum(left, 1), np.inf)


def _ahead(  # noqa: PLR0917, each is one of its own
    end: States, parameters: Doubles, variance: Doubles, m: int, horizon: int, n_steps: int
) -> tuple[Doubles, Doubles]:
    """Means and standard deviations (n_series, horizon)."""
    alpha, beta, gamma, phi = (parameters[:, place, None] for place in range(4))
    step = np.arange(1, horizon + 1)
    damping = np.cumsum(phi**step, axis=1)
    mean = end.level + damping * end.trend + end.season[(n_steps + step - 1) % m, :, 0].T
    response = alpha + beta * damping + gamma * (step % m == 0)
    growth = 1 + np.cumsum(np.pad(response[:, :-1] ** 2, ((0, 0), (1, 0))), axis=1)
    return mean, np.sqrt(variance[:, None] * growth)
