"""The figures of GetSolutionMetrics for recipes of actions: averaged over actions, NDCG over users."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .formulas import Values, ndcg
from .ranking import DEPTH, NDCG

AUC = "auc"


def action_metrics(
    scores: NDArray[Any], user: NDArray[Any], action: NDArray[Any], is_taken: NDArray[np.bool_]
) -> dict[str, float]:
    """What GetSolutionMetrics answers, rounded to 4 decimals; a figure that nothing tells of is 0.

    An action counts as recommended to whoever has a score of at least its mean. Precision is the share of
    takers among those, recall the share of those among takers, `auc` the share of pairs of a taker and
    another user in which the taker has the higher score. NDCG ranks all actions for each user who took any.

    Parameters
    ----------
    scores : (n_cases, n_actions), of all actions for the user of each case
    user, action : (n_cases,), who was shown which action; the first case of a user is that user's ranking
    is_taken : (n_cases,)
    """
    own = scores[np.arange(len(action)), action]
    judged = [(own[action == one], is_taken[action == one]) for one in np.unique(action)]
    judged = [(score, taken) for score, taken in judged if 0 < taken.sum() < len(taken)]
    figures = {
        "coverage": float((scores > 0).any(axis=0).mean()) if scores.size else 0.0,
        "precision": _mean([precision(score, taken) for score, taken in judged]),
        "recall": _mean([recall(score, taken) for score, taken in judged]),
        AUC: _mean([area_under_curve(score, taken) for score, taken in judged]),
    }
    figures |= {NDCG.format(k): value for k, value in _ndcg(scores, user, action, is_taken).items()}
    return {name: round(value, 4) for name, value in figures.items()}


def precision(score: Values, taken: NDArray[np.bool_]) -> float:
    """The share of takers among those whose score is at least the mean."""
    return float(taken[score >= score.mean()].mean())


def recall(score: Values, taken: NDArray[np.bool_]) -> float:
    """The share of takers whose score is at least the mean."""
    return float((score[taken] >= score.mean()).mean())


def area_under_curve(score: Values, taken: NDArray[np.bool_]) -> float:
    """The share of pairs of a taker and another in which the taker scores higher; equal scores count half."""
    takers, others = np.sort(score[taken]), np.sort(score[~taken])
    below = np.searchsorted(others, takers) + np.searchsorted(others, takers, side="right")
    return float(below.sum() / (2 * len(takers) * len(others)))


def _ndcg(
    scores: NDArray[Any], user: NDArray[Any], action: NDArray[Any], is_taken: NDArray[np.bool_]
) -> dict[int, float]:
    """K -> the mean over users who took any action."""
    _, first, row = np.unique(user, return_index=True, return_inverse=True)
    relevant = np.zeros((len(first), scores.shape[1]), bool)
    relevant[row[is_taken], action[is_taken]] = True
    takers = np.flatnonzero(relevant.any(axis=1))
    order = np.argsort(-scores[first[takers]], axis=1, kind="stable")[:, :DEPTH]
    hits = np.take_along_axis(relevant[takers], order, axis=1)
    n_relevant = relevant[takers].sum(axis=1)
    return {k: _mean(ndcg(hits, n_relevant, k).tolist()) for k in (5, 10, DEPTH)}


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else 0.0
