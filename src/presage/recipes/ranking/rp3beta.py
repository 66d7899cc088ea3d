"""Random walks of three steps between users and items: `presage-rp3beta`."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..data import DEFAULT_TRAINING, Interactions, Training
from ..settings import setting
from .linear import LinearModel, linear_model
from .relations import Relations, relate, used_by
from .selection import latest_items

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, kw_only=True)
class Rp3beta:
    """Relate an item to those where a walk over one of its users ends, popular ones counting less.

    Of item a to item b: the sum over the users u of both of (1 / items of u) ** alpha, divided by
    (users of b) ** beta, as a part of the sum over all relatives b that are kept.
    Source: Paudel et al., Updatable, Accurate, Diverse, and Scalable Recommendations, TiiS 2017.

    Parameters
    ----------
    alpha : above 1 favours the likeliest walks, below 1 makes them more equal
    beta : 0 favours popular relatives, 1 rare ones
    max_relatives : so many relatives of each item are kept
    decay : what each further item back counts in an answer, compared with the one after it
    max_history_length : of each user so many of the latest different items are learned, and answered from
    """

    alpha: float = setting(0.6, low=0.0, high=2.0, tunable=True)
    beta: float = setting(0.6, low=0.0, high=1.0, tunable=True)
    max_relatives: int = setting(500, low=1, high=1000, tunable=True, log=True)
    decay: float = setting(0.9, low=0.0, high=1.0, tunable=True)
    max_history_length: int = setting(200, low=1, high=500)

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> LinearModel:
        """Count, always from nothing; only `training.report` matters."""
        used = used_by(latest_items(log, self.max_history_length))
        by_item = used.T.tocsr()
        rarity = np.maximum(1, np.diff(by_item.indptr)).astype(np.float32) ** -self.beta
        walks = used.copy()
        walks.data /= np.repeat(np.diff(used.indptr).astype(np.float32) ** self.alpha, np.diff(used.indptr))

        def weigh(block: slice) -> "csr_array":
            found = (by_item[block] @ walks).tocsr()
            found.data *= rarity[found.indices]
            return found

        found = relate(log.n_items, weigh, training.report, self.max_relatives)
        return linear_model(log, _shared(found), decay=self.decay, length=self.max_history_length)


def _shared(found: Relations) -> Relations:
    """The same relations, the weights of each item's relatives adding up to 1."""
    length = np.diff(found.start)
    item = np.repeat(np.arange(len(length)), length)
    total = np.bincount(item, found.weight, minlength=len(length))
    return replace(found, weight=(found.weight / total[item]).astype(np.float32))
