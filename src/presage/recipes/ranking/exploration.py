"""New items come forward now and then, so that there is something to learn of them."""

import numpy as np
from numpy.typing import NDArray

from ..data import Floats

SLOTS = 500  # the places of a ranking that exploration may fill: as many as one request can ask for


def explore(
    scores: Floats,
    item_age_days: NDArray[np.floating],
    n_interactions: NDArray[np.integer],
    *,
    weight: float,
    cutoff_days: float,
    rng: np.random.Generator,
    slots: int = SLOTS,
) -> Floats:
    """The scores with some new items moved up; the same values stand at the same places of the ranking.

    Each place is offered to a new item with probability `weight`. Who is offered it is drawn by score, and
    accepts with probability 1 / sqrt(1 + n_interactions), so that an item is shown less for its newness the
    more is known of it. Nothing is moved down except by the items that come before it.

    Parameters
    ----------
    scores : (n_items,), probabilities
    item_age_days : (n_items,), age at the latest event of the log; NaN for unknown, which is never new
    n_interactions : (n_items,), how often each item was used or shown
    weight : explorationWeight, in [0, 1]
    cutoff_days : explorationItemAgeCutOff; older items are not explored
    slots : how many places from the first on are offered: as many as are asked for

    Returns (n_items,), a permutation of `scores`.
    Source: count-based bonus of Strehl, Littman, An analysis of model-based interval estimation, JCSS 2008;
    weighted draws without replacement by exponential keys: Efraimidis, Spirakis, IPL 97 (2006).
    """
    new = np.flatnonzero(item_age_days <= cutoff_days)
    if weight <= 0 or not len(new):
        return scores
    top = _best(scores, slots)
    places = np.flatnonzero(rng.random(len(top)) < weight)
    drawn, places = _draw(scores, n_interactions, new, places, rng)
    rank = np.full(len(scores), len(top))
    rank[top] = np.arange(len(top))
    rises = rank[drawn] > places
    order = _insert(top, drawn[rises], places[rises])
    explored = scores.copy()
    explored[order] = -np.sort(-scores[order])
    return explored


def _best(scores: NDArray[np.floating], k: int) -> NDArray[np.int64]:
    """The rows of the k highest scores, best first."""
    rows = np.argpartition(-scores, k)[:k] if k < len(scores) else np.arange(len(scores))
    return rows[np.argsort(-scores[rows], kind="stable")]


def _draw(
    scores: Floats,
    n_interactions: NDArray[np.integer],
    new: NDArray[np.int64],
    places: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """New items drawn by score without replacement, and the place that each of them accepts."""
    tiny = np.finfo(np.float32).tiny
    key = np.maximum(scores[new], tiny) / np.maximum(rng.standard_exponential(len(new), np.float32), tiny)
    drawn = new[_best(key, len(places))]
    accepts = rng.random(len(drawn)) < (1.0 + n_interactions[drawn]) ** -0.5
    return drawn[accepts], places[: len(drawn)][accepts]


def _insert(top: NDArray[np.int64], drawn: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ranking in which each drawn item stands at its place and the others keep their order."""
    others = top[~np.isin(top, drawn)]
    order = np.empty(len(others) + len(drawn), np.int64)
    taken = np.zeros(len(order), bool)
    taken[places] = True
    order[places] = drawn
    order[~taken] = others
    return order
