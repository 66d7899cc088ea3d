"""The figures of GetSolutionMetrics for recipes of user segments."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SHARE = 0.01
"""The part of the users that is looked at: the first hundredth."""


def n_looked_at(n_users: int) -> int:
    """How many users are one in a hundred, at least 1."""
    return max(1, int(n_users * SHARE))


def segment_metrics(
    chosen: Sequence[NDArray[np.int32]], right: Sequence[NDArray[np.int32]], n_users: int
) -> dict[str, float]:
    """What GetSolutionMetrics answers, rounded to 4 decimals.

    Parameters
    ----------
    chosen : per query (k,) different users, best first, k = `n_looked_at(n_users)`
    right : per query the different users who did use what was asked for, at least one
    n_users : how many users there are

    Raises ValueError if there is no query to judge by.
    """
    if not len(chosen):
        raise ValueError("no item was held out to judge the model by; at least 1 is needed")
    hits = np.array([np.isin(users, found).sum() for found, users in zip(chosen, right, strict=True)])
    figures = {
        "coverage": len(np.unique(np.concatenate(chosen))) / n_users,
        "hits_at_1_percent": hits.mean(),
        "recall_at_1_percent": (hits / [len(users) for users in right]).mean(),
    }
    return {name: round(float(value), 4) for name, value in figures.items()}
