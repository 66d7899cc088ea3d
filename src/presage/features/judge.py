"""How good a recipe is: fitted without one user in ten, asked about them, measured as AWS measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from presage.metrics import HoldOut, hold_out, ranking_metrics, top_k
from presage.recipes.data import Interactions, Ints, Query, RankingModel
from presage.recipes.ranking.popularity import PopularityCount
from presage.recipes.ranking.selection import keep_events, take

BATCH = 256
MOST_SCORES = 16_000_000
"""Questions asked at once: at most so many, and so many that their scores fit in 64 MB."""
SHOWN = 25
"""Items recommended to a held-out user."""
SHOWN_FOR_REWARD = 500
"""Items recommended when rewards are counted: as many as GetRecommendations can give."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """A log in two parts: one to learn from, one to be asked about.

    Parameters
    ----------
    training : the events of all users who were not held out
    queries : one per held-out user: the oldest nine tenths of the events, as of the first hidden one; the
        last item shown is the seed for models of related items
    targets : per held-out user, (n_hidden,) items
    """

    training: Interactions
    queries: Sequence[Query]
    targets: Sequence[Ints]


def split_log(log: Interactions, *, seed: int = 0) -> Split:
    """Hold out one user in ten; ValueError if the log has too few users."""
    held = hold_out(log.user, seed=seed)
    return Split(
        training=keep_events(log, ~np.isin(log.user, held.users)),
        queries=[_query(log, held, case) for case in range(len(held.users))],
        targets=[log.item[cut:stop] for cut, stop in zip(held.cut, held.stop, strict=True)],
    )


def judge(model: RankingModel, split: Split, reward: NDArray[Any] | None = None) -> dict[str, float]:
    """GetSolutionMetrics' figures for a model fitted to the split's training part.

    Parameters
    ----------
    reward : (n_items,), the optimisation objective's value of each item; None without an objective
    """
    n_shown = SHOWN if reward is None else SHOWN_FOR_REWARD
    n_items = split.training.n_items
    at_once = max(1, min(BATCH, MOST_SCORES // max(1, n_items)))
    shown = [
        top_k(scores, n_shown).astype(np.int32)
        for first in range(0, len(split.queries), at_once)
        for scores in model.score(model.represent(split.queries[first : first + at_once]))
    ]
    return ranking_metrics(shown, split.targets, n_items, reward)


def judge_baselines(split: Split, *, seed: int = 0) -> dict[str, dict[str, float]]:
    """The same figures for the most popular items and for random ones: what a model has to beat."""
    n_items = split.training.n_items
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(n_items)[:SHOWN].astype(np.int32) for _ in split.queries]
    return {
        "popularity": judge(PopularityCount().fit(split.training), split),
        "random": ranking_metrics(drawn, split.targets, n_items),
    }


def _query(log: Interactions, held: HoldOut, case: int) -> Query:
    start, cut = int(held.start[case]), int(held.cut[case])
    rows = np.arange(start, cut)
    user = held.users[case : case + 1].astype(np.int64)
    return Query(
        item=log.item[start:cut],
        time=log.time[start:cut],
        context={name: take(column, rows) for name, column in log.context.items()},
        user_features={name: take(column, user) for name, column in log.user_features.items()},
        seed_item=int(log.item[cut - 1]),
        now=int(log.time[cut]),
    )
