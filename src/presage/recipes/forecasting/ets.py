"""Exponential smoothing, series by series, its form chosen by AICc: `ETS`."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..data import Training
from .local import Local
from .panel import Doubles, Forecast, Panel
from .seasons import ts_frequency
from .series import by_library

LONGEST_SEASON = 24
"""R's ets drops the season of longer ones."""
MOST = 1000


@dataclass(frozen=True, kw_only=True)
class Ets(Local):
    """As R's `ets`: error, trend and season additive, multiplicative or none; damped trends are tried.

    A season above 24 steps is left out, as in R. Of a long series the last 1,000 values are looked at.
    Source: Hyndman & Khandakar, Automatic time series forecasting, 2008; by statsforecast.
    """

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float], training: Training) -> Forecast:
        """Quantiles of the chosen form."""
        from statsforecast.models import AutoETS  # noqa: PLC0415, slow to import

        season = ts_frequency(panel.frequency)
        season = season if season <= LONGEST_SEASON else 1

        def model_of(y: Doubles) -> AutoETS:
            return AutoETS(season_length=season if len(y) > 2 * season else 1)

        return by_library(panel, horizon, levels, training, model_of, least=5, most=MOST)
