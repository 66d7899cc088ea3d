"""The kinds of networks by the names that saved models carry."""

from collections.abc import Callable, Mapping, Sequence

from ...data import Longs
from ..panel import Forecast, Panel
from .ar import answer_ar
from .cnn import answer_cnn
from .model import DeepModel

ANSWERS: Mapping[str, Callable[[DeepModel, Panel, Longs, Sequence[float], int], Forecast]] = {
    "cnn-qr": answer_cnn,
    "deep-ar": answer_ar,
}
"""(model, panel, rows, levels, seed) -> the forecast of these rows; NaN where the network knows nothing."""
