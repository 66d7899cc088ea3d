"""DeepAR+: from a panel to its network, and from the network to quantiles of sampled paths."""

from collections.abc import Sequence

import numpy as np
import torch

from ...data import Longs, Training
from ..panel import Forecast, Panel
from .ar_network import ArNetwork, ArShape, ar_loss
from .inputs import InputSpec
from .lags import lags_back
from .learning import Schedule
from .likelihoods import LIKELIHOODS
from .model import DeepModel
from .paths import sample_paths
from .prepared import Learner, Prepared, last_windows, loaded, unscaled
from .scaling import Scaling
from .windows import Windows

SIZE_WEIGHT = 0.5


def fit_ar(
    panel: Panel,
    horizon: int,
    schedule: Schedule,
    training: Training,
    *,
    context: int,
    n_cells: int,
    n_layers: int,
    likelihood: str,
) -> DeepModel:
    """The network, learned from a panel with values, its series in canonical order."""
    spec = InputSpec.learn(panel, ahead=True, history=False, attributes=True)
    inputs = spec.read(panel, horizon)
    scaling = Scaling.learn(panel.target, is_centred=LIKELIHOODS[likelihood].is_centred)
    prepared = Prepared(inputs=inputs, spec=spec, scaling=scaling, horizon=horizon)
    shape = ArShape(
        context=context,
        lags=lags_back(panel.frequency, panel.n_steps),
        n_covariates=inputs.n_covariates,
        n_values=[n for _, n in spec.attributes],
        n_cells=n_cells,
        n_layers=n_layers,
        likelihood=likelihood,
    )
    learner = Learner(
        make=lambda: ArNetwork(shape),
        loss=ar_loss,
        schedule=schedule,
        windows=_windows(prepared, shape, SIZE_WEIGHT),
        training=training,
    )
    return prepared.model("deep-ar", shape.to_json(), learner.learned())


def _windows(prepared: Prepared, shape: ArShape, size_weight: float = 0.0) -> Windows:
    lags = np.tile(np.array(shape.lags, np.int64), (shape.context + prepared.horizon, 1))
    return prepared.windows(shape.context, lags, size_weight)


@torch.no_grad()
def answer_ar(model: DeepModel, panel: Panel, rows: Longs, levels: Sequence[float], seed: int) -> Forecast:
    """Of some series; the same seed gives the same paths."""
    shape = ArShape(**model.shape)
    network = loaded(ArNetwork(shape), model.weights)
    batch = last_windows(_windows(Prepared.of(panel, model), shape), rows)
    paths = unscaled(sample_paths(network, batch, model.horizon, seed).double().numpy(), batch)
    quantiles = np.quantile(paths, np.array(levels, float), axis=1)
    return Forecast(quantiles=np.moveaxis(quantiles, 0, 2), mean=paths.mean(axis=1))
