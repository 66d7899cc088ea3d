"""Which items relate to which, and how strongly: counted in blocks, the strongest kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data import Floats, Interactions, Ints, Longs, Report
from .ragged import bounds, runs

if TYPE_CHECKING:
    from scipy.sparse import csr_array

RELATIVES = 500  # kept per item: as many as one request can ask for
BLOCK = 1024  # items whose relatives are counted at a time, to bound memory
FULL_CELLS = 2**24  # a matrix of up to so many cells, 64 MB, is held in full: rows are added in half the time
FULL_PART = 0.05  # ... if so large a part of its cells is not 0
SHORT = 8  # runs of fewer relatives on average are gathered one by one


@dataclass(frozen=True, kw_only=True)
class Relations:
    """The relatives of each item.

    Parameters
    ----------
    start : (n_items + 1,), item i has the relatives relative[start[i]:start[i + 1]]
    relative, weight : (n_relatives,), their rows and how strongly they relate, never 0
    """

    start: Longs
    relative: Ints
    weight: Floats

    @property
    def n_items(self) -> int:
        """How many items may have relatives."""
        return len(self.start) - 1

    def added_up(self, item: Longs, count: Floats) -> Floats:
        """(n_items,): the sum of the weights from some items, those of each times its count.

        Parameters
        ----------
        item, count : (n,)
        """
        if self.in_full is not None:
            return count @ self.in_full[item]
        begin, end = self.start[item], self.start[item + 1]
        length = end - begin
        if len(self.relative) < SHORT * self.n_items:
            here = [runs(begin, length)]
        else:
            here = [slice(*pair) for pair in zip(begin.tolist(), end.tolist(), strict=True)]
        weight = np.repeat(count, length) * _gathered(self.weight, here)
        return np.bincount(_gathered(self.relative, here), weight, self.n_items).astype(np.float32)

    @cached_property
    def in_full(self) -> Floats | None:
        """(n_items, n_items), 0 = no relation; None if that would be large or hold little else than 0."""
        n_cells = self.n_items**2
        if n_cells > FULL_CELLS or len(self.relative) < FULL_PART * n_cells:
            return None
        full = np.zeros((self.n_items, self.n_items), np.float32)
        full[np.repeat(np.arange(self.n_items), np.diff(self.start)), self.relative] = self.weight
        return full


def _gathered(values: NDArray[Any], here: Sequence[slice | Longs]) -> NDArray[Any]:
    parts = [values[part] for part in here]
    return np.concatenate(parts) if parts else values[:0]


def relate(
    n_items: int, weigh: "Callable[[slice], csr_array]", report: Report, at_most: int = RELATIVES
) -> Relations:
    """Each item's relatives, the strongest by absolute weight first, ties by row.

    Parameters
    ----------
    weigh : the weights of a block of items, (n_items of the block, n_items); 0 = no relation
    at_most : how many relatives of an item are kept
    """
    lengths = np.zeros(n_items, np.int64)
    relatives, weights = [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
    for first in range(0, n_items, BLOCK):
        block = weigh(slice(first, min(first + BLOCK, n_items)))
        for row in range(block.shape[0]):
            here = slice(block.indptr[row], block.indptr[row + 1])
            relative, weight = _strongest(first + row, block.indices[here], block.data[here], at_most)
            lengths[first + row] = len(relative)
            relatives.append(relative)
            weights.append(weight)
        report("relating items", min(1.0, (first + BLOCK) / n_items))
    return Relations(
        start=bounds(lengths), relative=np.concatenate(relatives), weight=np.concatenate(weights)
    )


def _strongest(item: int, relative: Ints, weight: Floats, at_most: int) -> tuple[Ints, Floats]:
    """The relatives of one item that are kept; an item is no relative of itself."""
    keep = (relative != item) & (weight != 0)
    relative, weight = relative[keep], weight[keep]
    order = np.lexsort((relative, -np.abs(weight)))[:at_most]
    return relative[order].astype(np.int32), weight[order].astype(np.float32)


def used_by(log: Interactions) -> "csr_array":
    """(n_users, n_items), 1 where a user used an item."""
    from scipy.sparse import csr_array  # noqa: PLC0415, training alone needs it

    used = csr_array((np.ones(len(log.user), np.float32), (log.user, log.item)), (log.n_users, log.n_items))
    used.sum_duplicates()
    used.data[:] = 1
    return used


def normalised(used: "csr_array", uses: NDArray[Any]) -> "csr_array":
    """(n_users, n_items): each entry over the root of its user's items and of its item's users.

    Parameters
    ----------
    used : what `used_by` gives
    uses : (n_items,), how many users used each item; at least 1 where one did
    """
    length = np.diff(used.indptr)
    found = used.copy()
    found.data /= np.sqrt(np.repeat(length, length) * uses[used.indices]).astype(np.float32)
    return found
