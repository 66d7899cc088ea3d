"""Each item from all others by least squares, in closed form: `presage-ease`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..data import DEFAULT_TRAINING, Floats, Interactions, Training
from ..settings import setting
from .linear import LinearModel, linear_model
from .relations import BLOCK, relate, used_by
from .ridge import among_all, inverse_triangle, most_used, symmetric_rows
from .selection import latest_items

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, kw_only=True)
class Ease:
    """Predict which items a user used from the other ones, all items at once, by ridge regression.

    B = I - P diag(1 / P) with P = (X'X + regularization I)^-1, X the users' items; B's 500 strongest weights
    per item are kept.
    Source: Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019.

    Parameters
    ----------
    regularization : how strongly weights are drawn to 0
    decay : what each further item back counts in an answer, compared with the one after it
    max_history_length : of each user so many of the latest different items are learned, and answered from
    max_items : so many of the most used items are learned; time grows with the third power
    """

    regularization: float = setting(500.0, low=1.0, high=10_000.0, tunable=True, log=True)
    decay: float = setting(0.9, low=0.0, high=1.0, tunable=True)
    max_history_length: int = setting(200, low=1, high=500)
    max_items: int = setting(20_000, low=1, high=40_000)

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> LinearModel:
        """Solve, always from nothing; only `training.report` matters."""

        used = used_by(latest_items(log, self.max_history_length))
        learned = most_used(np.bincount(used.indices, minlength=log.n_items), self.max_items)
        triangle = inverse_triangle(_gram(used[:, learned]), self.regularization)
        place = np.full(log.n_items, -1)
        place[learned] = np.arange(len(learned))

        def weigh(block: slice) -> "csr_array":
            here = place[block]
            weight = -symmetric_rows(triangle, here[here >= 0]) / np.diagonal(triangle)
            return among_all(weight, here >= 0, learned, log.n_items)

        found = relate(log.n_items, weigh, training.report)
        return linear_model(log, found, decay=self.decay, length=self.max_history_length)


def _gram(used: "csr_array") -> Floats:
    """(n_items, n_items): how many users used both, in Fortran's order."""
    n_items = used.shape[1]
    gram = np.zeros((n_items, n_items), np.float32, order="F")
    by_item = used.T.tocsr()
    for first in range(0, n_items, BLOCK):
        gram[:, first : first + BLOCK] = (by_item @ by_item[first : first + BLOCK].T).toarray()
    return gram
