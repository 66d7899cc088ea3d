"""Complex exponential smoothing: `presage-ces`."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..data import Training
from .local import Local
from .panel import Doubles, Forecast, Panel
from .seasons import season_of
from .series import by_library

LONGEST_SEASON = 24
MOST = 500


@dataclass(frozen=True, kw_only=True)
class Ces(Local):
    """Level and trend as one complex number; its season chosen by AICc.

    A season above 24 steps is left out. Of a long series the last 500 values are looked at.
    Source: Svetunkov, Kourentzes & Ord, Complex exponential smoothing, 2022; by statsforecast.
    """

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float], training: Training) -> Forecast:
        """Quantiles of simulated paths."""
        from statsforecast.models import AutoCES  # noqa: PLC0415, slow to import

        season = season_of(panel.frequency)
        season = season if season <= LONGEST_SEASON else 1

        def model_of(y: Doubles) -> AutoCES:
            return AutoCES(season_length=season if len(y) > 2 * season else 1)

        return by_library(panel, horizon, levels, training, model_of, least=6, most=MOST)
