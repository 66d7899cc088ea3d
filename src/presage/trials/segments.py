"""How recipes of user segments are judged: fitted without the newest fifth of each user's events.

An item's new users are asked for: those who had used it before come first in most segments, rightly, and tell
nothing of how good a model is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from presage.metrics.segments import n_looked_at, segment_metrics
from presage.recipes.data import Categories, Feature, Interactions, Ints, SegmentModel
from presage.recipes.ranking.ragged import bounds, runs
from presage.recipes.ranking.selection import keep_events

from .task import Criterion, Split

HIDDEN = 0.2
"""The part of each user's events that is to be guessed."""
MOST_QUERIES = 1000
"""So many items or attributes are asked about, those that most of the hidden events are about."""
RECALL = Criterion(metric="recall_at_1_percent", direction="maximize")
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class HiddenUses:
    """Who used what after the training, of items for the first time.

    Parameters
    ----------
    items : (n_items,), rows of items of which uses were hidden
    attributes : queries of one attribute each; either these or items are asked about
    users : per query, the different users who did so
    known : per query about an item, the users who had used it before: they are passed over
    """

    items: Ints
    attributes: Sequence[Mapping[str, Feature]]
    users: Sequence[Ints]
    known: Sequence[Ints] = ()


@dataclass(frozen=True, kw_only=True)
class SegmentTask:
    """The task of segment recipes: hide the newest fifth of each user's events, ask who they are of.

    Parameters
    ----------
    by_attribute : whether queries are about the values of categorical columns of Items, not about items
    """

    by_attribute: bool = False
    criterion: Criterion = RECALL

    def choosing(self, log: Interactions) -> Self:
        """The same task: every user takes part."""
        del log
        return self

    def splits(self, data: Interactions, seed: int) -> Sequence[Split[Interactions, HiddenUses]]:
        """One split by time; ValueError if nobody has two events."""
        del seed
        n_events = np.bincount(data.user, minlength=data.n_users)
        n_hidden = np.where(n_events >= 2, np.maximum(1, (n_events * HIDDEN).astype(int)), 0)
        from_end = bounds(n_events)[data.user + 1] - np.arange(len(data.user))
        hidden = from_end <= n_hidden[data.user]
        if not hidden.any():
            raise ValueError("nobody has 2 events or more; judging a model needs at least one such user")
        cases = _about_attributes(data, hidden) if self.by_attribute else _about_items(data, hidden)
        return [Split(training=keep_events(data, ~hidden), cases=cases)]

    def score(self, model: SegmentModel, split: Split[Interactions, HiddenUses]) -> dict[str, float]:
        """GetSolutionMetrics' figures for a model fitted to the split's training part."""
        cases, k = split.cases, n_looked_at(model.n_users)
        if self.by_attribute:
            chosen = list(model.best_users_with(cases.attributes, k)[0])
        else:
            chosen = [_new_users(model, *case, k) for case in zip(cases.items, cases.known, strict=True)]
        return segment_metrics(chosen, cases.users, model.n_users)


def _new_users(model: SegmentModel, item: np.int32, known: Ints, k: int) -> Ints:
    """The k best users for an item of those who have not used it."""
    users = model.best_users(np.array([item]), k + len(known))[0][0]
    return users[~np.isin(users, known)][:k]


def _about_items(log: Interactions, hidden: Mask) -> HiddenUses:
    pair = log.user.astype(np.int64) * log.n_items + log.item
    first = hidden & ~np.isin(pair, pair[~hidden])
    items, users = _most_used(log.item[first], log.user[first], log.n_items)
    known = [np.unique(log.user[~hidden & (log.item == item)]) for item in items]
    return HiddenUses(items=items, attributes=(), users=users, known=known)


def _about_attributes(log: Interactions, hidden: Mask) -> HiddenUses:
    """Each value of each categorical column is a query."""
    attributes: list[Mapping[str, Feature]] = []
    users: list[Ints] = []
    for name, column in sorted(log.item_features.items()):
        if isinstance(column, Categories):
            length = np.diff(column.start)[log.item[hidden]]
            code = column.codes[runs(column.start[log.item[hidden]], length)]
            values, found = _most_used(code, np.repeat(log.user[hidden], length), column.n_values)
            attributes += [{name: _one(value, column.n_values)} for value in values.tolist()]
            users += found
    return HiddenUses(items=np.zeros(0, np.int32), attributes=attributes, users=users)


def _most_used(what: Ints, user: Ints, n: int) -> tuple[Ints, list[Ints]]:
    """Those of n things that were used most, rising, and the different users of each."""
    most = np.argsort(-np.bincount(what, minlength=n), kind="stable")[:MOST_QUERIES]
    pairs = np.unique(np.stack([what, user], axis=1)[np.isin(what, most)], axis=0)
    asked, first = np.unique(pairs[:, 0], return_index=True)
    return asked.astype(np.int32), np.split(pairs[:, 1], first[1:])


def _one(code: int, n_values: int) -> Categories:
    return Categories(start=np.array([0, 1]), codes=np.array([code], np.int32), n_values=n_values)
