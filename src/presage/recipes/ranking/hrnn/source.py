"""A log and what is known of it before a network learns."""

from dataclasses import dataclass

import numpy as np

from ...data import Interactions, Longs
from ..columns import Bags, Encoding
from ..selection import Mask
from .sessions import session_gap


@dataclass(frozen=True, kw_only=True)
class Source:
    """A log and what is known of it before learning.

    Parameters
    ----------
    items, users, contexts : how features become rows of embedding tables
    seen : (n_seen,), the items that have events
    item : (n_events,), rows of `seen`
    cold : (n_items,), items that are known by their features alone
    gap : a longer silence, in seconds, ends a session
    """

    log: Interactions
    items: Encoding
    users: Encoding
    contexts: Encoding
    seen: Longs
    item: Longs
    cold: Mask
    gap: float

    def item_bags(self) -> Bags:
        """(n_seen,): the features of the items that have events."""
        return self.items.encode(self.log.item_features, self.log.n_items).take(self.seen)


def read_source(log: Interactions, cold: Mask) -> Source:
    """What there is to know of a log with at least one event."""
    seen, item = np.unique(log.item, return_inverse=True)
    return Source(
        log=log,
        items=Encoding.learn(log.item_features),
        users=Encoding.learn(log.user_features),
        contexts=Encoding.learn(log.context),
        seen=seen.astype(np.int64),
        item=item.astype(np.int64),
        cold=cold,
        gap=session_gap(np.diff(log.time)[np.diff(log.user) == 0]),
    )
