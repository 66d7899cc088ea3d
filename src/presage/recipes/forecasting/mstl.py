"""Several seasons taken out of all series at once, the rest smoothed: `presage-mstl`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data import Training
from .known import known_mean
from .local import Local
from .panel import Doubles, Forecast, Panel
from .seasons import long_seasons
from .smoothing import centred_mean, smoothed

WINDOWS = (11, 15)
"""Cycles that the shortest season, and any longer one, is averaged over."""
LEAST_CYCLES = 2.5
MOST_CYCLES = 12
N_ROUNDS = 2
LEAST_SHARE = 0.02
"""Series whose values are all above this share of their mean are taken apart as products."""
REST = 400
"""The last steps whose level and trend are smoothed."""
AT_ONCE = 20_000_000


@dataclass(frozen=True, kw_only=True)
class Mstl(Local):
    """Seasons of a day and a week, or of a year, that change slowly; the rest is smoothed.

    A season is the average of its neighbouring cycles, near ones counting more (loess of degree 0); it goes
    on as in its last cycle. It needs two and a half cycles.
    Source: Bandara, Hyndman & Bergmeir, MSTL, 2021.
    """

    def at_once(self, panel: Panel, horizon: int) -> int:  # noqa: ARG002
        """So many that their seasons and the rests fit."""
        _, most = _seasons(panel)
        return max(1, AT_ONCE // max(1, min(panel.n_steps, most)) // 20)

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float], training: Training) -> Forecast:  # noqa: ARG002
        """Normal quantiles of the rest about the seasons."""
        seasons, most = _seasons(panel)
        return _forecast(panel.target[:, -most:], seasons, horizon, levels)


def _seasons(panel: Panel) -> tuple[list[int], int]:
    """The seasons that the history is long enough for, and how many steps of it are looked at."""
    known = [season for season in long_seasons(panel.frequency) if panel.n_steps >= LEAST_CYCLES * season]
    return known, MOST_CYCLES * max(known, default=60)


def _forecast(target: Doubles, seasons: list[int], horizon: int, levels: Sequence[float]) -> Forecast:
    known = np.isfinite(target)
    mean = known_mean(target, empty=0.0)
    lowest = np.where(known, target, np.inf).min(axis=1, initial=np.inf)
    is_product = (lowest > LEAST_SHARE * mean) & (lowest > 0)
    y = np.where(is_product[:, None], np.log(np.where(is_product[:, None] & known, target, np.nan)), target)
    shape, ahead = seasonal_parts(y, seasons, horizon)
    rest = smoothed((y - shape)[:, -REST:], 1, horizon, levels, logs=False)
    quantiles, middle = rest.quantiles + ahead[:, :, None], rest.mean + ahead
    return Forecast(
        quantiles=np.where(is_product[:, None, None], _exp(quantiles), quantiles),
        mean=np.where(is_product[:, None], _exp(middle), middle),
    )


def _exp(values: Doubles) -> Doubles:
    """Of what is not a product too, which may be any number."""
    return np.exp(np.minimum(values, 700.0))


def seasonal_parts(y: Doubles, seasons: Sequence[int], horizon: int) -> tuple[Doubles, Doubles]:
    """What all seasons add to each step, and to those after the last one; 0 where nothing is known."""
    shapes = {season: np.zeros_like(y) for season in seasons}
    for _ in range(N_ROUNDS if len(seasons) > 1 else 1):
        for season in seasons:
            others = sum((shapes[other] for other in seasons if other != season), np.zeros_like(y))
            rest = y - others
            window = WINDOWS[0] if season == min(seasons) else WINDOWS[1]
            shapes[season] = _cycle_means(rest - centred_mean(rest, season), season, window)
    ahead = np.zeros((len(y), horizon))
    for season, shape in shapes.items():
        ahead += shape[:, y.shape[1] - season + np.arange(horizon) % season]
    return sum(shapes.values(), np.zeros_like(y)), ahead


def _cycle_means(y: Doubles, season: int, window: int) -> Doubles:
    """Each step's mean over the nearest cycles, by tricube weights; 0 where nothing is known."""
    n_series, n_steps = y.shape
    n_cycles = -(-n_steps // season)
    padded = np.full((n_series, n_cycles * season), np.nan)
    padded[:, padded.shape[1] - n_steps :] = y
    cycles = padded.reshape(n_series, n_cycles, season)
    apart = np.abs(np.subtract.outer(np.arange(n_cycles), np.arange(n_cycles)))
    reach = np.sort(apart, axis=1)[:, min(window, n_cycles) - 1, None] + 1
    weight = np.clip(1 - (apart / reach) ** 3, 0, None) ** 3
    known = np.isfinite(cycles)
    total = np.einsum("cd,nds->ncs", weight, np.where(known, cycles, 0.0))
    divisor = np.einsum("cd,nds->ncs", weight, known.astype(float))
    found = np.where(divisor > 0, total / np.where(divisor > 0, divisor, 1.0), 0.0)
    return found.reshape(n_series, -1)[:, padded.shape[1] - n_steps :]
