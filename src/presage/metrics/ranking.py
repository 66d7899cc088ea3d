"""The figures of GetSolutionMetrics for ranking recipes: formulas, averaged over users, under AWS's names."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .formulas import Hits, Values, captured_reward, ndcg, precision, reciprocal_rank

DEPTH = 25
"""How far down a list AWS looks."""
NDCG = "normalized_discounted_cumulative_gain_at_{}"


def ranking_metrics(
    recommended: Sequence[NDArray[np.int32]],
    relevant: Sequence[NDArray[np.int32]],
    n_catalogue: int,
    reward: Values | None = None,
) -> dict[str, float]:
    """What GetSolutionMetrics answers, rounded to 4 decimals.

    `coverage` counts the different items among the first 25 of all lists: what the model does recommend.
    (AWS's page speaks of items that it "might recommend": always 1 for a model that scores every item.)

    Parameters
    ----------
    recommended : one (n_shown,) per user, different items, best first
    relevant : one (n_held_out,) per user, at least one item each; an item held out twice counts once
    n_catalogue : how many items interactions and items datasets know together
    reward : (n_catalogue,), what an item earns under the optimisation objective; None without an objective

    Raises ValueError if there is no user to judge by.
    """
    if not len(recommended):
        raise ValueError("no user was held out to judge the model by; at least 1 is needed")
    hits = find_hits(recommended, relevant)[:, :DEPTH]
    n_relevant = np.array([len(np.unique(items)) for items in relevant])
    shown = np.concatenate([items[:DEPTH] for items in recommended])
    figures = {
        "coverage": len(np.unique(shown)) / n_catalogue,
        f"mean_reciprocal_rank_at_{DEPTH}": reciprocal_rank(hits).mean(),
    }
    for k in (5, 10, DEPTH):
        figures[NDCG.format(k)] = ndcg(hits, n_relevant, k).mean()
        figures[f"precision_at_{k}"] = precision(hits, k).mean()
    if reward is not None:
        figures["average_rewards_at_k"] = average_rewards(recommended, relevant, reward)
    return {name: round(float(value), 4) for name, value in figures.items()}


def find_hits(recommended: Sequence[NDArray[np.int32]], relevant: Sequence[NDArray[np.int32]]) -> Hits:
    """(n_users, longest list, at least 1): whether each place of each list hit; missing places did not."""
    lengths = np.array([len(items) for items in recommended])
    hits = np.zeros((len(recommended), max(1, int(lengths.max(initial=0)))), dtype=bool)
    user = np.repeat(np.arange(len(recommended)), lengths)
    place = np.arange(len(user)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    hits[user, place] = np.isin(_pairs(recommended), _pairs(relevant))
    return hits


def average_rewards(
    recommended: Sequence[NDArray[np.int32]], relevant: Sequence[NDArray[np.int32]], reward: Values
) -> float:
    """The captured reward, averaged over the users who earned any; 0 if nobody did.

    Rewards below 0 are shifted so that the least is 0. Lists must be longer than 25 to tell models apart.
    """
    floored = np.nan_to_num(reward - min(0.0, float(np.nanmin(reward, initial=0.0))))
    hits = find_hits(recommended, relevant)
    captured = [
        captured_reward(hits[user, : len(items)], floored[items], DEPTH)
        for user, items in enumerate(recommended)
    ]
    known = [value for value in captured if not np.isnan(value)]
    return float(np.mean(known)) if known else 0.0


def _pairs(lists: Sequence[NDArray[np.int32]]) -> NDArray[np.int64]:
    """(n_pairs,): user and item of every entry, packed into one number."""
    user = np.repeat(np.arange(len(lists)), [len(items) for items in lists])
    return user << 32 | np.concatenate([*lists, np.zeros(0, np.int32)]).astype(np.int64)
