"""A recurrent network of all series that samples their paths: `Deep_AR_Plus`."""

from dataclasses import dataclass

import numpy as np

from ...data import DEFAULT_TRAINING, Training
from ...settings import setting
from ..panel import ForecastModel, Panel
from ..seasonal_naive import SeasonalNaive
from .inputs import canonical_order

NAMES = (
    *("beta", "deterministic-L1", "gaussian", "negative-binomial", "piecewise-linear"),
    *("student-T", "student-t"),
)
"""AWS's page writes student-T, its answers student-t."""


@dataclass(frozen=True, kw_only=True)
class DeepAr:
    """Each step's value is drawn given those before it; quantiles are those of many such paths.

    Parameters
    ----------
    context_length : steps that are read before the first one is drawn; 0 = two horizons
    epochs : at most; learning ends when held windows are not foreseen better any more
    learning_rate, learning_rate_decay, max_learning_rate_decays : when held windows are not foreseen better
        any more the rate is multiplied by the decay, so many times before learning ends
    likelihood : how a step's value is distributed
    num_averaged_models : so many of the best epochs' weights are averaged
    num_cells, num_layers : of the LSTM
    least_observations : of all series together; fewer are refused, as by AWS
    """

    context_length: int = setting(0, low=1, high=100_000, tunable=True, log=True)
    epochs: int = setting(500, low=1, high=100_000)
    learning_rate: float = setting(1e-3, low=1e-4, high=1e-1, tunable=True, log=True)
    learning_rate_decay: float = setting(0.5, low=0.5, high=1.0)
    likelihood: str = setting("student-T", choices=NAMES)
    max_learning_rate_decays: int = setting(0, low=0, high=10)
    num_averaged_models: int = setting(1, low=1, high=5)
    num_cells: int = setting(40, low=30, high=100)
    num_layers: int = setting(2, low=1, high=4)
    least_observations: int = 300

    def fit(self, panel: Panel, horizon: int, training: Training = DEFAULT_TRAINING) -> ForecastModel:
        """A fitted network; of a panel without any value, if that is allowed, the fallback of all forecasts.

        Raises ValueError if there are too few observations, or any that the likelihood cannot have.
        """
        self._check(panel)
        if not panel.has_values:
            return SeasonalNaive().fit(panel, horizon, training)
        from .ar import fit_ar  # noqa: PLC0415, torch is slow to import
        from .learning import Schedule  # noqa: PLC0415

        schedule = Schedule(
            epochs=self.epochs,
            rate=self.learning_rate,
            n_decays=self.max_learning_rate_decays,
            decay=self.learning_rate_decay,
            n_averaged=self.num_averaged_models,
        )
        return fit_ar(
            panel.take(canonical_order(panel)),
            horizon,
            schedule,
            training,
            context=min(self.context_length or 2 * horizon, panel.n_steps),
            n_cells=self.num_cells,
            n_layers=self.num_layers,
            likelihood=self.likelihood.lower(),
        )

    def _check(self, panel: Panel) -> None:
        known = panel.target[np.isfinite(panel.target)]
        if len(known) < self.least_observations:
            raise ValueError(
                f"the target time series have {len(known)} observations in all; Deep_AR_Plus needs at least "
                f"{self.least_observations}"
            )
        low, high = known.min(initial=0.0), known.max(initial=0.0)
        if self.likelihood == "negative-binomial" and low < 0:
            raise ValueError(f"a target value is {low:g}; likelihood negative-binomial needs 0 or more")
        if self.likelihood == "beta" and (low < 0 or high > 1):
            wrong = low if low < 0 else high
            raise ValueError(f"a target value is {wrong:g}; likelihood beta needs values from 0 to 1")
