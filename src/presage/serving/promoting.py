"""Promotions: some of an answer's items are chosen by another filter, and stand among the rest by chance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from presage.filters.tree import Filter

Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Promotion:
    """What is promoted in an answer.

    Parameters
    ----------
    filter_ : which items, without parameters
    n_items : how many of them at most
    """

    filter_: Filter
    n_items: int


def mixed(rows: Rows, promoted: Rows, n_results: int, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """The rows of an answer with promoted ones at random places, both in their own order; these places.

    Parameters
    ----------
    rows : (n,), the best without a promotion; what is promoted besides is left out
    promoted : at most `n_results`
    """
    others = rows[~np.isin(rows, promoted)][: n_results - len(promoted)]
    both = np.empty(len(others) + len(promoted), np.int64)
    places = np.sort(rng.choice(len(both), len(promoted), replace=False))
    is_promoted = np.zeros(len(both), bool)
    is_promoted[places] = True
    both[is_promoted], both[~is_promoted] = promoted, others
    return both, places
