"""What a user did with items, as a short vector in which the latest counts most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import Feature, Floats, History, Interactions, Ints, Longs
from ..ranking.columns import Encoding
from ..ranking.ragged import bounds, runs

if TYPE_CHECKING:
    from scipy.sparse import csr_array

LONGEST = 500
"""Of a longer history only so many of the latest events are read."""
AT_ONCE = 4096
"""So many histories are read together, to bound memory."""
SHRINKAGE = 1.0
"""So many events without any taste are mixed into each user's mean."""


@dataclass(frozen=True, kw_only=True)
class Tastes:
    """Items as vectors; a user's state is their sum and their number, older ones counting less than the last.

    Parameters
    ----------
    vector : (n_items, d), of length 1 or 0
    encoding : how the features of items become rows of `value`
    value : (n_item_values, d), what each feature value adds to the vector of an item without events
    half_life_days : an event so much older than the user's last one counts half
    """

    vector: Floats
    encoding: Encoding
    value: Floats
    half_life_days: float

    @classmethod
    def learn(cls, log: Interactions, size: int, half_life_days: float) -> Self:
        """Vectors by a truncated singular value decomposition: near are items of like users and features."""
        from scipy import sparse  # noqa: PLC0415, training alone needs it

        encoding = Encoding.learn(log.item_features)
        used = sparse.csr_array(
            (np.ones(len(log.item)), (log.item, log.user)), shape=(log.n_items, log.n_users)
        )
        used.data = np.log1p(used.data)
        bags = encoding.encode(log.item_features, log.n_items)
        known = sparse.csr_array((bags.weight, bags.code, bags.start), (log.n_items, encoding.n_values))
        left, right = _decomposed(sparse.csr_array(sparse.hstack([used, known])), size)
        return cls(
            vector=_unit(left),
            encoding=encoding,
            value=right[log.n_users :].astype(np.float32),
            half_life_days=half_life_days,
        )

    @property
    def state_size(self) -> int:
        """The length of a user's state, and of what it says of the user."""
        return self.vector.shape[1] + 1

    def extended(self, item_features: Mapping[str, Feature], n_new: int) -> Self:
        """With `n_new` more items, known by their features alone."""
        new = _unit(self.encoding.encode(item_features, n_new).embed(self.value))
        return replace(self, vector=np.concatenate([self.vector, new]))

    def advance(self, states: Floats, item: Ints, silence: NDArray[Any]) -> Floats:
        """(n, state_size): the states after one further event each."""
        one = np.ones((len(item), 1), np.float32)
        return states * self._weight(silence)[:, None] + np.hstack([self.vector[item], one])

    def read(self, histories: Sequence[History]) -> Floats:
        """(n_histories, state_size): the state after the last event of each."""
        latest = [(one.item[-LONGEST:], one.time[-LONGEST:]) for one in histories]
        length = np.array([len(item) for item, _ in latest], np.int64)
        ends = [time[-1] if len(time) else 0 for _, time in latest]
        item = np.concatenate([*(item for item, _ in latest), np.zeros(0, np.int32)])
        time = np.concatenate([*(time for _, time in latest), np.zeros(0, np.int64)])
        known = (item >= 0) & (item < len(self.vector))
        weight = self._weight(np.repeat(np.array(ends, np.int64), length) - time) * known
        return self._summed(np.where(known, item, 0), weight, length)

    def before(self, log: Interactions, user: NDArray[Any], time: Longs) -> Floats:
        """(n, state_size): the state of each user after the last event before an instant."""
        first = bounds(np.bincount(log.user, minlength=log.n_users))
        earliest = min(int(log.time.min(initial=0)), int(time.min(initial=0)))
        span = max(int(log.time.max(initial=0)), int(time.max(initial=0))) - earliest + 1
        key = log.user.astype(np.int64) * span + (log.time - earliest)
        end = np.searchsorted(key, user.astype(np.int64) * span + (time - earliest))
        begin = np.maximum(first[user], end - LONGEST)
        found = np.zeros((len(user), self.state_size), np.float32)
        for start in range(0, len(user), AT_ONCE):
            here = slice(start, start + AT_ONCE)
            length = end[here] - begin[here]
            events = runs(begin[here], length)
            weight = self._weight(np.repeat(log.time[end[here] - 1], length) - log.time[events])
            found[here] = self._summed(log.item[events], weight, length)
        return found

    def features(self, states: Floats) -> Floats:
        """(n, state_size): the mean vector of what a user did lately, and how much that was."""
        count = states[:, -1:]
        return np.hstack([states[:, :-1] / (count + SHRINKAGE), np.log1p(count)], dtype=np.float32)

    def _weight(self, seconds: NDArray[Any]) -> Floats:
        days = np.maximum(seconds, 0) / 86_400.0
        return np.exp2(-days / self.half_life_days).astype(np.float32)

    def _summed(self, item: Ints, weight: Floats, length: NDArray[np.int64]) -> Floats:
        """(n, d + 1): for each user the sum of the items' vectors and of their weights."""
        rows = weight[:, None] * np.hstack([self.vector[item], np.ones((len(item), 1), np.float32)])
        found = np.zeros((len(length), rows.shape[1]), np.float32)
        filled = length > 0
        if filled.any():
            found[filled] = np.add.reduceat(rows, bounds(length)[:-1][filled], axis=0)
        return found


def _decomposed(matrix: "csr_array", size: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """(n_rows, d) and (n_columns, d), d at most `size`: the first is the matrix times the second, nearly.

    Each cell counts over the roots of its row's and its column's sums, so that popular things do not rule.
    """
    from scipy import sparse  # noqa: PLC0415, training alone needs it
    from scipy.sparse.linalg import svds  # noqa: PLC0415, training alone needs it

    rows, columns = (np.asarray(matrix.sum(axis=axis)).ravel() for axis in (1, 0))
    by_row, by_column = (1 / np.sqrt(np.where(total > 0, total, 1)) for total in (rows, columns))
    d = min(size, min(matrix.shape) - 1)
    if d < 1 or not matrix.nnz:
        return np.zeros((len(by_row), 0)), np.zeros((len(by_column), 0))
    scaled = sparse.csr_array(sparse.diags_array(by_row) @ matrix @ sparse.diags_array(by_column))
    left, values, right = svds(scaled, k=d, v0=np.ones(min(matrix.shape)))
    return (left * values) / by_row[:, None], right.T * by_column[:, None]


def _unit(rows: NDArray[Any]) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(length > 1e-9, length, 1)).astype(np.float32)
