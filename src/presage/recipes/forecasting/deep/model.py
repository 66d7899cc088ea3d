"""A fitted network at rest: weights and how to read a panel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...data import DEFAULT_TRAINING, Longs, State, Training
from ..panel import Forecast, Panel
from ..tidy import tidy
from .inputs import InputSpec, canonical_order
from .scaling import Scaling

AT_ONCE = 256
"""Series that are forecast together."""

Answer = Callable[[Longs], Forecast]
"""Of some rows of a panel; NaN where the network knows nothing."""


@dataclass(frozen=True, kw_only=True)
class DeepModel:
    """What a network learned.

    Parameters
    ----------
    kind : a key of `ANSWERS`
    spec : what it reads
    scaling : how windows are scaled
    shape : of the network, as its kind says
    weights : of the network
    """

    kind: str
    horizon: int
    spec: InputSpec
    scaling: Scaling
    shape: Mapping[str, Any]
    weights: Mapping[str, NDArray[Any]]

    def forecast(
        self, panel: Panel, levels: Sequence[float], training: Training = DEFAULT_TRAINING
    ) -> Forecast:
        """The steps after the panel's last one; the same seed gives the same."""
        from .kinds import ANSWERS  # noqa: PLC0415, torch is slow to import

        order, n = canonical_order(panel), panel.n_series
        answer = ANSWERS[self.kind](self, panel.take(order), levels, training.seed)
        parts: list[Forecast] = []
        for rows in np.array_split(np.arange(n), max(1, -(-n // AT_ONCE))):
            parts.append(answer(rows))
            training.report("forecasting", float(rows[-1] + 1) / n if n else 1.0)
        back = np.argsort(order)
        quantiles = np.concatenate([part.quantiles for part in parts])[back]
        mean = np.concatenate([part.mean for part in parts])[back]
        return tidy(Forecast(quantiles=quantiles, mean=mean), panel, levels)

    def state(self) -> State:
        """Weights as arrays, the rest as JSON."""
        return dict(self.weights), {
            "model": "deep",
            "kind": self.kind,
            "horizon": self.horizon,
            "spec": self.spec.to_json(),
            "scaling": self.scaling.to_json(),
            "shape": dict(self.shape),
        }

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        return cls(
            kind=meta["kind"],
            horizon=int(meta["horizon"]),
            spec=InputSpec.from_json(meta["spec"]),
            scaling=Scaling.from_json(meta["scaling"]),
            shape=meta["shape"],
            weights=arrays,
        )
