"""What models have in common that remember nothing of users."""

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from ..data import Feature, Floats, History, Ints, Query

NOBODY = -1.0  # stands for "no known seed item" in a representation


class Sessionless:
    """The part of a `RankingModel` that ends sessions, for a model that knows of none."""

    @property
    def gap(self) -> float:
        """A longer silence ends a session: there are none."""
        return math.inf

    def end_sessions(self, states: Floats) -> Floats:
        """(n, state_size): a silence changes nothing."""
        return states


class Stateless(Sessionless):
    """The part of a `RankingModel` that keeps users' states, for a model without any."""

    @property
    def state_size(self) -> int:
        """The length of a user's state: none."""
        return 0

    def read(self, histories: Sequence[History]) -> Floats:
        """(n_histories, 0): what a user did does not matter."""
        return np.zeros((len(histories), 0), np.float32)

    def advance(
        self, states: Floats, item: Ints, silence: Floats, context: Sequence[Mapping[str, Feature]]
    ) -> Floats:
        """(n, 0): an event changes nothing."""
        del item, silence, context
        return states


class Seeded(Stateless):
    """The same for a model that is asked for an item's relatives."""

    @property
    @abstractmethod
    def n_items(self) -> int:
        """How many items it scores."""

    def represent(self, states: Floats, queries: Sequence[Query]) -> Floats:
        """(n_queries, 1): the row of the seed item, or -1 if none is known."""
        del states
        seeds = [NOBODY if query.seed_item is None else query.seed_item for query in queries]
        known = [seed if 0 <= seed < self.n_items else NOBODY for seed in seeds]
        return np.array(known, np.float32).reshape(-1, 1)
