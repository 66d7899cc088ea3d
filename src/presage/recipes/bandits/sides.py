"""Users or items as normal distributions of a main effect and factors, each updated given the other side.

The reward of a user and an item is level + main of the user + main of the item + the dot product of their
factors. Given the distributions of one side, the rewards are linear in the other's: its posterior is a
normal distribution again, from the other's means and second moments. Source: Lim, Teh, Variational Bayesian
Approach to Movie Rating Prediction, KDD Cup 2007; Bishop, Pattern Recognition and Machine Learning, 10.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from .data import Doubles, Rows

FEW = 256
"""So many rewards are summed without a sparse matrix, whose library is slow to import."""


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Rewards, those of the same user and item together.

    Parameters
    ----------
    user, item : (n,), rows
    count, total : (n,), how many rewards, and their sum
    """

    user: Rows
    item: Rows
    count: Doubles
    total: Doubles

    def merged(self) -> "Cells":
        """Each pair of user and item once."""
        width = int(self.item.max()) + 1
        key, place = np.unique(self.user * width + self.item, return_inverse=True)
        return Cells(
            user=key // width,
            item=key % width,
            count=np.bincount(place, self.count).astype(float),
            total=np.bincount(place, self.total).astype(float),
        )


def joined(parts: Sequence[Cells]) -> Cells:
    """All of them, one after the other."""
    names = (field.name for field in fields(Cells))
    return Cells(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


@dataclass(frozen=True, kw_only=True)
class Told:
    """Rewards, and how they are to be learned.

    Parameters
    ----------
    noise : the variance of a reward round its expectation
    level : the common mean of rewards
    afresh : from the prior, not from what is believed
    """

    cells: Cells
    noise: float
    level: float
    afresh: bool


@dataclass(kw_only=True)
class Side:
    """All users, or all items.

    Parameters
    ----------
    mean : (n, 1 + n_factors), the main effect before the factors
    covariance : (n, 1 + n_factors, 1 + n_factors)
    variance : (1 + n_factors,), the prior's, whose mean is 0
    """

    mean: Doubles
    covariance: Doubles
    variance: Doubles

    def grow(self, n: int, rng: np.random.Generator | None) -> None:
        """So many rows at least; new ones as the prior has them, their factors' means drawn with `rng`."""
        more, size = n - len(self.mean), len(self.variance)
        if more <= 0:
            return
        mean = np.zeros((more, size))
        if rng is not None:
            mean[:, 1:] = rng.normal(size=(more, size - 1)) * np.sqrt(self.variance[1:])
        self.mean = np.concatenate([self.mean, mean])
        self.covariance = np.concatenate([self.covariance, np.tile(np.diag(self.variance), (more, 1, 1))])

    def update(self, own: Rows, other: "Side", others: Rows, told: "Told") -> Rows:
        """Learn rewards given the other side. Returns the rows that changed, (n_changed,).

        Parameters
        ----------
        own, others : (n_cells,), the rows of this and of the other side
        """
        count, total = told.cells.count, told.cells.total
        (rows, place), (columns, source) = (np.unique(one, return_inverse=True) for one in (own, others))
        size = len(self.variance)
        x = other.mean[columns].copy()  # (n_columns, size)
        main, x[:, 0] = x[:, 0].copy(), 1
        spread = other.covariance[columns]
        moment = x[:, :, None] * x[:, None, :]  # the regressors' second moments
        moment[:, 1:, 1:] += spread[:, 1:, 1:]
        known = x * (told.level + main)[:, None]
        known[:, 1:] += spread[:, 0, 1:]
        precision = _sums(place, len(rows), count, source, moment.reshape(len(columns), -1))
        weighted = _sums(place, len(rows), total, source, x) - _sums(place, len(rows), count, source, known)
        precision, weighted = precision.reshape(-1, size, size) / told.noise, weighted / told.noise
        if told.afresh:
            precision += np.diag(1 / self.variance)
        else:
            before = np.linalg.inv(self.covariance[rows])
            precision += before
            weighted += np.einsum("nij,nj->ni", before, self.mean[rows])
        covariance = np.linalg.inv(precision)
        self.covariance[rows] = (covariance + covariance.transpose(0, 2, 1)) / 2
        self.mean[rows] = np.einsum("nij,nj->ni", covariance, weighted)
        return rows


def _sums(row: Rows, n_rows: int, weight: Doubles, source: Rows, table: Doubles) -> Doubles:
    """(n_rows, width): the weighted sum of those rows of a table that belong to each row."""
    if len(row) <= FEW:
        sums = np.zeros((n_rows, table.shape[1]))
        np.add.at(sums, row, weight[:, None] * table[source])
        return sums
    from scipy.sparse import csr_array  # noqa: PLC0415, refits alone need it

    return np.asarray(csr_array((weight, (row, source)), shape=(n_rows, len(table))) @ table)
