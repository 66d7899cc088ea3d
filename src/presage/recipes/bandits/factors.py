"""Users and items that learn from each other: `presage-bayesian-factors`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from ..data import State
from ..settings import setting
from .data import Doubles, Rounds, Rows, Seen, blocks
from .exploring import Thompson
from .sides import Cells, Side, Told, joined

ENOUGH = 30
"""Rewards from which their variance is estimated."""
SWEEPS_AT_FIRST, SWEEPS = 10, 2
PARTS = ("mean", "covariance", "variance")
CELL = ("user", "item", "count", "total")


@dataclass(frozen=True, kw_only=True)
class Factored(Thompson):
    """What is believed of users, items and their rewards before the first.

    Parameters
    ----------
    n_factors : of each user and item
    noise_sd : of a reward round its expectation; 0 = estimated at every refit
    personal_share : of the rewards' variance, as it is believed before the first: what factors explain
    exploration : the belief's standard deviations are multiplied by it: 1 is Thompson sampling, 0 is greedy
    seed : of the factors from which learning starts
    """

    refits_long: ClassVar[bool] = True
    """A refit takes so long that it deserves a process of its own."""
    n_factors: int = setting(10, low=1, high=100, tunable=True)
    noise_sd: float = setting(0.0, low=0.0, high=1e6)
    personal_share: float = setting(0.15, low=0.001, high=0.999, tunable=True)
    exploration: float = setting(1.0, low=0.0, high=10.0, tunable=True)
    seed: int = setting(0, low=0, high=2**31 - 1)


@dataclass(frozen=True, kw_only=True)
class BayesianFactors(Factored):
    """Draw the reward of every pair of user and item from the belief, take the item with the highest.

    The belief is normal: main effects of users and items, and factors of both whose dot product is what is
    personal. Each reward counts once, with its real noise.
    """

    def belief(self, n_context: int, n_features: int) -> "FactorBelief":  # noqa: ARG002
        """Nobody known; rewards about 0, with a variance of 1."""
        return FactorBelief.of(self)


@dataclass(kw_only=True)
class FactorBelief:
    """Two sides, and the rewards they were learned from.

    `learn` updates the users and items it is told of; `refit` finds all of them again from all rewards.

    Parameters
    ----------
    user, item : the two sides
    cells : the rewards, by pair
    since : those since the last refit, as they were told
    level : the common mean of rewards
    noise : the variance of a reward round its expectation
    n, total, square : of all rewards: how many, their sum, the sum of their squares
    is_scaled : whether the variance of rewards has been estimated, which is done once
    """

    settings: "Factored"
    user: Side
    item: Side
    cells: Cells
    level: float = 0.0
    noise: float = 1.0
    n: int = 0
    total: float = 0.0
    square: float = 0.0
    is_scaled: bool = False
    since: list[Cells] = field(default_factory=list[Cells])

    @classmethod
    def of(cls, settings: "Factored") -> Self:
        """Nobody known."""
        size = 1 + settings.n_factors
        nobody = partial(Side, mean=np.zeros((0, size)), covariance=np.zeros((0, size, size)))
        none = np.zeros(0, np.int64)
        belief = cls(
            settings=settings,
            user=nobody(variance=np.ones(size)),
            item=nobody(variance=np.ones(size)),
            cells=Cells(user=none, item=none, count=np.zeros(0), total=np.zeros(0)),
        )
        belief._scale(1.0)
        return belief

    def learn(self, seen: Seen) -> None:
        """Update the users, and then the items, of these rewards; those of strangers teach nothing."""
        known = seen.user >= 0
        reward = seen.reward[known]
        if not len(reward):
            return
        told = Cells(user=seen.user[known], item=seen.action[known], count=np.ones(len(reward)), total=reward)
        self.since.append(told)
        self.n += len(reward)
        self.total += float(reward.sum())
        self.square += float((reward**2).sum())
        self._grow(int(told.user.max()) + 1, int(told.item.max()) + 1)
        self._sweep(told, afresh=False)

    def refit(self) -> None:
        """Find both sides from all rewards, from where they stand."""
        if self.n == 0:
            return
        self.cells, self.since = joined([self.cells, *self.since]).merged(), []
        sweeps = SWEEPS
        if not self.is_scaled and self.n >= ENOUGH:
            sweeps = SWEEPS_AT_FIRST
            self._restart()
        for _ in range(sweeps):
            self.level = float((self.cells.total - self.cells.count * self._foreseen()).sum()) / self.n
            changed = self._sweep(self.cells, afresh=True)
            if not self.settings.noise_sd:
                self._estimate_noise(*changed)

    def expected(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions), in single precision: there may be many."""
        user, item = self._asked(rounds)
        mine, theirs = np.ones_like(user.mean[:, :1]), np.ones_like(item.mean[:, :1])
        left = np.concatenate([user.mean[:, 1:], user.mean[:, :1] + self.level, mine], axis=1)
        right = np.concatenate([item.mean[:, 1:], theirs, item.mean[:, :1]], axis=1)
        return _products(left, right)

    def spread(self, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions); the user's main effect is left out, which all actions have in common."""
        if self.n == 0:
            return np.zeros((rounds.n_rounds, rounds.n_actions))  # all alike: they are tried equally often
        user, item = self._asked(rounds)
        x = np.concatenate([np.ones((rounds.n_rounds, 1)), user.mean[:, 1:]], axis=1)
        left = np.concatenate([_outer(x), _packed(user.covariance[:, 1:, 1:])], axis=1)
        right = np.concatenate([_packed(item.covariance), _outer(item.mean[:, 1:])], axis=1)
        variance = _products(left, right)
        return self.settings.exploration * np.sqrt(np.maximum(variance, 0, out=variance), out=variance)

    def draws(self, rounds: Rounds, n_draws: int, rng: np.random.Generator) -> Iterator[Doubles]:
        """Every pair of user and item by itself."""
        mean, sd = self.expected(rounds), self.spread(rounds)
        for size in blocks(rounds, n_draws):
            z = rng.standard_normal((size, *mean.shape), np.float32)
            z *= sd
            z += mean
            yield z

    def _sweep(self, cells: Cells, *, afresh: bool) -> tuple[Rows, Rows]:
        how = Told(cells=cells, noise=self.noise, level=self.level, afresh=afresh)
        items = self.item.update(cells.item, self.user, cells.user, how)
        return self.user.update(cells.user, self.item, cells.item, how), items

    def _foreseen(self) -> Doubles:
        """(n_cells,): the expected reward of each, but for the level."""
        user, item = self.user.mean[self.cells.user], self.item.mean[self.cells.item]
        return user[:, 0] + item[:, 0] + np.einsum("nf,nf->n", user[:, 1:], item[:, 1:])

    def _restart(self) -> None:
        """Estimate the scale, and begin anew with it."""
        variance = self.square / self.n - (self.total / self.n) ** 2
        sizes = len(self.user.mean), len(self.item.mean)
        fresh = FactorBelief.of(self.settings)
        fresh._scale(max(variance, 1e-12))
        self.user, self.item, self.noise = fresh.user, fresh.item, fresh.noise
        self.level = self.total / self.n
        self._grow(*sizes)
        self.is_scaled = True

    def _scale(self, variance: float) -> None:
        """The prior for rewards of this variance: what is neither noise nor personal are main effects."""
        known, share = self.settings.noise_sd**2, self.settings.personal_share
        self.noise = known or 0.05 * variance
        real = max(variance - self.noise, 0.01 * variance)
        main, size = (1 - share) / 2 * real, self.settings.n_factors
        self.user.variance = np.array([main, *[1.0] * size])
        self.item.variance = np.array([main, *[share * real / size] * size])

    def _estimate_noise(self, users: Rows, items: Rows) -> None:
        """The expected squared error a reward; the start counts as so many rewards."""
        foreseen = self.level + self._foreseen()
        squares = self.square - 2 * foreseen @ self.cells.total + self.cells.count @ foreseen**2
        free = _degrees(self.user, users) + _degrees(self.item, items)
        start = 0.05 * (self.square / self.n - (self.total / self.n) ** 2)
        self.noise = float((squares + self.noise * free + ENOUGH * start) / (self.n + ENOUGH))

    def _asked(self, rounds: Rounds) -> tuple[Side, Side]:
        """The users and items of rounds, strangers as the prior has them."""
        return _rows(self.user, rounds.user), _rows(self.item, rounds.action)

    def _grow(self, n_users: int, n_items: int) -> None:
        self.user.grow(n_users, None if self.is_scaled else np.random.default_rng(self.settings.seed))
        self.item.grow(n_items, None)

    def state(self) -> State:
        """Both sides, the rewards, and the sums."""
        sides = {
            f"{name}_{part}": getattr(side, part)
            for name, side in (("user", self.user), ("item", self.item))
            for part in PARTS
        }
        told = joined([self.cells, *self.since])
        cells = {f"cell_{name}": getattr(told, name) for name in CELL}
        names = ("level", "noise", "n", "total", "square", "is_scaled")
        return sides | cells, {name: getattr(self, name) for name in names}

    def restored(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """The belief that `state` described."""
        user, item = (
            Side(**{part: arrays[f"{name}_{part}"].copy() for part in PARTS}) for name in ("user", "item")
        )
        cells = Cells(**{name: arrays[f"cell_{name}"].copy() for name in CELL})
        return replace(self, user=user, item=item, cells=cells, since=[], **meta)


def _rows(side: Side, rows: Rows) -> Side:
    """Some rows of a side; those that it does not have, and -1, as the prior has them."""
    is_known = (rows >= 0) & (rows < len(side.mean))
    mean = np.zeros((len(rows), len(side.variance)))
    covariance = np.tile(np.diag(side.variance), (len(rows), 1, 1))
    mean[is_known], covariance[is_known] = side.mean[rows[is_known]], side.covariance[rows[is_known]]
    return Side(mean=mean, covariance=covariance, variance=side.variance)


def _products(left: Doubles, right: Doubles) -> Doubles:
    """(n_left, n_right): the dot product of every two rows, in single precision."""
    return left.astype(np.float32) @ right.astype(np.float32).T


def _outer(x: Doubles) -> Doubles:
    """(n, size * (size + 1) / 2): products of every two of a row's numbers, of different ones twice."""
    i, j = np.triu_indices(x.shape[1])
    return x[:, i] * x[:, j] * np.where(i == j, 1, 2)


def _packed(matrices: Doubles) -> Doubles:
    """(n, size * (size + 1) / 2): the upper triangles."""
    i, j = np.triu_indices(matrices.shape[1])
    return matrices[:, i, j]


def _degrees(side: Side, rows: Rows) -> float:
    """How many numbers these rows have learned from rewards: all, less what the prior still says."""
    still = np.einsum("nii->ni", side.covariance[rows]) / side.variance
    return float((1 - still).sum())
