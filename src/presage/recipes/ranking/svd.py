"""The strongest directions of a sparse matrix."""

from typing import TYPE_CHECKING

import numpy as np

from ..data import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MORE = 10  # directions searched beyond those that are wanted
PASSES = 4


def truncated_svd(matrix: "csr_array", size: int, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """The left singular vectors (n, d), singular values (d,), falling, and right singular vectors (m, d).

    d is `size`, or less where a side of the matrix (n, m) is shorter.
    Source: Halko, Martinsson, Tropp, Finding Structure with Randomness, SIAM Review 2011, algorithm 4.4.
    """
    size = min(size, *matrix.shape)
    n_columns = min(size + MORE, *matrix.shape)
    right = np.random.default_rng(seed).standard_normal((matrix.shape[1], n_columns)).astype(np.float32)
    other = matrix.T.tocsr()
    for _ in range(PASSES):
        left = np.linalg.qr(matrix @ right)[0]
        right = np.linalg.qr(other @ left)[0]
    left, values, turned = np.linalg.svd(matrix @ right, full_matrices=False)
    return left[:, :size], values[:size], (right @ turned.T)[:, :size]
