"""A second aim beside relevance: lift items by a number that they carry, such as margin or length."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from ..data import (
    DEFAULT_TRAINING,
    Feature,
    Floats,
    History,
    Interactions,
    Ints,
    Query,
    RankingModel,
    RankingRecipe,
    State,
    Training,
)

STRENGTH = {"OFF": 0.0, "LOW": 0.5, "MEDIUM": 1.0, "HIGH": 2.0}
"""By which power of e a score grows per standard deviation of the attribute."""
MAX_DEVIATIONS = 3.0
INNER = "inner."


def objective_weights(attribute: NDArray[Any], sensitivity: str) -> Floats:
    """(n_items,): what each item's score is multiplied by before the scores are made to sum to 1 again.

    Parameters
    ----------
    attribute : (n_items,), what an item earns
    sensitivity : OFF, LOW, MEDIUM or HIGH
    """
    spread = float(attribute.std())
    if spread == 0:
        return np.ones(len(attribute), np.float32)
    deviations = np.clip((attribute - attribute.mean()) / spread, -MAX_DEVIATIONS, MAX_DEVIATIONS)
    return np.exp(STRENGTH[sensitivity] * deviations).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Lifted:
    """A recipe whose models' items are lifted by weights.

    Parameters
    ----------
    recipe : what learns relevance alone
    weight : (n_items,), above 0
    """

    recipe: RankingRecipe
    weight: Floats

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> "LiftedModel":
        """The inner recipe's model, lifted."""
        return LiftedModel(inner=self.recipe.fit(log, training), weight=self.weight)


@dataclass(frozen=True, kw_only=True)
class LiftedModel:
    """A model whose items are lifted by weights.

    Parameters
    ----------
    inner : the model of relevance alone
    weight : (n_items,), above 0
    """

    inner: RankingModel
    weight: Floats

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return len(self.weight)

    @property
    def state_size(self) -> int:
        """The length of a user's state in the inner model."""
        return self.inner.state_size

    @property
    def gap(self) -> float:
        """A longer silence, in seconds, ends a session of the inner model."""
        return self.inner.gap

    def read(self, histories: Sequence[History]) -> Floats:
        """(n_histories, state_size): as the inner model reads them."""
        return self.inner.read(histories)

    def advance(
        self, states: Floats, item: Ints, silence: Floats, context: Sequence[Mapping[str, Feature]]
    ) -> Floats:
        """(n, state_size): as the inner model moves on."""
        return self.inner.advance(states, item, silence, context)

    def end_sessions(self, states: Floats) -> Floats:
        """(n, state_size): as the inner model ends sessions."""
        return self.inner.end_sessions(states)

    def represent(self, states: Floats, queries: Sequence[Query]) -> Floats:
        """(n_queries, d): as the inner model represents them."""
        return self.inner.represent(states, queries)

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_items): the inner model's probabilities times the weights; every row sums to 1."""
        scores = self.inner.score(represented) * self.weight
        return scores / scores.sum(axis=1, keepdims=True)

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items, which are not lifted."""
        weight = np.append(self.weight, np.ones(n_new, np.float32))
        return replace(self, inner=self.inner.extended(item_features, n_new), weight=weight)

    def state(self) -> State:
        """The model as arrays and JSON."""
        arrays, meta = self.inner.state()
        kept = {INNER + name: array for name, array in arrays.items()}
        return kept | {"weight": self.weight}, {"model": "lifted", "inner": meta}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        from presage.recipes import load_model  # noqa: PLC0415, the table of models names this one

        inner = {name.removeprefix(INNER): a for name, a in arrays.items() if name.startswith(INNER)}
        return cls(inner=cast("RankingModel", load_model(inner, meta["inner"])), weight=arrays["weight"])
