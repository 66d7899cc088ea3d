"""The k best of a long score vector, exactly and quickly."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 256
"""Scores whose maximum is taken together."""
_TOGETHER = 16
"""The same in many rows at once."""


def top_k(scores: NDArray[Any], k: int) -> NDArray[np.int64]:
    """(min(k, n),): the places of the k highest scores, highest first; equal scores by place.

    Long vectors are searched by blocks: the k blocks with the highest maxima hold k scores that no other
    block exceeds, so only they are searched. Which are taken among equals of the k-th best is not specified.
    """
    n = len(scores)
    k = min(k, n)
    if k <= 0:
        return np.zeros(0, np.int64)
    if n <= 4 * BLOCK * k:
        places = _largest(scores, k)
    else:
        candidates = _promising(scores, k)
        places = candidates[_largest(scores[candidates], k)]
    return places[np.lexsort((places, -scores[places]))]


def _largest(scores: NDArray[Any], k: int) -> NDArray[np.int64]:
    """The places of the k highest, in any order."""
    return np.argpartition(scores, len(scores) - k)[len(scores) - k :]


def _promising(scores: NDArray[Any], k: int) -> NDArray[np.int64]:
    """The places in the k blocks with the highest maxima, and in the rest that fills no block."""
    n_blocks = len(scores) // BLOCK
    maxima = scores[: n_blocks * BLOCK].reshape(n_blocks, BLOCK).max(axis=1)
    blocks = _largest(maxima, k)
    inside = (blocks[:, None] * BLOCK + np.arange(BLOCK)).ravel()
    return np.concatenate([inside, np.arange(n_blocks * BLOCK, len(scores))])


def top_k_of_rows(scores: NDArray[Any], k: int) -> NDArray[np.int64]:
    """(n_rows, min(k, n)): `top_k` of every row of (n_rows, n) scores, equal scores by place.

    A row has at least k scores as high as the k-th highest of its blocks' maxima, so only the few that are
    as high are put in order.
    """
    n_rows, n = scores.shape
    k = min(k, n)
    n_blocks = n // _TOGETHER
    if k <= 0 or n_blocks < k:
        return np.stack([top_k(row, k) for row in scores]) if n_rows else np.zeros((0, k), np.int64)
    blocks = scores[:, : n_blocks * _TOGETHER].reshape(n_rows, _TOGETHER, n_blocks)
    least = np.partition(blocks.max(axis=1), n_blocks - k, axis=1)[:, n_blocks - k]
    row, place = np.divmod(np.flatnonzero(scores >= least[:, None]), n)
    order = np.lexsort((place, -scores[row, place], row))
    start = np.searchsorted(row, np.arange(n_rows))  # the rows stay together, and in order
    return place[order][start[:, None] + np.arange(k)]
