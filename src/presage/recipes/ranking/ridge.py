"""Least squares with a ridge, in closed form: what the recipes that solve for all items at once share."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from presage.errors import JobFailure

from ..data import Floats, Longs

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def inverse_triangle(gram: Floats, regularization: float) -> Floats:
    """(n, n): the lower triangle of (gram + regularization I)^-1, in the memory of gram; 0 above it.

    Parameters
    ----------
    gram : (n, n), symmetric, in Fortran's order; it is overwritten

    Raises JobFailure if the sum is not positive definite in float32.
    """
    from scipy.linalg.lapack import spotrf, spotri  # noqa: PLC0415, training alone needs it

    if not len(gram):
        return gram
    gram[np.diag_indices(len(gram))] += regularization
    root, failed = spotrf(gram, lower=1, overwrite_a=1)
    if failed:
        raise JobFailure(
            f"regularization is {regularization:g}, too little for these events; try ten times it."
        )
    return spotri(root, lower=1, overwrite_c=1)[0]


def symmetric_rows(triangle: Floats, rows: NDArray[np.integer[Any]]) -> Floats:
    """(n_rows, n): some rows of the symmetric matrix whose lower triangle this is, 0 above it."""
    whole = triangle[rows] + triangle[:, rows].T
    whole[np.arange(len(rows)), rows] /= 2
    return whole


def most_used(count: NDArray[np.integer[Any]], at_most: int) -> Longs:
    """The rows of the items with the highest counts, rising; items that nobody used are none of them."""
    most = np.argsort(-count, kind="stable")[:at_most]
    return np.sort(most[count[most] > 0])


def among_all(weight: Floats, has: NDArray[np.bool_], learned: Longs, n_items: int) -> "csr_array":
    """(n_rows, n_items): weights of learned items to each other, as those of all items.

    Parameters
    ----------
    weight : (n_learned_rows, n_learned)
    has : (n_rows,), which rows are those of `weight`, in this order; the others are empty
    learned : (n_learned,), the rows of the learned items, rising
    """
    from scipy.sparse import csr_array  # noqa: PLC0415, training alone needs it

    whole = np.zeros((len(has), len(learned)), np.float32)
    whole[has] = weight
    found = csr_array(whole)
    return csr_array((found.data, learned[found.indices], found.indptr), (len(has), n_items))
