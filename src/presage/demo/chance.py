"""What showing items at random would score: exact expectations, the floor under every model."""

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

HELD_OUT_SHARE = 0.1
N_FIRST_PLACES = 25


def random_metrics(interactions: pl.DataFrame, n_items: int) -> dict[str, float]:
    """The metrics of a model that shuffles all items, under AWS's hold-out, named as AWS does.

    AWS judges a tenth of the users, drawn at random; this is the mean over all who could be drawn.

    Parameters
    ----------
    interactions : USER_ID, ITEM_ID and TIMESTAMP
    n_items : how many items there are to show
    """
    n_hidden = hidden_items_each(interactions)  # (n_users,)
    users = np.bincount(n_hidden)
    mean = {m: count / len(n_hidden) for m, count in enumerate(users.tolist()) if count}
    return {
        "coverage": 1.0,
        f"mean_reciprocal_rank_at_{N_FIRST_PLACES}": sum(
            share * _reciprocal_rank(m, n_items) for m, share in mean.items()
        ),
        **_at_places("normalized_discounted_cumulative_gain_at", mean, n_items, _ndcg),
        **_at_places("precision_at", mean, n_items, _precision),
    }


def hidden_items_each(interactions: pl.DataFrame) -> NDArray[np.int64]:
    """(n_users,): how many different items the newest tenth of each user's events holds."""
    n_events = pl.len().over("USER_ID")
    n_hidden = pl.max_horizontal(1, (n_events * HELD_OUT_SHARE).floor().cast(pl.Int64))
    from_newest = pl.int_range(pl.len()).reverse().over("USER_ID")
    by_time = interactions.sort("TIMESTAMP", maintain_order=True)
    hidden = by_time.filter((n_events >= 2) & (from_newest < n_hidden))
    return hidden.group_by("USER_ID").agg(n=pl.col("ITEM_ID").n_unique())["n"].cast(pl.Int64).to_numpy()


def _at_places(
    name: str, mean: Mapping[int, float], n_items: int, score: Callable[[int, int, int], float]
) -> dict[str, float]:
    return {
        f"{name}_{k}": sum(share * score(m, n_items, k) for m, share in mean.items()) for k in (5, 10, 25)
    }


def _precision(n_hidden: int, n_items: int, k: int) -> float:
    return n_hidden / n_items * min(k, n_items) / k


def _ndcg(n_hidden: int, n_items: int, k: int) -> float:
    gain = 1 / np.log2(np.arange(2, k + 2))
    return n_hidden / n_items * float(gain[: min(k, n_items)].sum() / gain[: min(n_hidden, k)].sum())


def _reciprocal_rank(n_hidden: int, n_items: int) -> float:
    no_hit_yet, expected = 1.0, 0.0
    for rank in range(1, min(N_FIRST_PLACES, n_items) + 1):
        hit_here = min(1.0, n_hidden / (n_items - rank + 1))
        expected += no_hit_yet * hit_here / rank
        no_hit_yet *= 1 - hit_here
    return expected
