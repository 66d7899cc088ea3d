"""Predict the next item by layers of linear recurrences: `presage-linear-recurrence`."""

from dataclasses import dataclass

from ...data import DEFAULT_TRAINING, Interactions, RankingModel, Training
from ...settings import setting
from ..popularity import PopularityCount


@dataclass(frozen=True, kw_only=True)
class LinearRecurrence:
    """Predict the next item from sums of what was used that fade at several speeds.

    Parameters
    ----------
    hidden_dimension : the length of item vectors; a multiple of 16
    layers : how many times what was read is summed up
    window : while learning, a history is read in windows of so many events
    epochs : passes over the data
    """

    hidden_dimension: int = setting(64, low=16, high=256, tunable=True, log=True)
    layers: int = setting(2, low=1, high=4)
    window: int = setting(64, low=8, high=256)
    epochs: int = setting(12, low=1, high=100)

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> RankingModel:
        """A fitted network, always from nothing; of a log without events, a model of equal chances."""
        if not len(log.item):
            return PopularityCount().fit(log, training)
        from .fit import Plan, fit_network  # noqa: PLC0415, torch is slow to import; answers need none

        plan = Plan(
            d=self.hidden_dimension // 16 * 16,
            n_layers=self.layers,
            n_decays=16,
            window=self.window,
            epochs=self.epochs,
            learning_rate=3e-3,
        )
        return fit_network(log, plan, training)
