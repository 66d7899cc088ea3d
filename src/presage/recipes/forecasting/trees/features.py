"""What trees see of a series at an origin: how it was before, and what is known of the step ahead."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data import Floats
from ..frequency import Frequency, Instants
from ..known import known_mean
from ..panel import Doubles, Panel
from ..seasons import long_seasons, season_of
from ..smoothing import LONGEST_SEASON, MOST, smoothed

N_LAGS = 6
N_SAME = 3
"""The latest values of the same season that are seen, for each season."""
LEVEL = 2
"""Seasons whose mean is the level of a series; 12 steps at least."""
BASES = ("level", "latest", "season", "smoothing")
LONG = 24
"""So long a season is taken from its last cycle, as days differ; a shorter one from N_CYCLES cycles."""
N_CYCLES = 3


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """Where series stand at an origin, so that trees see all of them alike: (y - base) / scale.

    Parameters
    ----------
    base, scale : (n_series,), scale above 0; NaN for series without a value before the origin
    """

    base: Doubles
    scale: Doubles


def scaled(target: Doubles, season: int, *, is_ratio: bool) -> Scaled:
    """Level and spread before an origin.

    Parameters
    ----------
    target : (n_series, n_known)
    is_ratio : base 0 and the level as scale, for counts and shares of a level; else the latest level and the
        mean absolute difference a season apart
    """
    n = max(LEVEL * season, 12)
    level = known_mean(target[:, -n:])
    whole = known_mean(np.abs(target))
    level = np.where(np.isfinite(level), level, whole)
    if is_ratio:
        usual = float(np.nanmean(whole)) if np.isfinite(whole).any() else 1.0
        floor = np.maximum(0.3 * whole, 0.05 * usual or 1.0)
        return Scaled(base=np.zeros(len(target)), scale=np.maximum(np.abs(level), floor))
    spread = known_mean(np.abs(target[:, season:] - target[:, :-season]))
    spread = np.where(spread > 0, spread, known_mean(np.abs(target[:, 1:] - target[:, :-1])))
    floor = 1e-3 * np.where(np.abs(level) > 0, np.abs(level), 1.0)
    return Scaled(base=level, scale=np.where(spread > floor, spread, floor))


def rows_at(panel: Panel, origin: int, horizon: int, place: Scaled, base: str) -> tuple[Floats, Doubles]:
    """What is seen of the steps from `origin` on, and what the distance is learned from, on the same scale.

    Returns
    -------
    (n_series, horizon, n_features) and (n_series, horizon)
    """
    known = (panel.target[:, :origin] - place.base[:, None]) / place.scale[:, None]
    of_series = np.stack(_of_series(known, panel, place), axis=1)
    from_here = base_at(known, season_of(panel.frequency), horizon, base)
    if base == "smoothing":
        from_here = _smoothed(panel, origin, place, otherwise=from_here)
    of_steps = [*([] if base == "level" else [from_here]), *_of_steps(known, panel, origin, horizon)]
    n = panel.n_series
    wide = [np.broadcast_to(of_series[:, None], (n, horizon, of_series.shape[1]))]
    wide += [np.broadcast_to(one, (n, horizon))[:, :, None] for one in of_steps]
    return np.concatenate(wide, axis=2).astype(np.float32), from_here


def _smoothed(panel: Panel, origin: int, place: Scaled, *, otherwise: Doubles) -> Doubles:
    """(n_series, horizon): the median of exponential smoothing from an origin on, scaled."""
    season, horizon = season_of(panel.frequency), otherwise.shape[1]
    known = panel.target[:, max(0, origin - MOST) : origin]
    found = smoothed(known, season if season <= LONGEST_SEASON else 1, horizon, (0.5,)).quantiles[:, :, 0]
    found = (found - place.base[:, None]) / place.scale[:, None]
    return np.where(np.isfinite(found), found, otherwise)


def categorical(panel: Panel, n_features: int) -> list[int]:
    """Which features are attributes: the last ones."""
    return list(range(n_features - len(panel.attributes), n_features))


def _of_series(known: Doubles, panel: Panel, place: Scaled) -> list[Doubles]:
    """Each (n_series,)."""
    season = season_of(panel.frequency)
    n = known.shape[1]
    found = [known[:, n - lag] if lag <= n else np.full(len(known), np.nan) for lag in range(1, N_LAGS + 1)]
    for window in _windows(season):
        found.append(known_mean(known[:, -window:]))
    latest, before = known[:, -LEVEL * season :], known[:, -2 * LEVEL * season : -LEVEL * season]
    found.append(known_mean(latest) - known_mean(before))
    found.append(known_mean(np.abs(latest - known_mean(latest)[:, None])))
    value = known * place.scale[:, None] + place.base[:, None]
    is_zero = np.where(np.isfinite(value), (value == 0).astype(float), np.nan)
    found.append(known_mean(is_zero[:, -max(12, 2 * season) :]))
    found.append(_steps_since(value != 0))
    found.append(np.log1p(np.isfinite(known).sum(axis=1)))
    found.append(np.log(place.scale / np.maximum(np.abs(known_mean(value)), 1e-9) + 1e-9))
    return found


def base_at(known: Doubles, season: int, horizon: int, kind: str) -> Doubles:
    """(n_series, horizon): what trees learn the distance from, of series that are scaled.

    Parameters
    ----------
    known : (n_series, n_known), of mean 0 in the latest seasons
    kind : `level`, that 0; `latest`, the mean of the last season, or the last value where there is no season;
        `season`, which adds how the latest cycles went about their own means; `smoothing`, the same for
        series that are too short to be smoothed
    """
    base = np.zeros((len(known), horizon))
    if kind == "level" or not known.shape[1]:
        return base
    base += known_mean(known[:, -season:], empty=0.0)[:, None]
    n_cycles = min(1 if season >= LONG else N_CYCLES, known.shape[1] // season)
    if kind != "latest" and season > 1 and n_cycles:
        cycles = known[:, known.shape[1] - n_cycles * season :].reshape(-1, season)
        shape = (cycles - known_mean(cycles, empty=0.0)[:, None]).reshape(len(known), n_cycles, season)
        mean = known_mean(shape.transpose(0, 2, 1).reshape(-1, n_cycles), empty=0.0)
        base += mean.reshape(len(known), season)[:, np.arange(horizon) % season]
    return base


def _windows(season: int) -> list[int]:
    """How many steps back means are taken of."""
    return sorted({3, 8, 24, *((season, 4 * season) if season > 1 else (13, 52))})


def _steps_since(is_so: NDArray[np.bool_]) -> Doubles:
    """(n,): steps since the last one for which it is so."""
    if not is_so.shape[1]:
        return np.zeros(len(is_so))
    back = is_so[:, ::-1].argmax(axis=1).astype(float)
    return np.where(is_so.any(axis=1), back, float(is_so.shape[1]))


def _of_steps(known: Doubles, panel: Panel, origin: int, horizon: int) -> list[Doubles | Floats]:
    """Each (n_series, horizon) or what spreads to it: the step, its seasons, its calendar, what is known."""
    ahead = np.arange(horizon)
    found: list[Doubles | Floats] = [ahead[None].astype(float)]
    for season in long_seasons(panel.frequency):
        found += _same_season(known, season, horizon)
    starts = panel.starts(panel.n_ahead)[origin : origin + horizon]
    found += [one[None] for one in _calendar(_extended(panel, starts, origin, horizon), panel.frequency)]
    for one in panel.related.values():
        found += _related(np.asarray(one.values, float), one.is_known_ahead, origin, horizon)
    for shared in panel.shared.values():
        found.append(shared[None, origin : origin + horizon])
    found += [one.code[:, None].astype(float) for one in panel.attributes.values()]
    return found


def _extended(panel: Panel, starts: Instants, origin: int, horizon: int) -> Instants:
    if len(starts) == horizon:
        return starts
    return panel.frequency.starts(panel.first, origin + horizon)[origin:]


def _same_season(known: Doubles, season: int, horizon: int) -> list[Doubles]:
    """The latest values of the same season, and their mean over more seasons."""
    n = known.shape[1]
    cycle = -(-(np.arange(horizon) + 1) // season)
    place = n + np.arange(horizon) - season * cycle
    values = [_taken(known, place - season * k) for k in range(max(N_SAME, 6))]
    mean = np.nanmean(_with_something(np.stack(values)), axis=0)
    around = [_taken(known, place + shift) for shift in (-1, 1)]
    return [*values[:N_SAME], mean, *around] if season > 1 else []


def _with_something(values: Doubles) -> Doubles:
    """The same, without columns that are all NaN, which become 0."""
    return np.where(np.isfinite(values).any(axis=0), values, 0.0)


def _taken(known: Doubles, place: NDArray[np.integer]) -> Doubles:
    """(n_series, horizon): values at places; NaN outside of what is known."""
    inside = (place >= 0) & (place < known.shape[1])
    if not known.shape[1]:
        return np.full((len(known), len(place)), np.nan)
    return np.where(inside, known[:, np.clip(place, 0, known.shape[1] - 1)], np.nan)


def _calendar(starts: Instants, frequency: Frequency) -> list[Doubles]:
    """Each (horizon,): where a step is in its day, week, month and year, as far as steps are finer."""
    day = starts.astype("M8[D]")
    month, year = starts.astype("M8[M]"), starts.astype("M8[Y]")
    parts: Sequence[NDArray[np.integer]] = ()
    if frequency.unit in {"min", "H"}:
        parts = ((starts - day).astype(int) // 60, day.astype(int) % 7)
    elif frequency.unit == "D":
        parts = (day.astype(int) % 7, (day - month.astype("M8[D]")).astype(int), month.astype(int) % 12)
    elif frequency.unit == "W":
        parts = ((day - year.astype("M8[D]")).astype(int) // 7, (day - month.astype("M8[D]")).astype(int))
    elif frequency.unit == "M":
        parts = (month.astype(int) % 12,)
    return [part.astype(float) for part in parts]


def _related(values: Doubles, is_known_ahead: bool, origin: int, horizon: int) -> list[Doubles]:
    """A related series at the step, beside its own mean before; or only its latest values."""
    before = values[:, max(0, origin - 52) : origin]
    usual = known_mean(before)[:, None]
    last = values[:, origin - 1 : origin] if origin else np.full((len(values), 1), np.nan)
    if not is_known_ahead or values.shape[1] < origin + horizon:
        return [last, last - usual]
    ahead = values[:, origin : origin + horizon]
    return [ahead, ahead - usual, ahead - last]
