"""Logistic regression for many actions at once, each drawn towards what they have in common."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data import Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array

OFFSET = 10.0
"""The value of the constant feature: an offset is drawn to 0 a hundred times less than another weight."""
MOST_ITERATIONS = 200


@dataclass(frozen=True, kw_only=True)
class Pooling:
    """How strongly weights are drawn to 0.

    Parameters
    ----------
    penalty : of each squared weight, in units of the log-likelihood
    own : what an action may differ from all others, as a share of what all may differ from 0
    """

    penalty: float
    own: float


def fit_pooled(
    features: "csr_array", action: Ints, is_taken: NDArray[np.bool_], n_actions: int, pooling: Pooling
) -> NDArray[np.float64]:
    """(n_actions, n_features + 1): each action's weights, the last one its offset.

    An action's weights are those that all share plus its own, both under a Gaussian prior around 0: the mode
    of the posterior, found by L-BFGS. Actions of which little is known answer like the others.

    Parameters
    ----------
    features : (n, n_features)
    action : (n,)
    """
    from scipy import sparse  # noqa: PLC0415, training alone needs it

    constant = sparse.csr_array(np.full((features.shape[0], 1), OFFSET))
    x = sparse.csr_array(sparse.hstack([features, constant]))
    n_weights = x.shape[1]
    own = sparse.csr_array(
        (x.data * pooling.own, x.indices + np.repeat(action, np.diff(x.indptr)) * n_weights, x.indptr),
        (x.shape[0], n_actions * n_weights),
    )
    design = sparse.csr_array(sparse.hstack([x, own]))
    weight = _fit(design, is_taken.astype(np.float64), pooling.penalty)
    shared, each = weight[:n_weights], weight[n_weights:].reshape(n_actions, n_weights)
    found = shared + pooling.own * each
    found[:, -1] *= OFFSET
    return found


def log_loss(logit: NDArray[Any], is_taken: NDArray[np.bool_]) -> float:
    """The mean negative log-likelihood."""
    return float(np.logaddexp(0, np.where(is_taken, -logit, logit)).mean())


def _fit(design: "csr_array", label: NDArray[np.float64], penalty: float) -> NDArray[np.float64]:
    from scipy.optimize import minimize  # noqa: PLC0415, training alone needs it
    from scipy.special import expit  # noqa: PLC0415, training alone needs it

    across = design.T.tocsr()

    def loss(weight: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logit = design @ weight
        value = np.logaddexp(0, logit).sum() - label @ logit + penalty / 2 * weight @ weight
        return float(value), across @ (expit(logit) - label) + penalty * weight

    start = np.zeros(design.shape[1])
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": MOST_ITERATIONS}).x
