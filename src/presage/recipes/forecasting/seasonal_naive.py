"""As it was a season ago: `presage-seasonal-naive`."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..data import Training
from ..settings import setting
from .local import Local
from .naive import seasonal_naive
from .panel import Forecast, Panel
from .seasons import season_of

AT_ONCE = 10_000_000
"""Values that are looked at together."""


@dataclass(frozen=True, kw_only=True)
class SeasonalNaive(Local):
    """The last known value of the same season; its spread grows with every season ahead.

    Parameters
    ----------
    season_length : in steps; 0 = by the frequency, as `season_of`
    """

    season_length: int = setting(0, low=0, high=10_000)

    def at_once(self, panel: Panel, horizon: int) -> int:  # noqa: ARG002
        """Very many: short ones borrow their spread from the others of their chunk."""
        return max(1, AT_ONCE // max(1, panel.n_steps))

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float], training: Training) -> Forecast:  # noqa: ARG002
        """Normal quantiles about the last season."""
        return seasonal_naive(panel.target, self.season_length or season_of(panel.frequency), horizon, levels)
