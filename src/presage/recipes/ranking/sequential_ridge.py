"""The next item from all items before it by least squares, in closed form: `presage-sequential-ridge`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data import DEFAULT_TRAINING, Floats, Interactions, Ints, Longs, Training
from ..settings import setting
from .linear import LinearModel, linear_model
from .ragged import bounds
from .relations import relate
from .ridge import among_all, inverse_triangle, most_used, symmetric_rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

EVENTS = 250_000  # whose histories are laid out at a time, to bound memory
DENSE = 0.05  # a matrix with a larger part of its cells filled is multiplied as a dense one


@dataclass(frozen=True, kw_only=True)
class SequentialRidge:
    """Predict each event's item from the items before it, the latest counting most, by ridge regression.

    B = (S'S + regularization I)^-1 S'T, where each event gives a row: of S the decayed history before it, of
    T a 1 for its item. B's 500 strongest weights per item are kept.
    Source: Choi et al., Session-aware Linear Item-Item Models, WWW 2021 (SLIT); Park et al., TALE, CIKM 2025.

    Parameters
    ----------
    regularization : how strongly weights are drawn to 0
    decay : what each further item back counts, compared with the one after it
    max_history_length : histories are of so many of the latest events, answers from as many different items
    max_items : so many of the most used items are learned; time grows with the third power
    """

    regularization: float = setting(100.0, low=1.0, high=10_000.0, tunable=True, log=True)
    decay: float = setting(0.8, low=0.0, high=1.0, tunable=True)
    max_history_length: int = setting(20, low=1, high=100)
    max_items: int = setting(20_000, low=1, high=40_000)

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> LinearModel:
        """Solve, always from nothing; only `training.report` matters."""
        learned = most_used(np.bincount(log.item, minlength=log.n_items), self.max_items)
        place = np.full(log.n_items, -1, np.int32)
        place[learned] = np.arange(len(learned))
        gram, follows = self._products(log, place[log.item], len(learned))
        triangle = inverse_triangle(gram, self.regularization)

        def weigh(block: slice) -> "csr_array":
            here = place[block]
            weight = symmetric_rows(triangle, here[here >= 0]) @ follows
            return among_all(weight, here >= 0, learned, log.n_items)

        found = relate(log.n_items, weigh, training.report)
        return linear_model(log, found, decay=self.decay, length=self.max_history_length)

    def _products(self, log: Interactions, item: Ints, n_items: int) -> tuple[Floats, Any]:
        """S'S in Fortran's order, and S'T, an array or a sparse one.

        Parameters
        ----------
        item : (n_events,), rows of learned items; -1 = not learned
        """
        from scipy.sparse import csr_array  # noqa: PLC0415, training alone needs it

        gram = np.zeros((n_items, n_items), np.float32, order="F")
        follows: Any = csr_array((n_items, n_items), dtype=np.float32)
        for first in range(0, len(item), EVENTS):
            events = np.arange(first, min(first + EVENTS, len(item)))
            before, after = self._histories(log, item, events, n_items), _ones(item[events], n_items)
            weighed = before.multiply(log.weights[events, None]).tocsr() if len(log.weight) else before
            both = (before.T @ weighed).tocoo()
            gram[both.coords] += both.data
            follows = follows + weighed.T @ after
        full = follows.nnz > DENSE * n_items**2
        return gram, follows.toarray() if full else follows.tocsr()

    def _histories(self, log: Interactions, item: Ints, events: Longs, n_items: int) -> "csr_array":
        """(n, n_items): what each of n events comes after, decayed."""
        from scipy.sparse import csr_array  # noqa: PLC0415, training alone needs it

        back = events[:, None] - 1 - np.arange(self.max_history_length)  # (n, max_history_length)
        known = back >= 0
        back = np.maximum(back, 0)
        known &= (log.user[back] == log.user[events][:, None]) & (item[back] >= 0)
        weight = np.broadcast_to(self.decay ** np.arange(self.max_history_length), back.shape)
        start = bounds(known.sum(axis=1))
        return csr_array((weight[known].astype(np.float32), item[back[known]], start), (len(events), n_items))


def _ones(item: Ints, n_items: int) -> "csr_array":
    """(n, n_items): 1 for the item of each event; nothing for one that is not learned."""
    from scipy.sparse import csr_array  # noqa: PLC0415, training alone needs it

    known = item >= 0
    start = bounds(known.astype(np.int64))
    return csr_array((np.ones(start[-1], np.float32), item[known], start), (len(item), n_items))
