"""A fitted network of linear recurrences: its forward pass in plain NumPy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...data import Feature, Floats, History, Ints, Query, State
from ..stateless import Sessionless

PARTS = ("decay", "read_norm", "read", "sum_norm", "write", "feed_norm", "feed", "fed")
"""The arrays of a layer."""
EPSILON = 1e-6
AT_ONCE = 512  # histories read together, to bound memory


def normed(x: Any, weight: Floats) -> Any:
    """(n, d): each row at a root mean square of 1, times a weight per column; rows of 0 stay so."""
    square = np.einsum("nd,nd->n", x, x)[:, None] / np.float32(x.shape[1])
    return x / np.sqrt(square + np.float32(EPSILON)) * weight


def silu(x: Any) -> Any:
    """x times its logistic function."""
    return x / (np.float32(1) + np.exp(-np.maximum(x, np.float32(-60))))


def _at_length_1(x: Floats) -> Floats:
    """(n, d): each row at a Euclidean length of 1; rows of 0 stay so."""
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), np.float32(EPSILON))


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A decayed sum of what is read, gated; then a gated feed-forward layer; each added to its input.

    Parameters
    ----------
    decay : (d,), what a sum keeps at each event
    read, write : (d, 2 d) and (d, d), to what is summed up and its gate, and from the gated sum
    feed, fed : (d, 2 m) and (m, d)
    read_norm, sum_norm, feed_norm : (d,), weights of the norms before these
    """

    decay: Floats
    read_norm: Floats
    read: Floats
    sum_norm: Floats
    write: Floats
    feed_norm: Floats
    feed: Floats
    fed: Floats

    def step(self, x: Floats, total: Floats) -> tuple[Floats, Floats]:
        """(n, d) each: what becomes of an event x, and of the decayed sum of those before it."""
        new, gate = np.split(normed(x, self.read_norm) @ self.read, 2, axis=1)
        new = silu(new)
        total = new + self.decay * (total - new)
        x = x + (normed(total, self.sum_norm) * silu(gate)) @ self.write
        left, right = np.split(normed(x, self.feed_norm) @ self.feed, 2, axis=1)
        return x + (silu(left) * right) @ self.fed, total


@dataclass(frozen=True, kw_only=True)
class LinearRecurrenceModel(Sessionless):
    """Layers over a user's events, all sessions as one.

    A user's state is the answer after the latest event and each layer's sum, side by side; 0 for a newcomer.

    Parameters
    ----------
    vector : (n_items, d), by which items are read and, at a length of 1, answered
    bias : (n_items,), how likely each is to begin with, as a log
    scale : of the product of an answer and a vector, both at a length of 1
    final_norm : (d,), weights of the norm after the last layer
    """

    vector: Floats
    bias: Floats
    scale: float
    final_norm: Floats
    layers: Sequence[Layer]

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return len(self.bias)

    @property
    def state_size(self) -> int:
        """The length of a user's state."""
        return self.vector.shape[1] * (1 + len(self.layers))

    def read(self, histories: Sequence[History]) -> Floats:
        """(n_histories, state_size): the state after each history."""
        states = np.zeros((len(histories), self.state_size), np.float32)
        known = [one.item[(one.item >= 0) & (one.item < self.n_items)] for one in histories]
        order = np.argsort([-len(items) for items in known], kind="stable")
        for first in range(0, len(order), AT_ONCE):
            rows = order[first : first + AT_ONCE]
            states[rows] = self._read([known[row] for row in rows])
        return states

    def _read(self, items: Sequence[Ints]) -> Floats:
        """(n, state_size): after these items; the longest history first."""
        states = np.zeros((len(items), self.state_size), np.float32)
        length = np.array([len(one) for one in items])
        for step in range(length.max(initial=0)):
            active = int((length > step).sum())
            states[:active] = self._step(states[:active], np.array([one[step] for one in items[:active]]))
        return states

    def advance(
        self, states: Floats, item: Ints, silence: Floats, context: Sequence[Mapping[str, Feature]]
    ) -> Floats:
        """(n, state_size): the states after one further event each."""
        del silence, context
        return self._step(states, item)

    def _step(self, states: Floats, item: Ints) -> Floats:
        _, *totals = np.split(states, 1 + len(self.layers), axis=1)
        x = self.vector[item]
        for place, layer in enumerate(self.layers):
            x, totals[place] = layer.step(x, totals[place])
        return np.hstack([normed(x, self.final_norm), *totals]).astype(np.float32, copy=False)

    def represent(self, states: Floats, queries: Sequence[Query]) -> Floats:
        """(n_queries, d): what to multiply item vectors of length 1 with."""
        del queries
        return np.float32(self.scale) * _at_length_1(states[:, : self.vector.shape[1]])

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_items): a probability per item; every row sums to 1."""
        logit = represented @ self._answers
        logit += self.bias
        logit -= logit.max(axis=1, keepdims=True)
        np.exp(logit, out=logit)
        logit /= logit.sum(axis=1, keepdims=True)
        return logit

    @cached_property
    def _answers(self) -> Floats:
        """(d, n_items): the items' vectors at a length of 1."""
        return np.ascontiguousarray(_at_length_1(self.vector).T)

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items, as likely as the least likely one."""
        del item_features
        none = np.zeros((n_new, self.vector.shape[1]), np.float32)
        bias = np.append(self.bias, np.full(n_new, self.bias.min(), np.float32))
        return replace(self, vector=np.vstack([self.vector, none]), bias=bias)

    def state(self) -> State:
        """The model as arrays and JSON."""
        arrays = {"vector": self.vector, "bias": self.bias, "final_norm": self.final_norm}
        for number, layer in enumerate(self.layers):
            arrays |= {f"{number}.{part}": getattr(layer, part) for part in PARTS}
        return arrays, {"model": "linear-recurrence", "scale": self.scale, "layers": len(self.layers)}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        layers = [
            Layer(**{part: arrays[f"{number}.{part}"] for part in PARTS}) for number in range(meta["layers"])
        ]
        return cls(
            vector=arrays["vector"],
            bias=arrays["bias"],
            scale=meta["scale"],
            final_norm=arrays["final_norm"],
            layers=layers,
        )
