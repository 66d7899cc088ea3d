"""Several networks of CNN-QR, averaged quantile by quantile: `presage-deep-ensemble`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...data import DEFAULT_TRAINING, State, Training
from ...settings import setting
from ..panel import Forecast, ForecastModel, Panel
from ..seasonal_naive import SeasonalNaive
from ..states import of_one, side_by_side
from ..trees.model import EVEN
from .cnn_qr import CnnQr
from .model import DeepModel

LENGTHS = 3
"""Contexts are one, two, ... so many times that of a single network."""


@dataclass(frozen=True, kw_only=True)
class DeepEnsemble:
    """Networks that differ in the length of the context that they read and in what they begin with.

    Every series counts alike, as MASE judges. Sources: Lakshminarayanan et al., Simple and scalable
    predictive uncertainty estimation using deep ensembles, 2017; Oreshkin et al., N-BEATS, 2020, for contexts
    of several lengths.

    Parameters
    ----------
    n_networks : their contexts are one, two and three times that of CNN-QR, in turn, and no longer than half
        of the usual history
    epochs : of each, at most
    """

    n_networks: int = setting(3, low=1, high=30)
    epochs: int = setting(100, low=1, high=100_000)

    def fit(self, panel: Panel, horizon: int, training: Training = DEFAULT_TRAINING) -> ForecastModel:
        """Fitted networks; of a panel without any value, the fallback of all forecasts."""
        if not panel.has_values:
            return SeasonalNaive().fit(panel, horizon, training)
        least = CnnQr().context_of(panel, horizon)
        known = np.isfinite(panel.target).sum(axis=1)
        usual = int(np.median(known[known > 0]))
        models: list[ForecastModel] = []
        for number in range(self.n_networks):
            context = max(least, min(least * (1 + number % LENGTHS), usual // 2))
            part = training.part(number / self.n_networks, (number + 1) / self.n_networks)
            network = CnnQr(context_length=context, epochs=self.epochs, size_weight=0.0)
            models.append(network.fit(panel, horizon, replace(part, seed=training.seed + number)))
        return EnsembleModel(networks=tuple(model for model in models if isinstance(model, DeepModel)))


@dataclass(frozen=True, kw_only=True)
class EnsembleModel:
    """Fitted networks that count equally."""

    networks: tuple[DeepModel, ...]

    def forecast(
        self, panel: Panel, levels: Sequence[float], training: Training = DEFAULT_TRAINING
    ) -> Forecast:
        """The steps after the panel's last one: the average of the networks' quantiles, and their mean."""
        n, asked = len(self.networks), sorted({*levels, *EVEN})
        found = np.mean(
            [
                network.forecast(panel, asked, training.part(place / n, (place + 1) / n)).quantiles
                for place, network in enumerate(self.networks)
            ],
            axis=0,
        )
        return Forecast(
            quantiles=found[:, :, [asked.index(level) for level in levels]],
            mean=found[:, :, [asked.index(level) for level in EVEN]].mean(axis=2),
        )

    def state(self) -> State:
        """The networks' states side by side."""
        states = [network.state() for network in self.networks]
        arrays = side_by_side({str(place): own for place, (own, _) in enumerate(states)})
        return arrays, {"model": "deep-ensemble", "networks": [meta for _, meta in states]}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        return cls(
            networks=tuple(
                DeepModel.from_state(of_one(arrays, str(place)), own)
                for place, own in enumerate(meta["networks"])
            )
        )
