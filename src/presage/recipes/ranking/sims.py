"""Items that the same people use: `aws-sims`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import (
    DEFAULT_TRAINING,
    Feature,
    Floats,
    Interactions,
    Ints,
    Longs,
    State,
    Training,
)
from ..settings import setting
from .popularity import shares, users_per_item
from .relations import relate, used_by
from .selection import check_percentiles, keep_events, usual_users, within_percentiles
from .stateless import Seeded

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, kw_only=True)
class Sims:
    """Relate two items by how many users used both, less so the more popular the relative is.

    likeness(seed, item) = users of both / (users of seed * users of item) ** popularity_discount_factor,
    which at 0.5 is the cosine. Source: Linden, Smith, York, Amazon.com Recommendations, 2003.

    Parameters
    ----------
    popularity_discount_factor : 0 favours popular relatives, 1 rare ones
    min_cointeraction_count : fewer users in common are no relation
    min_user_history_length_percentile, max_user_history_length_percentile : users outside are not counted
    min_item_interaction_count_percentile, max_item_interaction_count_percentile : items outside have no
        relatives and are none
    """

    popularity_discount_factor: float = setting(0.5, low=0.0, high=1.0, tunable=True)
    min_cointeraction_count: int = setting(3, low=0, high=10, tunable=True)
    min_user_history_length_percentile: float = setting(
        0.005, low=0.0, high=1.0, group="featureTransformationParameters"
    )
    max_user_history_length_percentile: float = setting(
        0.995, low=0.0, high=1.0, group="featureTransformationParameters"
    )
    min_item_interaction_count_percentile: float = setting(
        0.01, low=0.0, high=1.0, group="featureTransformationParameters"
    )
    max_item_interaction_count_percentile: float = setting(
        0.9, low=0.0, high=1.0, group="featureTransformationParameters"
    )

    def __post_init__(self) -> None:
        check_percentiles(
            min_user_history_length_percentile=self.min_user_history_length_percentile,
            max_user_history_length_percentile=self.max_user_history_length_percentile,
        )
        check_percentiles(
            min_item_interaction_count_percentile=self.min_item_interaction_count_percentile,
            max_item_interaction_count_percentile=self.max_item_interaction_count_percentile,
        )

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> "SimsModel":
        """Count who used what together, always from nothing; only `training.report` matters."""
        users = usual_users(
            log, self.min_user_history_length_percentile, self.max_user_history_length_percentile
        )
        related = within_percentiles(
            np.bincount(log.item, minlength=log.n_items),
            self.min_item_interaction_count_percentile,
            self.max_item_interaction_count_percentile,
        )
        used = used_by(keep_events(users, related[users.item]))
        found = relate(log.n_items, self._weigh(used), training.report)
        return SimsModel(
            share=shares(users_per_item(log)),
            start=found.start,
            relative=found.relative,
            likeness=found.weight,
        )

    def _weigh(self, used: "csr_array") -> "Callable[[slice], csr_array]":
        rarity = np.maximum(1.0, np.asarray(used.sum(axis=0))) ** -self.popularity_discount_factor
        by_item = used.T.tocsr()

        def weigh(block: slice) -> "csr_array":
            both = (by_item[block] @ used).tocsr()
            row = np.repeat(rarity[block], np.diff(both.indptr))
            enough = both.data >= self.min_cointeraction_count
            both.data = np.where(enough, both.data * rarity[both.indices] * row, 0)
            return both

        return weigh


@dataclass(frozen=True, kw_only=True)
class SimsModel(Seeded):
    """Each item's relatives; popular items where there are none.

    Parameters
    ----------
    share : (n_items,), the popularity of each item as a probability
    start : (n_items + 1,), item i has the relatives relative[start[i]:start[i + 1]]
    relative, likeness : (n_relatives,), their rows and how alike they are, above 0
    """

    share: Floats
    start: Longs
    relative: Ints
    likeness: Floats

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return len(self.share)

    def score(self, represented: Floats) -> Floats:
        """(n_queries, n_items): relatives first, then popular items, the seed itself last."""
        rows = [self._row(int(seed)) for seed in represented[:, 0]]
        return np.stack(rows) if rows else np.zeros((0, self.n_items), np.float32)

    def _row(self, seed: int) -> Floats:
        if seed < 0:
            return self.share
        here = slice(self.start[seed], self.start[seed + 1])
        likeness = self.likeness[here]
        if not len(likeness):
            return self._without(self.share, seed)
        ceiling = float(self.share.max()) or 1.0
        row = self.share * (0.5 * float(likeness.min()) / ceiling)
        row[self.relative[here]] = likeness
        return self._without(row, seed)

    def _without(self, weight: Floats, seed: int) -> Floats:
        if self.n_items == 1:
            return shares(weight)
        others = weight.copy()
        others[seed] = 0
        return shares(others)

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """The model with `n_new` more items, which nobody has used and which have no relatives."""
        del item_features
        share = shares(np.append(self.share, np.zeros(n_new)))
        return replace(self, share=share, start=np.append(self.start, np.repeat(self.start[-1], n_new)))

    def state(self) -> State:
        """The model as arrays and JSON."""
        arrays = {"share": self.share, "start": self.start}
        return arrays | {"relative": self.relative, "likeness": self.likeness}, {"model": "sims"}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        del meta
        names = ("share", "start", "relative", "likeness")
        return cls(**{name: arrays[name] for name in names})
