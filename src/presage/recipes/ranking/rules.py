"""What followed the items that a user used last: `presage-sequential-rules`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..data import DEFAULT_TRAINING, Interactions, Training
from ..settings import setting
from .linear import LinearModel, linear_model
from .relations import relate

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, kw_only=True)
class SequentialRules:
    """Relate an item to those that users used within the next few events, close ones counting more.

    Of item a to item b: the sum of 1 / distance over all times that b came at most `window` events after a
    divided by its sum over all b, and by its sum over all a to the power of popularity_discount_factor.
    Source: Ludewig, Jannach, Evaluation of session-based recommendation algorithms, UMUAI 2018.

    Parameters
    ----------
    window : what comes more events later is no rule
    decay : what the rules of each further item back count, compared with those of the item after it
    popularity_discount_factor : 0 favours popular followers, 1 rare ones
    max_history_length : the rules of so many of the latest different items are added up
    """

    window: int = setting(10, low=1, high=50, tunable=True, log=True)
    decay: float = setting(0.7, low=0.0, high=1.0, tunable=True)
    popularity_discount_factor: float = setting(0.1, low=0.0, high=1.0, tunable=True)
    max_history_length: int = setting(10, low=1, high=500)

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> LinearModel:
        """Count, always from nothing; only `training.report` matters."""
        follows = _followers(log, self.window)
        after = np.maximum(np.asarray(follows.sum(axis=1)), 1e-9)
        before = np.maximum(np.asarray(follows.sum(axis=0)), 1e-9) ** self.popularity_discount_factor

        def weigh(block: slice) -> "csr_array":
            rules = follows[block]
            rules.data = rules.data / np.repeat(after[block], np.diff(rules.indptr)) / before[rules.indices]
            return rules

        found = relate(log.n_items, weigh, training.report)
        return linear_model(log, found, decay=self.decay, length=self.max_history_length)


def _followers(log: Interactions, window: int) -> "csr_array":
    """(n_items, n_items): the sum of 1 / k over the times that one came k events before the other."""
    total = _followers_after(log, 1)
    for k in range(2, window + 1):
        total = total + _followers_after(log, k)
    return total.tocsr()


def _followers_after(log: Interactions, k: int) -> "csr_array":
    from scipy.sparse import csr_array  # noqa: PLC0415, training alone needs it

    pairs = (log.user[:-k] == log.user[k:]) & (log.item[:-k] != log.item[k:])
    before, after = log.item[:-k][pairs], log.item[k:][pairs]
    weight = log.weights[k:][pairs] / k
    return csr_array((weight, (before, after)), (log.n_items, log.n_items))
