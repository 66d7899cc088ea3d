"""Gated recurrent units in plain NumPy: a step is one matrix product and a few sums."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...data import Floats

PARTS = ("read", "keep", "bias", "new_bias")
HALF = np.float32(0.5)


def to_sigmoid(x: Floats) -> Floats:
    """Make x 1 / (1 + exp(-x)), in place, in a way that cannot overflow."""
    x *= HALF
    np.tanh(x, out=x)
    x *= HALF
    x += HALF
    return x


@dataclass(frozen=True, kw_only=True)
class Gru:
    """One layer, its gates in the order reset, update, new.

    Parameters
    ----------
    read, keep : (d, 3 d), what the input and the state add to the gates
    bias : (3 d,), added to the gates
    new_bias : (d,), added to what the state adds to the third gate, before that is reset

    Source: Cho et al., Learning phrase representations using RNN encoder-decoder, EMNLP 2014; the reset gate
    works on the product, as in cuDNN and torch.
    """

    read: Floats
    keep: Floats
    bias: Floats
    new_bias: Floats

    def gates(self, seen: Floats) -> Floats:
        """(..., 3 d): what the inputs (..., d) add to the gates; for all steps at once."""
        return seen @ self.read + self.bias

    def step(self, gates: Floats, state: Floats) -> Floats:
        """(n, d): the states after one input, given as its `gates` (n, 3 d)."""
        d = state.shape[1]
        kept: Floats = state @ self.keep
        kept[:, : 2 * d] += gates[:, : 2 * d]
        both = to_sigmoid(kept[:, : 2 * d])
        new = kept[:, 2 * d :]
        new += self.new_bias
        new *= both[:, :d]
        new += gates[:, 2 * d :]
        np.tanh(new, out=new)
        after = state - new
        after *= both[:, d:]
        after += new
        return after

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """Its arrays, named after the layer."""
        return {f"{name}.{part}": getattr(self, part) for part in PARTS}

    @classmethod
    def from_arrays(cls, name: str, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The layer whose `arrays` were given that name."""
        return cls(**{part: arrays[f"{name}.{part}"] for part in PARTS})
