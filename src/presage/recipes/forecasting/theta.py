"""The optimised theta method: `presage-theta`."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..data import Training
from .local import Local
from .panel import Doubles, Forecast, Panel
from .seasons import season_of
from .series import by_library

MOST = 1000


@dataclass(frozen=True, kw_only=True)
class Theta(Local):
    """Half the trend and a smoothed level, both optimised as the series goes on; its season taken out first.

    Of a long series the last 1,000 values are looked at.
    Source: Fiorucci et al., Models for optimising the theta method, 2016; by statsforecast.
    """

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float], training: Training) -> Forecast:
        """Quantiles of simulated paths."""
        from statsforecast.models import DynamicOptimizedTheta  # noqa: PLC0415, slow to import

        season = season_of(panel.frequency)

        def model_of(_y: Doubles) -> DynamicOptimizedTheta:
            return DynamicOptimizedTheta(season_length=season)

        return by_library(panel, horizon, levels, training, model_of, least=6, most=MOST)
