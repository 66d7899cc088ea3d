"""ARIMA, series by series, its orders chosen by AICc: `ARIMA`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..data import Training
from .local import Local
from .panel import Doubles, Forecast, Panel
from .seasons import ts_frequency
from .series import One, asked, each_series, from_library

LONG_SEASON = 24
N_WAVES = 4
LONG_SERIES = 3
"""Seasons that a series must have for Fourier terms."""
MOST = 700


@dataclass(frozen=True, kw_only=True)
class Arima(Local):
    """As R's `auto.arima`, in steps, its candidates compared by an approximation.

    Long series of a season of 24 steps or more are fitted without seasonal orders, on Fourier terms (K = 4).
    Of a long series the last 700 values are looked at.
    Source: Hyndman & Khandakar, Automatic time series forecasting, 2008; by statsforecast.
    """

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float], training: Training) -> Forecast:
        """Normal quantiles of the chosen model."""
        from statsforecast.models import AutoARIMA  # noqa: PLC0415, slow to import

        season = ts_frequency(panel.frequency)
        widths = asked(levels)

        def one(_row: int, y: Doubles) -> One:
            if season >= LONG_SEASON and len(y) >= LONG_SERIES * season:
                model = AutoARIMA(approximation=True)
                x = waves(len(y) + horizon, season)
                found = model.forecast(y=y, h=horizon, X=x[: len(y)], X_future=x[len(y) :], level=widths)
            else:
                model = AutoARIMA(season_length=season if len(y) > 2 * season else 1, approximation=True)
                found = model.forecast(y=y, h=horizon, level=widths)
            return from_library(found, levels)

        return each_series(panel, horizon, levels, training, one, least=5, most=MOST)


def waves(n: int, season: int) -> Doubles:
    """(n, 2 * N_WAVES): sines and cosines of a season."""
    angle = 2 * np.pi * np.outer(np.arange(n), np.arange(1, N_WAVES + 1)) / season
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1)
