"""Arrays of arrays, laid end to end."""

import numpy as np
from numpy.typing import NDArray


def runs(begin: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """(length.sum(),): begin[0], begin[0] + 1, ... for length[0] steps, then likewise from begin[1], ..."""
    return np.arange(length.sum()) + np.repeat(begin - (np.cumsum(length) - length), length)


def bounds(length: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n + 1,): where runs of these lengths begin when laid end to end, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
