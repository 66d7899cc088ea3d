"""Say how likely a user takes each action: `aws-next-best-action`."""

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..data import DEFAULT_TRAINING, ActionLog, Floats, Training
from ..ranking.columns import Encoding
from ..settings import setting
from .examples import Examples, examples_of, learnable
from .logistic import Pooling, fit_pooled, log_loss
from .model import PropensityModel
from .tastes import Tastes

if TYPE_CHECKING:
    from scipy.sparse import csr_array

TRIED = tuple(Pooling(penalty=penalty, own=own) for penalty, own in product((1.0, 10.0, 100.0), (0.3, 1.0)))
SHARE_HELD_OUT = 0.2
"""Of the users; how strongly weights are drawn to 0 is chosen by them."""
LEAST_OF_TASTE, LEAST_OF_COUNT = 0.1, 1.0
"""Smaller deviations count as these, so that a user who is unlike all others is not put too far from them."""
MOST_EXAMPLES = 1_000_000
"""The latest of more examples are learned."""


@dataclass(frozen=True, kw_only=True)
class NextBestAction:
    """A logistic model per action over users' features and tastes, drawn towards what actions share.

    Parameters
    ----------
    action_optimization_period : an action counts as taken if it is within so many days after it was shown
    size : numbers that stand for what a user did with items
    half_life_days : an interaction with an item so much older than the user's last one counts half
    """

    action_optimization_period: int = setting(14, low=7, high=28, group="featureTransformationParameters")
    size: int = 16
    half_life_days: float = 30.0

    def fit(self, log: ActionLog, training: Training = DEFAULT_TRAINING) -> PropensityModel:
        """Learn from what users did with actions; always from nothing."""
        training.report("tastes", 0.0)
        tastes = Tastes.learn(log.interactions, self.size, self.half_life_days)
        training.report("examples", 0.3)
        encoding = Encoding.learn(log.interactions.user_features)
        is_known = learnable(log)
        examples = _latest(examples_of(log, self.action_optimization_period), is_known)
        dense = tastes.features(tastes.before(log.interactions, examples.user, examples.time))
        features, mean, std = _features(dense, encoding, log, examples)
        weight = np.zeros((log.n_actions, features.shape[1] + 1))
        if is_known.any():
            weight[is_known] = _learn(features, examples, is_known, training)
        n_dense = dense.shape[1]
        by_taste = weight[:, :n_dense] / std
        offset = np.where(is_known, weight[:, -1] - by_taste @ mean, -np.inf)
        training.report("done", 1.0)
        return PropensityModel(
            tastes=tastes,
            encoding=encoding,
            by_taste=by_taste.T.astype(np.float32),
            by_value=np.ascontiguousarray(weight[:, n_dense:-1].T, np.float32),
            offset=offset.astype(np.float32),
        )


def _latest(examples: Examples, is_known: NDArray[np.bool_]) -> Examples:
    """Those of actions that are learned, the latest of too many."""
    kept = np.flatnonzero(is_known[examples.action])
    kept = kept[np.argsort(examples.time[kept], kind="stable")][-MOST_EXAMPLES:]
    return examples.take(kept)


def _features(
    dense: Floats, encoding: Encoding, log: ActionLog, examples: Examples
) -> tuple["csr_array", NDArray[np.float64], NDArray[np.float64]]:
    """(n, n_features): tastes scaled to mean 0 and deviation 1, users' features; the mean, the deviation."""
    from scipy import sparse  # noqa: PLC0415, training alone needs it

    mean, std = (np.zeros(dense.shape[1]), np.ones(dense.shape[1]))
    if len(dense):
        mean, std = dense.mean(axis=0, dtype=np.float64), dense.std(axis=0, dtype=np.float64)
        std = np.maximum(std, [*[LEAST_OF_TASTE] * (len(std) - 1), LEAST_OF_COUNT])
    bags = encoding.encode(log.interactions.user_features, log.interactions.n_users).take(examples.user)
    known = sparse.csr_array((bags.weight, bags.code, bags.start), (len(dense), encoding.n_values))
    return sparse.csr_array(sparse.hstack([sparse.csr_array((dense - mean) / std), known])), mean, std


def _learn(
    features: "csr_array", examples: Examples, is_known: NDArray[np.bool_], training: Training
) -> NDArray[np.float64]:
    """(n_known, n_features + 1): the weights of the actions that are learned."""
    n_known = int(is_known.sum())
    action = (np.cumsum(is_known) - 1)[examples.action].astype(np.int32)
    pooling = _choose(features, action, examples, n_known, training.part(0.4, 0.8))
    training.report("fitting", 0.8)
    return fit_pooled(features, action, examples.is_taken, n_known, pooling)


def _choose(
    features: "csr_array",
    action: NDArray[np.int32],
    examples: Examples,
    n_known: int,
    training: Training,
) -> Pooling:
    """The pooling under which users that were not learned from are most likely."""
    users = np.unique(examples.user)
    held = np.random.default_rng(training.seed).random(len(users)) < SHARE_HELD_OUT
    asked = np.isin(examples.user, users[held])
    if asked.all() or not asked.any():
        return TRIED[0]
    losses: list[float] = []
    for number, pooling in enumerate(TRIED):
        training.report("choosing", number / len(TRIED))
        weight = fit_pooled(features[~asked], action[~asked], examples.is_taken[~asked], n_known, pooling)
        logit = _logits(features[asked], action[asked], weight)
        losses.append(log_loss(logit, examples.is_taken[asked]))
    return TRIED[int(np.argmin(losses))]


def _logits(
    features: "csr_array", action: NDArray[np.int32], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,): of each example."""
    row = np.repeat(np.arange(features.shape[0]), np.diff(features.indptr))
    parts = features.data * weight[action[row], features.indices]
    return np.bincount(row, parts, minlength=len(action)) + weight[action, -1]
