"""Users known by their latest different items."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from presage.errors import JobFailure

from ..data import Feature, Floats, History, Interactions, Ints
from .stateless import Sessionless

MOST_ITEMS = 2**24 - 1  # a state holds rows of items as float32, which knows whole numbers up to here


def check_items(log: Interactions) -> None:
    """Raise JobFailure if there are more items than a state can name."""
    if log.n_items > MOST_ITEMS:
        raise JobFailure(f"There are {log.n_items} items; this recipe takes at most {MOST_ITEMS}.")


class LatestItems(Sessionless):
    """The part of a `RankingModel` that keeps users' states, for a model that is told their latest items.

    A state is the rows of the latest different items plus 1, the latest first; 0 = none.
    """

    max_history_length: int

    @property
    @abstractmethod
    def n_items(self) -> int:
        """How many items it scores."""

    @property
    def state_size(self) -> int:
        """The length of a user's state: a number per item remembered."""
        return self.max_history_length

    def read(self, histories: Sequence[History]) -> Floats:
        """(n_histories, state_size): the latest different items of each history."""
        states = np.zeros((len(histories), self.state_size), np.float32)
        for state, history in zip(states, histories, strict=True):
            known = history.item[(history.item >= 0) & (history.item < self.n_items)][::-1]
            latest = np.sort(np.unique(known, return_index=True)[1])[: self.state_size]
            state[: len(latest)] = known[latest] + 1
        return states

    def advance(
        self, states: Floats, item: Ints, silence: Floats, context: Sequence[Mapping[str, Feature]]
    ) -> Floats:
        """(n, state_size): each item comes first; what stood before its old place, or all, moves back."""
        del silence, context
        named = (item + 1).astype(np.float32)[:, None]
        again = states == named
        place = np.where(again.any(axis=1), again.argmax(axis=1), self.state_size)[:, None]
        moved = np.hstack([named, states[:, :-1]])
        return np.where(np.arange(self.state_size) <= place, moved, states)
