"""CNN-QR: from a panel to its network, and from the network to quantiles."""

from collections.abc import Sequence

import torch

from ...data import Longs, Training
from ..panel import Forecast, Panel
from .cnn_network import CnnNetwork, CnnShape, cnn_loss
from .inputs import InputSpec
from .lags import lags_ahead
from .learning import Schedule
from .model import DeepModel
from .prepared import Learner, Prepared, last_windows, loaded, unscaled
from .quantiles import MIDDLE, interpolated
from .scaling import Scaling

RATE = 2e-3
SIZE_WEIGHT = 0.5


def fit_cnn(
    panel: Panel, spec: InputSpec, horizon: int, training: Training, *, context: int, epochs: int
) -> DeepModel:
    """The network, learned from a panel with values, its series in canonical order."""
    inputs, scaling = spec.read(panel, horizon), Scaling.learn(panel.target, is_centred=True)
    prepared = Prepared(inputs=inputs, spec=spec, scaling=scaling, horizon=horizon)
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
        windows=prepared.windows(context, lags, SIZE_WEIGHT),
        training=training,
    )
    return prepared.model("cnn-qr", shape.to_json(), learner.learned())


@torch.no_grad()
def answer_cnn(model: DeepModel, panel: Panel, rows: Longs, levels: Sequence[float], _seed: int) -> Forecast:
    """Of some series; the mean is the median, as AWS answers it."""
    shape = CnnShape(**model.shape)
    windows = Prepared.of(panel, model).windows(shape.context, lags_ahead(panel.frequency, shape.horizon))
    batch = last_windows(windows, rows)
    found = unscaled(loaded(CnnNetwork(shape), model.weights)(batch).double().numpy(), batch)
    return Forecast(quantiles=interpolated(found, levels), mean=found[..., MIDDLE])
