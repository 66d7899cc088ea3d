"""The kinds of networks by the names that saved models carry."""

from collections.abc import Callable, Mapping, Sequence

from ..panel import Panel
from .ar import answer_ar
from .cnn import answer_cnn
from .model import Answer, DeepModel

ANSWERS: Mapping[str, Callable[[DeepModel, Panel, Sequence[float], int], Answer]] = {
    "cnn-qr": answer_cnn,
    "deep-ar": answer_ar,
}
"""(model, panel, levels, seed) -> what answers for rows of the panel."""
