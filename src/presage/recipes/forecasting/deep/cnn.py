"""CNN-QR: from a panel to its network, and from the network to quantiles."""

from collections.abc import Sequence

import torch

from ...data import Longs, Training
from ..panel import Forecast, Panel
from .cnn_network import CnnNetwork, CnnShape, cnn_loss
from .inputs import InputSpec
from .lags import lags_ahead
from .learning import Schedule
from .model import Answer, DeepModel
from .prepared import Learner, Prepared, last_windows, loaded, unscaled
from .quantiles import MIDDLE, interpolated

RATE = 2e-3


def fit_cnn(
    panel: Panel,
    spec: InputSpec,
    horizon: int,
    training: Training,
    *,
    context: int,
    epochs: int,
    size_weight: float,
) -> DeepModel:
    """The network, learned from a panel with values, its series in canonical order."""
    prepared = Prepared.learn(panel, spec, horizon)
    inputs = prepared.inputs
    lags = lags_ahead(panel.frequency, horizon)
    shape = CnnShape(
        context=context,
        horizon=horizon,
        n_covariates=inputs.n_covariates,
        n_past=inputs.past.shape[2],
        n_lags=lags.shape[1],
        n_values=[n for _, n in spec.attributes],
    )
    learner = Learner(
        make=lambda: CnnNetwork(shape),
        loss=cnn_loss,
        schedule=Schedule(epochs=epochs, rate=RATE),
        windows=prepared.windows(context, lags, size_weight),
        training=training,
    )
    return prepared.model("cnn-qr", shape.to_json(), learner.learned())


def answer_cnn(model: DeepModel, panel: Panel, levels: Sequence[float], _seed: int) -> Answer:
    """The mean is the median, as AWS answers it."""
    shape = CnnShape(**model.shape)
    network = loaded(CnnNetwork(shape), model.weights)
    windows = Prepared.of(panel, model).windows(shape.context, lags_ahead(panel.frequency, shape.horizon))

    def answer(rows: Longs) -> Forecast:
        batch = last_windows(windows, rows)
        with torch.no_grad():
            found = network(batch).double().numpy()
        found = unscaled(found, batch, model.spec.logs)
        return Forecast(quantiles=interpolated(found, levels), mean=found[..., MIDDLE])

    return answer
