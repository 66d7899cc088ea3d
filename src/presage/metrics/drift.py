"""How far what comes now is from what a model learned from."""

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
N_BINS = 10
_SMOOTHING = 0.5
"""Added to each count, so that what was never met does not weigh without end."""


def psi(expected: Counts, actual: Counts) -> float:
    """The population stability index: below 0.1 little has changed, above 0.25 much.

    Parameters
    ----------
    expected, actual : (n_bins,), how many fell into each bin before, and now

    Source: Siddiqi, Credit Risk Scorecards, Wiley 2006; as a divergence, Jeffreys 1946.
    """
    before, now = (
        (counts + _SMOOTHING) / (counts + _SMOOTHING).sum()
        for counts in (np.asarray(expected, float), np.asarray(actual, float))
    )
    return float(((now - before) * np.log(now / before)).sum())


def popularity_bins(counts: Counts, n_bins: int = N_BINS) -> NDArray[np.int64]:
    """(n_items,), the bin of each item: the first hold the items used most, all about equally much use.

    Parameters
    ----------
    counts : (n_items,), how often each was used, not all 0
    """
    order = np.argsort(-counts, kind="stable")
    before = np.cumsum(counts[order]) - counts[order]
    bins = np.empty(len(counts), np.int64)
    bins[order] = np.minimum(n_bins - 1, before * n_bins // counts.sum())
    return bins
