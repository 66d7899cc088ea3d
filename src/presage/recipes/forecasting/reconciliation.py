"""Forecasts of series and of their totals, made to add up: MinT with a shrunk covariance of errors.

Of all forecasts of the series, those are found whose errors are expected to be least, given how the errors of
series and totals went together. Nothing as large as series times series is ever formed.
Source: Wickramasuriya, Athanasopoulos, Hyndman, Optimal forecast reconciliation for hierarchical and grouped
time series through trace minimization, 2019; Schäfer, Strimmer, A shrinkage approach to large-scale
covariance matrix estimation, 2005.
"""

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .panel import Doubles

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    Membership: TypeAlias = csr_array[np.float64, tuple[int, int]]
else:
    Membership = object
_LEAST = 1e-6
"""The least standard error, as a part of the mean one: a forecast that never erred is not infinitely sure."""


def reconciled(
    series: Doubles, totals: Doubles, membership: "Membership", errors: tuple[Doubles, Doubles]
) -> Doubles:
    """(n_series, horizon): forecasts of the series that take into account those of their totals.

    Parameters
    ----------
    series : (n_series, horizon), forecast by themselves
    totals : (n_totals, horizon), forecast by themselves
    membership : (n_totals, n_series), 1 where a series is part of a total, else 0
    errors : (n_series, n_seen), (n_totals, n_seen), how far off either were at the same steps of the past;
        NaN = not known. Without any, the variance of a total is taken to be the number of its parts
    """
    deviation, scores = _standardised(np.concatenate(errors), membership)
    n_series, n_seen = len(series), max(1, scores.shape[1])
    kept = shrinkage(scores)  # the part of the covariance that is diagonal
    seen = scores * deviation[:, None]
    own, above = np.square(deviation[:n_series]), np.square(deviation[n_series:])
    apart = seen[n_series:] - membership @ seen[:n_series]  # (n_totals, n_seen): how errors did not add up
    spread = membership.multiply(own).tocsr()  # (n_totals, n_series)
    inner = kept * (np.diag(above) + (spread @ membership.T).toarray())
    inner += (1 - kept) * (apart @ apart.T) / n_seen
    weights = np.linalg.solve(inner, totals - membership @ series)  # (n_totals, horizon)
    by_covariance = seen[:n_series] @ (apart.T @ weights) / n_seen
    return series + kept * (spread.T @ weights) - (1 - kept) * by_covariance


def _standardised(errors: Doubles, membership: "Membership") -> tuple[Doubles, Doubles]:
    """(n,) standard errors, and (n, n_seen) errors in units of these, of mean square 1; 0 = not known."""
    known = np.isfinite(errors)
    n_known = known.sum(axis=1)
    squares = np.where(known, errors, 0.0) ** 2
    if not squares.any():
        n_parts = np.asarray(membership.sum(axis=1)).ravel()
        return np.sqrt(np.concatenate([np.ones(membership.shape[1]), n_parts])), errors[:, :0]
    deviation = np.sqrt(squares.sum(axis=1) / np.maximum(n_known, 1))
    usual = deviation[n_known > 0].mean()
    deviation = np.maximum(np.where(n_known > 0, deviation, usual), _LEAST * usual)
    scores = np.where(known, errors, 0.0) / deviation[:, None]
    return deviation, scores * np.sqrt(errors.shape[1] / np.maximum(n_known, 1))[:, None]


def shrinkage(scores: Doubles) -> float:
    """How much of the correlation of errors is chance, 0 to 1: so far it is shrunk to none.

    Parameters
    ----------
    scores : (n, n_seen), in units of their root mean square
    """
    n_seen = scores.shape[1]
    if n_seen < 2:
        return 1.0
    gram = scores.T @ scores  # (n_seen, n_seen)
    products = np.square(np.diag(gram)).sum() - np.power(scores, 4).sum()
    squares = np.square(gram).sum() / n_seen**2 - np.square((scores**2).mean(axis=1)).sum()
    if squares <= 0:
        return 1.0
    variance = (products - n_seen * squares) / (n_seen * (n_seen - 1))
    return float(np.clip(variance / squares, 0.0, 1.0))
