"""Bare formulas over ranked lists: one value per user, nothing averaged, nothing rounded.

`hits` is (n_users, k): whether the item shown at a place, best place first, was one of the user's held-out
items.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Hits: TypeAlias = NDArray[np.bool_]
Values: TypeAlias = NDArray[np.float64]


def reciprocal_rank(hits: Hits) -> Values:
    """(n_users,): 1 / place of the first hit; 0 without one."""
    first = hits.argmax(axis=1) + 1.0
    return hits.any(axis=1) / first


def precision(hits: Hits, k: int) -> Values:
    """(n_users,): the share of the first k places that hit; a list shorter than k still counts k places."""
    return hits[:, :k].sum(axis=1) / k


def ndcg(hits: Hits, n_relevant: NDArray[Any], k: int) -> Values:
    """(n_users,): the discounted gain of the first k places, over the best that could have been shown.

    A hit at place p gains 1 / log(1 + p). The best list hits at its first min(k, n_relevant) places.

    Parameters
    ----------
    n_relevant : (n_users,), how many different items were held out, at least 1
    """
    gain = 1.0 / np.log2(np.arange(2, k + 2))
    shown = hits[:, :k]
    best = np.cumsum(gain)[np.minimum(n_relevant, k) - 1]
    return shown @ gain[: shown.shape[1]] / best


def captured_reward(hits: NDArray[np.bool_], reward: Values, k: int) -> float:
    """The share of one user's reward that lies in the k shown items of highest reward.

    Parameters
    ----------
    hits : (n_shown,), whether the user took each shown item
    reward : (n_shown,), what each earns when taken, at least 0

    NaN where nothing was earned.
    """
    earned = np.where(hits, reward, 0.0)
    total = earned.sum()
    dearest = np.argsort(-reward, kind="stable")[:k]
    return float(earned[dearest].sum() / total) if total > 0 else float("nan")
