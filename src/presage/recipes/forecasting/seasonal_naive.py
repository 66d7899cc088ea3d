"""As it was a season ago: `presage-seasonal-naive`."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..data import Training
from ..settings import setting
from .local import Local
from .naive import seasonal_naive
from .panel import Forecast, Panel
from .seasons import season_of


@dataclass(frozen=True, kw_only=True)
class SeasonalNaive(Local):
    """The last known value of the same season; its spread grows with every season ahead.

    Parameters
    ----------
    season_length : in steps; 0 = by the frequency, as `season_of`
    """

    season_length: int = setting(0, low=0, high=10_000)

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float], training: Training) -> Forecast:
        """Normal quantiles about the last season."""
        training.report("seasonal naive", 1.0)
        return seasonal_naive(panel.target, self.season_length or season_of(panel.frequency), horizon, levels)
