"""What users did before a model was trained: one slice of memory-mapped arrays per user."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from presage.features import Encoded
from presage.recipes.data import Feature, Ints, Longs, State

from .columns import Columns, columns_from, columns_state, rows_between

ARRAYS = ("start", "item", "time", "event_type")
LONGEST = 500
"""Of a longer history only this many of the latest events are given to a model."""


@dataclass(frozen=True, kw_only=True)
class Past:
    """Every user's events, oldest first: user u did start[u]..start[u + 1].

    Parameters
    ----------
    start : (n_users + 1,)
    item, time, event_type : (n_events,), rows of items, seconds since 1970, rows of event types or -1
    context : a row per event
    user_features : a row per user
    """

    start: Longs
    item: Ints
    time: Longs
    event_type: Ints
    context: Columns
    user_features: Columns

    @classmethod
    def of(cls, encoded: Encoded) -> Self:
        """The past that training data tell."""
        log = encoded.log
        return cls(
            start=np.searchsorted(log.user, np.arange(log.n_users + 1)).astype(np.int64),
            item=log.item,
            time=log.time,
            event_type=encoded.event_type,
            context=log.context,
            user_features=log.user_features,
        )

    def latest(self, user: int) -> tuple[Ints, Longs, dict[str, Feature]]:
        """Items, times and context of a user's latest events, oldest first."""
        start, stop = int(self.start[user]), int(self.start[user + 1])
        start = max(start, stop - LONGEST)
        return self.item[start:stop], self.time[start:stop], rows_between(self.context, start, stop)

    def features(self, user: int) -> dict[str, Feature]:
        """A user's record, one row a column."""
        return rows_between(self.user_features, user, user + 1)

    def state(self) -> State:
        """The past as arrays and JSON."""
        context, context_meta = columns_state(self.context, "context")
        features, features_meta = columns_state(self.user_features, "user_features")
        own = {name: getattr(self, name) for name in ARRAYS}
        return own | context | features, context_meta | features_meta

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The past that `state` described; the arrays may be memory-mapped."""
        return cls(
            **{name: arrays[name] for name in ARRAYS},
            context=columns_from(arrays, meta, "context"),
            user_features=columns_from(arrays, meta, "user_features"),
        )
