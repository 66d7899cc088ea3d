"""The two agents of the notebook that this world comes from, as they are written there.

Both have flaws that are kept, so that what is built since can be seen beside them: `Sampled` counts each
rating a thousand times, with samples of the other side for regressors; `Als` never explores, and is fitted
again from the same start after every period.
"""

from dataclasses import dataclass, field

import numpy as np

from presage.worlds.ratings import Doubles, Rows

from .agent import Recommended


@dataclass(kw_only=True)
class Sampled:
    """Users and items as normal distributions; Thompson sampling over both.

    A rating updates the user by a regression on `n_samples` draws of the item, and the item by one on as many
    draws of the user, each with that rating. What the update needs of the draws, their sum and their
    scatter, is drawn here instead of them (a normal and a Wishart distribution: Bartlett, Proc. R. Soc.
    Edinburgh 53, 1933), which is the same in distribution; and ratings that share neither user nor item are
    taken together.

    Parameters
    ----------
    alpha : the prior variance of each number of a user or item
    beta : what a draw counts, as a precision
    """

    n_users: int
    n_items: int
    rng: np.random.Generator
    n_features: int = 10
    alpha: float = 10.0
    beta: float = 0.1
    n_samples: int = 1_000
    mean: dict[str, Doubles] = field(init=False)
    precision: dict[str, Doubles] = field(init=False)

    def __post_init__(self) -> None:
        sizes = {"user": self.n_users, "item": self.n_items}
        self.mean = {side: np.zeros((n, self.n_features)) for side, n in sizes.items()}
        flat = np.eye(self.n_features) / self.alpha
        self.precision = {side: np.tile(flat, (n, 1, 1)) for side, n in sizes.items()}

    def recommend(self, user: Rows) -> Recommended:
        """The item with the highest rating, by one draw of each user and each item."""
        users = self._draws("user", user)
        score = users @ self._draws("item", np.arange(self.n_items)).T
        item = score.argmax(axis=1)
        return Recommended(item=item, predicted=score[np.arange(len(item)), item])

    def learn(self, user: Rows, item: Rows, rating: Doubles) -> None:
        """One rating after the other, as far as they touch the same item; no user rates twice a period."""
        for rows in _waves(item):
            self._update("user", user[rows], "item", item[rows], rating[rows])
            self._update("item", item[rows], "user", user[rows], rating[rows])

    def _update(self, side: str, own: Rows, other: str, others: Rows, rating: Doubles) -> None:
        total, squares = self._draw_sums(other, others)
        precision = self.precision[side][own]
        weighted = np.einsum("nij,nj->ni", precision, self.mean[side][own])
        precision = precision + self.beta * squares
        weighted += self.beta * total * rating[:, None]
        self.precision[side][own] = precision
        self.mean[side][own] = np.linalg.solve(precision, weighted[:, :, None])[:, :, 0]

    def _draw_sums(self, side: str, rows: Rows) -> tuple[Doubles, Doubles]:
        """(n, d), (n, d, d): the sum of `n_samples` draws of each row, and of their outer products."""
        n, d = len(rows), self.n_features
        middle = self.mean[side][rows] + self._root(side, rows, self.rng.normal(size=(n, d, 1)))[:, :, 0] / (
            self.n_samples**0.5
        )
        triangle = np.tril(self.rng.normal(size=(n, d, d)), -1)
        freedom = self.n_samples - 1 - np.arange(d)
        triangle[:, np.arange(d), np.arange(d)] = np.sqrt(self.rng.chisquare(freedom, size=(n, d)))
        half = self._root(side, rows, triangle)
        scatter = half @ half.transpose(0, 2, 1)
        return self.n_samples * middle, scatter + self.n_samples * middle[:, :, None] * middle[:, None, :]

    def _draws(self, side: str, rows: Rows) -> Doubles:
        """(n, d): one draw of each row."""
        z = self.rng.normal(size=(len(rows), self.n_features, 1))
        return self.mean[side][rows] + self._root(side, rows, z)[:, :, 0]

    def _root(self, side: str, rows: Rows, z: Doubles) -> Doubles:
        """A square root of each row's covariance, times z."""
        return np.linalg.solve(np.linalg.cholesky(self.precision[side][rows]).transpose(0, 2, 1), z)


@dataclass(kw_only=True)
class Als:
    """Alternating least squares over all ratings so far, one iteration from random users; no exploration.

    As Spark's: unit vectors to start from, a penalty that grows with the number of ratings, and no
    prediction for whom or what was never rated. The first recommendations are random.
    """

    n_users: int
    n_items: int
    rng: np.random.Generator
    n_features: int = 10
    penalty: float = 0.05
    user: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    item: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    rating: Doubles = field(default_factory=lambda: np.zeros(0))
    factors: tuple[Doubles, Doubles] | None = None

    def recommend(self, user: Rows) -> Recommended:
        """The known item with the highest predicted rating; a random one for users who are not known."""
        random = self.rng.integers(0, self.n_items, len(user))
        if self.factors is None:
            return Recommended(item=random, predicted=np.full(len(user), np.nan))
        users, items = self.factors
        score = users[user] @ items.T
        score[:, np.isnan(items[:, 0])] = -np.inf
        is_known = ~np.isnan(users[user, 0])
        item = np.where(is_known, np.where(np.isnan(score), -np.inf, score).argmax(axis=1), random)
        return Recommended(item=item, predicted=np.where(is_known, score[np.arange(len(item)), item], np.nan))

    def learn(self, user: Rows, item: Rows, rating: Doubles) -> None:
        """Fit everything again."""
        self.user, self.item = np.append(self.user, user), np.append(self.item, item)
        self.rating = np.append(self.rating, rating)
        users = np.random.default_rng(0).normal(size=(self.n_users, self.n_features))
        users /= np.linalg.norm(users, axis=1, keepdims=True)
        items = self._solved(self.item, self.n_items, users[self.user])
        self.factors = self._solved(self.user, self.n_users, items[self.item]), items

    def _solved(self, row: Rows, n_rows: int, x: Doubles) -> Doubles:
        """(n_rows, n_features): the ridge solution of each row given its regressors; NaN without ratings."""
        from scipy.sparse import csr_array  # noqa: PLC0415, slow to import

        pick = csr_array((np.ones(len(row)), (row, np.arange(len(row)))), shape=(n_rows, len(row)))
        d = self.n_features
        outer = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        squares = np.asarray(pick @ outer).reshape(n_rows, d, d)
        count = np.bincount(row, minlength=n_rows)
        known = np.flatnonzero(count)
        left = squares[known] + (self.penalty * count[known])[:, None, None] * np.eye(d)
        right = np.asarray(pick @ (x * self.rating[:, None]))[known]
        solved = np.full((n_rows, d), np.nan)
        solved[known] = np.linalg.solve(left, right[:, :, None])[:, :, 0]
        return solved


def _waves(item: Rows) -> list[Rows]:
    """Rows with the first rating of each item, those with the second, and so on."""
    order = np.argsort(item, kind="stable")
    first = np.searchsorted(item[order], item[order])
    number = np.empty(len(item), np.int64)
    number[order] = np.arange(len(item)) - first
    by_number = np.argsort(number, kind="stable")
    return np.split(by_number, np.cumsum(np.bincount(number))[:-1])
