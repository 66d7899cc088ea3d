"""How many steps back networks look beside their context."""

from collections.abc import Mapping, Sequence

import numpy as np

from ...data import Longs
from ..frequency import Frequency, Unit
from ..seasons import long_seasons

REPEATS = 2
"""Seasons that are looked back to from each step ahead."""

FARTHEST_BACK = 1200
_SEASONS: Mapping[Unit, Sequence[tuple[int, int]]] = {
    "min": ((60, 3), (1440, 7)),
    "H": ((24, 7), (168, 4)),
    "D": ((7, 4), (30, 1), (364, 3)),
    "W": ((4, 3), (52, 3)),
    "M": ((12, 3),),
}
"""Seasons in units, and how many of them are looked back to."""


def lags_ahead(frequency: Frequency, horizon: int) -> Longs:
    """(horizon, n_lags): from each step ahead to the last two of each season that are known."""
    seasons = np.array(long_seasons(frequency) or [1])
    ahead = np.arange(horizon)[:, None]
    lags = [(ahead // seasons + 1 + repeat) * seasons for repeat in range(REPEATS)]
    return np.concatenate(lags, axis=1)


def lags_back(frequency: Frequency, n_steps: int) -> list[int]:
    """How many steps back to look: to the last ones and about earlier seasons, within half of the history.

    Source: the lags of Amazon Forecast's DeepAR+ and of GluonTS.
    """
    found = set(range(1, 8))
    for season, repeats in _SEASONS.get(frequency.unit, ()):
        season_steps = round(season / frequency.multiple)
        if season_steps > 1:
            found |= {r * season_steps + near for r in range(1, repeats + 1) for near in (-1, 0, 1)}
    farthest = max(1, min(FARTHEST_BACK, n_steps // 2))
    return sorted(lag for lag in found if 1 <= lag <= farthest)
