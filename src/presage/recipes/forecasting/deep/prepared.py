"""What both networks share on the way from a panel to weights, and from weights to a forecast."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ...data import Longs, Training
from ..panel import Doubles, Panel
from .inputs import Inputs, InputSpec
from .learning import Loss, Schedule, learn
from .logs import Logs
from .model import DeepModel
from .scaling import Scaling
from .windows import Batch, Windows


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A panel, read."""

    inputs: Inputs
    spec: InputSpec
    scaling: Scaling
    horizon: int

    @classmethod
    def learn(cls, panel: Panel, spec: InputSpec, horizon: int, *, is_centred: bool = True) -> Self:
        """For the learning of a network."""
        inputs = spec.read(panel, horizon)
        scaling = Scaling.learn(inputs.target, is_centred=is_centred)
        return cls(inputs=inputs, spec=spec, scaling=scaling, horizon=horizon)

    @classmethod
    def of(cls, panel: Panel, model: DeepModel) -> Self:
        """For a model's forecast."""
        inputs = model.spec.read(panel, model.horizon)
        return cls(inputs=inputs, spec=model.spec, scaling=model.scaling, horizon=model.horizon)

    def windows(self, context: int, lags: Longs, size_weight: float = 0.0) -> Windows:
        """Its windows."""
        return Windows.of(
            self.inputs,
            self.scaling,
            self.spec.logs,
            context=context,
            horizon=self.horizon,
            lags=lags,
            size_weight=size_weight,
        )

    def model(self, kind: str, shape: Mapping[str, Any], network: nn.Module) -> DeepModel:
        """What a network learned of it."""
        weights = {name: value.detach().numpy().copy() for name, value in network.state_dict().items()}
        return DeepModel(
            kind=kind,
            horizon=self.horizon,
            spec=self.spec,
            scaling=self.scaling,
            shape=shape,
            weights=weights,
        )


N = TypeVar("N", bound=nn.Module)


@dataclass(frozen=True, kw_only=True)
class Learner(Generic[N]):
    """A network to be, and how it is to learn."""

    make: Callable[[], N]
    loss: Loss
    schedule: Schedule
    windows: Windows
    training: Training = field(default_factory=Training)

    def learned(self) -> N:
        """The network; the same seed gives the same."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.training.seed)
            network = self.make()
            self.training.together(learn, network, self.windows, self.loss, self.schedule)
        return network.eval()


def loaded(network: N, weights: Mapping[str, NDArray[Any]]) -> N:
    """A network with the weights of a model."""
    network.load_state_dict({name: torch.from_numpy(np.array(one)) for name, one in weights.items()})
    return network.eval()


def last_windows(windows: Windows, rows: Longs) -> Batch:
    """The windows of some series whose horizon begins after the history."""
    n_steps = windows.inputs.n_steps
    return windows.cut(rows, np.full(len(rows), n_steps), windows.first[rows] == n_steps)


def unscaled(values: Doubles, batch: Batch, logs: Logs) -> Doubles:
    """(b, ...), as they were before scaling and logarithms; NaN where a window has no scale."""
    shape = (-1, *[1] * (values.ndim - 1))
    return logs.back(batch.scale.loc.reshape(shape) + batch.scale.spread.reshape(shape) * values)
