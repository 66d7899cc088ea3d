"""The probability that a user takes each action: a fitted model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import Feature, Floats, History, Ints, Query, State
from ..ranking.columns import Encoding, embed_each
from ..ranking.stateless import Sessionless
from .tastes import Tastes


@dataclass(frozen=True, kw_only=True)
class PropensityModel(Sessionless):
    """A logistic model per action over what users did with items and what is known of them.

    Parameters
    ----------
    tastes : what users did with items
    encoding : how the features of users become rows of `by_value`
    by_taste, by_value : (state_size, n_actions) and (n_user_values, n_actions), what each adds to the logits
    offset : (n_actions,); minus infinity for an action of which too little is known
    """

    tastes: Tastes
    encoding: Encoding
    by_taste: Floats
    by_value: Floats
    offset: Floats

    @property
    def n_actions(self) -> int:
        """How many actions it scores."""
        return len(self.offset)

    @property
    def state_size(self) -> int:
        """The length of a user's state."""
        return self.tastes.state_size

    def read(self, histories: Sequence[History]) -> Floats:
        """(n_histories, state_size): the state after each history."""
        return self.tastes.read(histories)

    def advance(
        self, states: Floats, item: Ints, silence: Floats, context: Sequence[Mapping[str, Feature]]
    ) -> Floats:
        """(n, state_size): the states after one further event each; context does not matter."""
        del context
        return self.tastes.advance(states, item, silence)

    def represent(self, states: Floats, queries: Sequence[Query]) -> Floats:
        """(n_queries, n_actions): the logits."""
        tastes = self.tastes.features(states)
        known = embed_each(self.encoding, self.by_value, [query.user_features for query in queries])
        return tastes @ self.by_taste + known + self.offset

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_actions): the probability that the user takes each action; 0 = not known."""
        return np.exp(-np.logaddexp(0, -represented))

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items; its actions stay the same."""
        return replace(self, tastes=self.tastes.extended(item_features, n_new))

    def state(self) -> State:
        """The model as arrays and JSON."""
        arrays = {"vector": self.tastes.vector, "value": self.tastes.value, "by_taste": self.by_taste}
        arrays |= {"by_value": self.by_value, "offset": self.offset}
        return arrays, {
            "model": "propensity",
            "items": self.tastes.encoding.to_json(),
            "users": self.encoding.to_json(),
            "half_life_days": self.tastes.half_life_days,
        }

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        tastes = Tastes(
            vector=arrays["vector"],
            encoding=Encoding.from_json(meta["items"]),
            value=arrays["value"],
            half_life_days=meta["half_life_days"],
        )
        rest = {name: arrays[name] for name in ("by_taste", "by_value", "offset")}
        return cls(tastes=tastes, encoding=Encoding.from_json(meta["users"]), **rest)
