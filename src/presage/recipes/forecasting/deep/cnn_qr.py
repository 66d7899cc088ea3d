"""Quantile regression by a convolutional network of all series: `CNN-QR`."""

from dataclasses import dataclass

from ...data import DEFAULT_TRAINING, Training
from ...settings import setting
from ..panel import ForecastModel, Panel
from ..seasonal_naive import SeasonalNaive
from ..seasons import long_seasons
from .inputs import InputSpec, canonical_order

LEAST_CONTEXT, MOST_CONTEXT = 10, 500
LONGEST_SEASON = 200
"""Steps of a season that a context covers by default: a week of hours, not a year of days."""


@dataclass(frozen=True, kw_only=True)
class CnnQr:
    """All quantiles of all steps at once, from a context of each series; without sampling.

    Parameters
    ----------
    context_length : steps of each series that are read; 0 = two horizons or the longest season
    use_related_data : which related series are read: `ALL`, `NONE`, `HISTORICAL` (those not known ahead) or
        `FORWARD_LOOKING` (those known ahead); holidays count as known ahead
    use_item_metadata : whether attributes are read: `ALL` or `NONE`
    epochs : at most; learning ends when held windows are not foreseen better any more
    size_weight : windows count by their spread to this power: 0 = all alike, as MASE judges, 1 = as wQL does
    """

    context_length: int = setting(0, low=1, high=100_000, tunable=True, log=True)
    use_related_data: str = setting(
        "ALL", choices=("ALL", "NONE", "HISTORICAL", "FORWARD_LOOKING"), tunable=True
    )
    use_item_metadata: str = setting("ALL", choices=("ALL", "NONE"), tunable=True)
    epochs: int = setting(100, low=1, high=100_000)
    size_weight: float = setting(0.5, low=0.0, high=1.0)

    def fit(self, panel: Panel, horizon: int, training: Training = DEFAULT_TRAINING) -> ForecastModel:
        """A fitted network; of a panel without any value, the fallback of all forecasts."""
        if not panel.has_values:
            return SeasonalNaive().fit(panel, horizon, training)
        from .cnn import fit_cnn  # noqa: PLC0415, torch is slow to import

        use, panel = self.use_related_data, panel.take(canonical_order(panel))
        spec = InputSpec.learn(
            panel,
            logs=True,
            ahead=use in {"ALL", "FORWARD_LOOKING"},
            history=use in {"ALL", "HISTORICAL"},
            attributes=self.use_item_metadata == "ALL",
        )
        context = self.context_of(panel, horizon)
        return fit_cnn(
            panel,
            spec,
            horizon,
            training,
            context=context,
            epochs=self.epochs,
            size_weight=self.size_weight,
        )

    def context_of(self, panel: Panel, horizon: int) -> int:
        """The context that is read: within 10 to 500 steps, and no longer than the history."""
        seasons = [season for season in long_seasons(panel.frequency) if season <= LONGEST_SEASON]
        wanted = self.context_length or max(2 * horizon, *seasons, 1)
        return min(max(LEAST_CONTEXT, min(wanted, MOST_CONTEXT)), max(LEAST_CONTEXT, panel.n_steps))
