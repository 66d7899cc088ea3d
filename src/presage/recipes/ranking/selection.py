"""Which users and items take part in training: those within percentiles of activity."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import Categories, Feature, History, Interactions, Numbers
from .ragged import bounds, runs

Mask = NDArray[np.bool_]


def within_percentiles(count: NDArray[Any], low: float, high: float) -> Mask:
    """(n,): whether each count lies between two quantiles of the counts above 0, both ends allowed."""
    active = count[count > 0]
    if not len(active):
        return np.zeros(len(count), bool)
    bottom, top = np.quantile(active, [low, high], method="closest_observation")
    return (count >= max(1, bottom)) & (count <= max(bottom, top))


def check_percentiles(**pair: float) -> None:
    """Raise ValueError unless the first of two named settings is at most the second."""
    (low, bottom), (high, top) = pair.items()
    if bottom > top:
        raise ValueError(f"{low} is {bottom:g} and {high} is {top:g}; the first must not exceed the second")


def keep_events(log: Interactions, keep: Mask) -> Interactions:
    """The same users and items with only the events of `keep` (n_events,)."""
    context = {name: take(column, np.flatnonzero(keep)) for name, column in log.context.items()}
    weight = log.weight[keep] if len(log.weight) else log.weight
    kept = {"user": log.user[keep], "item": log.item[keep], "time": log.time[keep], "weight": weight}
    return replace(log, **kept, context=context)


def usual_users(log: Interactions, low: float, high: float) -> Interactions:
    """The log without users whose history is shorter or longer than two quantiles of history lengths."""
    usual = within_percentiles(np.bincount(log.user, minlength=log.n_users), low, high)
    return keep_events(log, usual[log.user])


def latest_items(log: Interactions, at_most: int) -> Interactions:
    """The log with `at_most` different items of each user, the latest ones, an event each."""
    pair = log.user.astype(np.int64) * log.n_items + log.item
    last = np.sort(len(pair) - 1 - np.unique(pair[::-1], return_index=True)[1])
    user = log.user[last]
    from_end = bounds(np.bincount(user, minlength=log.n_users))[user + 1] - np.arange(len(last))
    keep = np.zeros(len(pair), bool)
    keep[last[from_end <= at_most]] = True
    return keep_events(log, keep)


def last_events(log: Interactions, n: int, seed: int) -> Mask:
    """(n_events,): the last event of n users drawn from those with several, of half of these at most."""
    count = np.bincount(log.user, minlength=log.n_users)
    several = np.flatnonzero(count > 1)
    chosen = np.random.default_rng(seed).choice(several, min(n, len(several) // 2), replace=False)
    last = np.zeros(len(log.user), bool)
    last[np.cumsum(count)[chosen] - 1] = True
    return last


def take(column: Feature, rows: NDArray[np.int64]) -> Feature:
    """The rows of a feature column, in the order given."""
    if isinstance(column, Numbers):
        return Numbers(values=column.values[rows])
    length = np.diff(column.start)[rows]
    codes = column.codes[runs(column.start[rows], length)]
    return Categories(start=bounds(length), codes=codes, n_values=column.n_values)


def history_of(log: Interactions, user: int, start: int, stop: int) -> History:
    """A user's events from `start` to `stop` of the log."""
    events = np.arange(start, stop)
    return History(
        item=log.item[start:stop],
        time=log.time[start:stop],
        context={name: take(column, events) for name, column in log.context.items()},
        user_features=user_features_of(log, user),
    )


def user_features_of(log: Interactions, user: int) -> dict[str, Feature]:
    """A user's row of each metadata column."""
    return {name: take(column, np.array([user])) for name, column in log.user_features.items()}
