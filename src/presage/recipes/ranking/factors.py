"""Users and items as vectors whose dot product says who used what: implicit feedback by least squares."""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..data import Floats, Run, Training, here

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST_AT_ONCE = 2**24  # numbers in one gathered array, to bound memory: 64 MB
STEPS = 3  # of the conjugate gradient method in each half of an epoch


@dataclass(frozen=True, kw_only=True)
class Factors:
    """Vectors by row.

    Parameters
    ----------
    user : (n_users, d)
    item : (n_items, d); 0 for an item that nobody used
    """

    user: Floats
    item: Floats


@dataclass(frozen=True, kw_only=True)
class Als:
    """Alternating least squares: what was used has the target 1, everything else 0 and little weight.

    Minimises, x and y the vectors of users and items: the sum over used pairs of (1 - x.y)^2
    + unobserved_weight * the sum over all pairs of (x.y)^2
    + regularization * the sum over vectors of (uses + unobserved_weight * vectors of the other side) |.|^2.
    Source: Hu, Koren, Volinsky, ICDM 2008; Rendle et al., Revisiting the Performance of iALS, RecSys 2022.
    """

    size: int
    regularization: float
    unobserved_weight: float
    epochs: int

    def fit(self, used: "csr_array", training: Training) -> Factors:
        """The vectors after some epochs, fewer if a deadline comes first.

        Parameters
        ----------
        used : (n_users, n_items), 1 where a user used an item
        """
        rng = np.random.default_rng(training.seed)
        by_user, by_item = used.tocsr(), used.T.tocsr()
        item = (rng.standard_normal((used.shape[1], self.size)) * 0.1).astype(np.float32)
        item[np.diff(by_item.indptr) == 0] = 0
        user = np.zeros((used.shape[0], self.size), np.float32)
        for epoch in range(self.epochs):
            user = self.solve(by_user, item, user, training.run)
            item = self.solve(by_item, user, item, training.run)
            training.report("solving", (epoch + 1) / self.epochs)
            if training.is_over:
                break
        return Factors(user=user, item=item)

    def solve(self, used: "csr_array", other: Floats, start: Floats, run: Run = here) -> Floats:
        """(n_rows, d): nearer to the best vectors of one side for those of the other; 0 for unused rows.

        Parameters
        ----------
        used : (n_rows, n_others)
        other : (n_others, d)
        start : (n_rows, d)
        run : where blocks of rows are worked on
        """
        everybody = self.unobserved_weight * (other.T @ other)
        blocks = ((used[rows], start[rows]) for rows in _blocks(used, self.size))
        return np.concatenate([*run(partial(self.solve_block, other, everybody), blocks)])

    def solve_block(self, other: Floats, everybody: Floats, block: "tuple[csr_array, Floats]") -> Floats:
        """The same of a block of rows: which others they used, and their vectors before."""
        used, start = block
        return self._conjugate(used, other, everybody, start)

    def _penalty(self, n_used: NDArray[np.integer], n_others: int) -> Floats:
        return np.asarray(self.regularization * (n_used + self.unobserved_weight * n_others), np.float32)

    def _conjugate(self, used: "csr_array", other: Floats, everybody: Floats, x: Floats) -> Floats:
        from scipy.sparse import csr_array  # noqa: PLC0415, training alone needs it

        n_used = np.diff(used.indptr)
        row, penalty = np.repeat(np.arange(len(n_used)), n_used), self._penalty(n_used, len(other))[:, None]

        def times(vectors: Floats) -> Floats:
            product = np.einsum("nd,nd->n", vectors[row], other[used.indices])
            weighted = csr_array((product, used.indices, used.indptr), used.shape)
            return np.asarray(vectors @ everybody + penalty * vectors + weighted @ other, np.float32)

        left = used @ other - times(x)
        direction, square = left, (left * left).sum(axis=1, keepdims=True)
        for _ in range(STEPS):
            moved = times(direction)
            stride = square / np.maximum((direction * moved).sum(axis=1, keepdims=True), 1e-20)
            x, left = x + stride * direction, left - stride * moved
            before, square = square, (left * left).sum(axis=1, keepdims=True)
            direction = left + square / np.maximum(before, 1e-20) * direction
        return x


def _blocks(used: "csr_array", size: int) -> list[slice]:
    """The rows in runs whose used pairs, `size` numbers each, fit into memory together."""
    most = max(1, MOST_AT_ONCE // size)
    cuts = np.searchsorted(used.indptr, np.arange(most, used.indptr[-1], most), side="left")
    ends = np.unique([0, *cuts, used.shape[0]]).tolist()
    return [slice(first, end) for first, end in pairwise(ends)]
