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
from .model import Answer, DeepModel
from .paths import sample_paths
from .prepared import Learner, Prepared, last_windows, loaded, unscaled
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
    is_centred = LIKELIHOODS[likelihood].is_centred
    spec = InputSpec.learn(panel, logs=is_centred, ahead=True, history=False, attributes=True)
    prepared = Prepared.learn(panel, spec, horizon, is_centred=is_centred)
    shape = ArShape(
        context=context,
        lags=lags_back(panel.frequency, panel.n_steps),
        n_covariates=prepared.inputs.n_covariates,
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


def answer_ar(model: DeepModel, panel: Panel, levels: Sequence[float], seed: int) -> Answer:
    """The same seed gives the same paths."""
    shape = ArShape(**model.shape)
    network = loaded(ArNetwork(shape), model.weights)
    windows = _windows(Prepared.of(panel, model), shape)

    def answer(rows: Longs) -> Forecast:
        batch = last_windows(windows, rows)
        with torch.no_grad():
            paths = sample_paths(network, batch, model.horizon, seed).double().numpy()
        paths = unscaled(paths, batch, model.spec.logs)
        quantiles = np.quantile(paths, np.array(levels, float), axis=1)
        return Forecast(quantiles=np.moveaxis(quantiles, 0, 2), mean=paths.mean(axis=1))

    return answer
