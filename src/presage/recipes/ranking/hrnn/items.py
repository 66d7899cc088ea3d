"""The items of a recurrent network: vectors to read and to predict them by."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...data import Feature, Floats
from ..columns import Encoding


@dataclass(frozen=True, kw_only=True)
class ItemTable:
    """Every item's vector and bias: first the items of the training, then those added since.

    The former may be memory-mapped and many; nothing here copies them.

    Parameters
    ----------
    vector, bias : (n_trained, d) and (n_trained,), what an answer is multiplied with and added to
    new_vector, new_bias : (n_new, d) and (n_new,), of items known by their features alone
    encoding : how the features of items become rows of `value`
    value : (n_item_values, d), what each feature value adds to an item's vector
    unseen_bias : the bias of an item without events
    """

    vector: Floats
    bias: Floats
    new_vector: Floats
    new_bias: Floats
    encoding: Encoding
    value: Floats
    unseen_bias: float

    @classmethod
    def trained(
        cls, *, vector: Floats, bias: Floats, encoding: Encoding, value: Floats, unseen_bias: float
    ) -> Self:
        """A table of the items of a training."""
        none = np.zeros(0, np.float32)
        return cls(
            vector=vector,
            bias=bias,
            new_vector=none.reshape(0, vector.shape[1]),
            new_bias=none,
            encoding=encoding,
            value=value,
            unseen_bias=unseen_bias,
        )

    @property
    def n_items(self) -> int:
        """How many items there are."""
        return len(self.bias) + len(self.new_bias)

    def take(self, rows: NDArray[Any]) -> Floats:
        """(n_rows, d): the vectors of some items."""
        n_trained = len(self.bias)
        if not len(self.new_bias):
            return self.vector[rows]
        new = rows >= n_trained
        taken = self.vector[np.where(new, 0, rows)]
        taken[new] = self.new_vector[rows[new] - n_trained]
        return taken

    def logits(self, answer: Floats) -> Floats:
        """(n_answers, n_items): log P(item) but for a constant per answer (n_answers, d)."""
        n_trained = len(self.bias)
        logit = np.empty((len(answer), self.n_items), np.float32)
        _affine(answer, self.vector, self.bias, logit[:, :n_trained])
        _affine(answer, self.new_vector, self.new_bias, logit[:, n_trained:])
        return logit

    def extended(self, features: Mapping[str, Feature], n_new: int) -> Self:
        """The table with `n_new` more items, known by their features: a row each."""
        vector = self.encoding.encode(features, n_new).embed(self.value)
        bias = np.full(n_new, self.unseen_bias, np.float32)
        return replace(
            self,
            new_vector=np.concatenate([self.new_vector, vector]),
            new_bias=np.concatenate([self.new_bias, bias]),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All items, as if they were of the training."""
        return {
            "item": np.concatenate([self.vector, self.new_vector]) if len(self.new_bias) else self.vector,
            "bias": np.append(self.bias, self.new_bias) if len(self.new_bias) else self.bias,
            "item_value": self.value,
        }

    def to_json(self) -> dict[str, Any]:
        """What the arrays do not say."""
        return {"items": self.encoding.to_json(), "unseen_bias": self.unseen_bias}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The table that `arrays` and `to_json` described.

        Models were saved without features until format 1; their new items are zero vectors of the least bias.
        """
        vector, bias = arrays["item"], arrays["bias"]
        return cls.trained(
            vector=vector,
            bias=bias,
            encoding=Encoding.from_json(meta.get("items", ())),
            value=arrays.get("item_value", np.zeros((0, vector.shape[1]), np.float32)),
            unseen_bias=meta["unseen_bias"] if "unseen_bias" in meta else float(bias.min(initial=0.0)),
        )


def _affine(answer: Floats, vector: Floats, bias: Floats, out: Floats) -> None:
    np.matmul(answer, vector.T, out=out)
    out += bias
