"""Gated recurrent units in plain NumPy: a step is one matrix product and a few sums."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import Floats

HALF = np.float32(0.5)


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), written so that nothing can overflow."""
    return HALF * np.tanh(HALF * x) + HALF


@dataclass(frozen=True, kw_only=True)
class Gru:
    """One layer, its gates in the order reset, update, new.

    Parameters
    ----------
    read, read_bias : (d, 3 d) and (3 d,), what the input adds to the gates
    keep, keep_bias : (d, 3 d) and (3 d,), what the state adds to the gates

    Source: Cho et al., Learning phrase representations using RNN encoder-decoder, EMNLP 2014; the reset gate
    works on the product, as in cuDNN and torch.
    """

    read: Floats
    read_bias: Floats
    keep: Floats
    keep_bias: Floats

    def gates(self, seen: Floats) -> Floats:
        """(n, 3 d): what the inputs (n, d) add to the gates; for all steps at once."""
        return seen @ self.read + self.read_bias

    def step(self, gates: Floats, state: Floats) -> Floats:
        """(n, d): the states after one input, given as its `gates` (n, 3 d)."""
        d = state.shape[1]
        kept: Floats = state @ self.keep
        kept += self.keep_bias
        both = sigmoid(np.add(gates[:, : 2 * d], kept[:, : 2 * d], dtype=np.float32))
        new = kept[:, 2 * d :]
        new *= both[:, :d]
        new += gates[:, 2 * d :]
        np.tanh(new, out=new)
        return np.add(new, both[:, d:] * (state - new), dtype=np.float32)

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """Its arrays, named after the layer."""
        return {
            f"{name}.read": self.read,
            f"{name}.read_bias": self.read_bias,
            f"{name}.keep": self.keep,
            f"{name}.keep_bias": self.keep_bias,
        }

    @classmethod
    def from_arrays(cls, name: str, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The layer whose `arrays` were given that name."""
        return cls(**{part: arrays[f"{name}.{part}"] for part in ("read", "read_bias", "keep", "keep_bias")})
