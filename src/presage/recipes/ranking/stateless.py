"""What models have in common that remember nothing of users."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ..data import Feature, Floats, History, Ints


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
