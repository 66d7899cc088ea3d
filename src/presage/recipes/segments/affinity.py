"""Which users will want an item or an attribute: `aws-item-affinity`, `aws-item-attribute-affinity`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from presage.errors import JobFailure

from ..data import DEFAULT_TRAINING, Feature, Floats, Interactions, Ints, Longs, State, Training
from ..ranking.columns import Encoding
from ..ranking.factors import Als
from ..ranking.popularity import users_per_item
from ..ranking.relations import used_by
from ..settings import setting

REGULARIZATION, UNOBSERVED_WEIGHT, EPOCHS = 0.003, 0.1, 10


@dataclass(frozen=True, kw_only=True)
class ItemAffinity:
    """Users and items as vectors; the users of an item are those whose vectors point where its own does.

    Parameters
    ----------
    hidden_dimension : the length of a vector
    """

    hidden_dimension: int = setting(149, low=32, high=256)

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> "AffinityModel":
        """Learn the vectors, always from nothing, from who used what; metadata is not used."""
        return _fitted(log, self.hidden_dimension, Encoding(), training)


@dataclass(frozen=True, kw_only=True)
class ItemAttributeAffinity:
    """Users and items as vectors; an attribute's vector is the mean of its items, by how much they are used.

    Parameters
    ----------
    hidden_dimension : the length of a vector
    """

    hidden_dimension: int = setting(149, low=32, high=256)

    def fit(self, log: Interactions, training: Training = DEFAULT_TRAINING) -> "AffinityModel":
        """Learn the vectors, always from nothing.

        Raises JobFailure if items have no attributes.
        """
        if not log.item_features:
            raise JobFailure(
                "Items has no column to make segments by: aws-item-attribute-affinity needs a categorical or"
                " numeric one that the solution does not leave out"
            )
        return _fitted(log, self.hidden_dimension, Encoding.learn(log.item_features), training)


def _fitted(log: Interactions, size: int, attributes: Encoding, training: Training) -> "AffinityModel":
    als = Als(size=size, regularization=REGULARIZATION, unobserved_weight=UNOBSERVED_WEIGHT, epochs=EPOCHS)
    found = als.fit(used_by(log), training)
    bags = attributes.encode(log.item_features, log.n_items)
    return AffinityModel(
        user=found.user,
        item=found.item,
        uses=users_per_item(log),
        attributes=attributes,
        start=bags.start,
        code=bags.code,
    )


@dataclass(frozen=True, kw_only=True)
class AffinityModel:
    """Vectors of users and items, and which attributes each item has.

    Parameters
    ----------
    user, item : (n_users, d) and (n_items, d); 0 where nothing is known
    uses : (n_items,), how many users used each item
    attributes : what codes stand for; without columns for a model that knows no attributes
    start, code : (n_items + 1,) and (n_codes,), item i has the attributes code[start[i]:start[i + 1]]
    """

    user: Floats
    item: Floats
    uses: Longs
    attributes: Encoding
    start: Longs
    code: Longs

    @property
    def n_users(self) -> int:
        """How many users it chooses from."""
        return len(self.user)

    def best_users(self, items: Ints, k: int) -> tuple[Ints, Floats]:
        """The best users for each item; for one that nobody used, those who like what is popular."""
        vectors = self.item[items]
        unknown = self.uses[items] == 0
        if unknown.any():
            vectors[unknown] = self._mean(np.arange(len(self.item)))
        return self._nearest(vectors, k)

    def best_users_with(self, attributes: Sequence[Mapping[str, Feature]], k: int) -> tuple[Ints, Floats]:
        """The best users for items that have all attributes of a query; if none has, for each attribute's.

        Raises ValueError if a query names no attribute that the training's items had.
        """
        vectors = np.zeros((len(attributes), self.item.shape[1]), np.float32)
        for place, query in enumerate(attributes):
            wanted = np.unique(self.attributes.encode(query, 1).code)
            if not len(wanted):
                raise ValueError(f"no item of the training has what {sorted(query)} ask for")
            vectors[place] = self._of_attributes(wanted)
        return self._nearest(vectors, k)

    def _of_attributes(self, wanted: Longs) -> Floats:
        having = [self._having(code) for code in wanted.tolist()]
        of_all = np.flatnonzero(np.logical_and.reduce(having))
        if self.uses[of_all].any():
            return self._mean(of_all)
        return np.mean([self._mean(np.flatnonzero(one)) for one in having], axis=0)

    def _having(self, code: int) -> NDArray[np.bool_]:
        """(n_items,): which items have an attribute."""
        having = np.zeros(len(self.item), bool)
        having[np.searchsorted(self.start, np.flatnonzero(self.code == code), side="right") - 1] = True
        return having

    def _mean(self, items: Longs) -> Floats:
        """(d,): the mean vector of some items, each counting by its uses."""
        weight = self.uses[items].astype(np.float32)
        return weight @ self.item[items] / max(1.0, float(weight.sum()))

    def _nearest(self, vectors: Floats, k: int) -> tuple[Ints, Floats]:
        k = min(k, self.n_users)
        users, scores = np.zeros((len(vectors), k), np.int32), np.zeros((len(vectors), k), np.float32)
        for row, vector in enumerate(vectors):
            score = self.user @ vector
            best = np.argpartition(-score, k - 1)[:k] if k < self.n_users else np.arange(k)
            users[row] = best[np.lexsort((best, -score[best]))]
            scores[row] = score[users[row]]
        return users, scores

    def of_users(self, rows: Longs) -> Self:
        """The model of some of its users alone."""
        return replace(self, user=self.user[rows])

    def state(self) -> State:
        """The model as arrays and JSON."""
        arrays = {name: getattr(self, name) for name in ("user", "item", "uses", "start", "code")}
        return arrays, {"model": "affinity", "attributes": self.attributes.to_json()}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The model that `state` described."""
        return cls(**arrays, attributes=Encoding.from_json(meta["attributes"]))
