"""Weights for every product of a context's number and an action's: one regression that knows both.

With 1 before each, x = (1, features) times (1, context): what an action earns at all, what a context earns
at all, and what they earn together. Actions told apart by one-hot features have weights of their own beside
the shared ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from .data import Doubles, Rounds, Seen, blocks

MOST = 2_000
"""Weights a regression may have: its matrices grow with the square."""


@dataclass(frozen=True, kw_only=True)
class Normal:
    """A normal distribution of weights.

    Parameters
    ----------
    mean : (p,)
    root : (p, p), lower triangular, whose product with its transpose is the precision
    """

    mean: Doubles
    root: Doubles

    @classmethod
    def of(cls, precision: Doubles, weighted: Doubles) -> Self:
        """From the precision, (p, p), and the precision times the mean, (p,)."""
        root = np.linalg.cholesky(precision)
        return cls(mean=np.linalg.solve(root.T, np.linalg.solve(root, weighted)), root=root)

    @cached_property
    def covariance(self) -> Doubles:
        """(p, p)."""
        inverse_root = np.linalg.inv(self.root)
        return inverse_root.T @ inverse_root

    def draw(self, n: int, rng: np.random.Generator) -> Doubles:
        """(n, p): so many draws."""
        return self.mean + np.linalg.solve(self.root.T, rng.normal(size=(len(self.mean), n))).T


def prior(n_context: int, n_features: int, sd: float) -> tuple[Doubles, Doubles]:
    """Precision (p, p) and weighted mean (p,) of weights about 0.

    Raises ValueError if there would be too many.
    """
    p = (1 + n_features) * (1 + n_context)
    if p > MOST:
        raise ValueError(
            f"{n_features} features by {n_context} context numbers make {p:,} weights; at most {MOST:,} "
            "can be learned: describe actions by fewer features; presage-bayesian-factors knows many"
        )
    return np.eye(p) / sd**2, np.zeros(p)


def pairs_of(seen: Seen) -> Doubles:
    """(n, p): the products of each row."""
    action, context = with_one(seen.features), with_one(seen.context)
    products = action[:, :, None] * context[:, None, :]
    return products.reshape(len(action), action.shape[1] * context.shape[1])


def score(rounds: Rounds, weights: Doubles) -> Doubles:
    """(..., n_rounds, n_actions): the weighted sum of the products, for each of the weights, (..., p)."""
    action, context = with_one(rounds.features), with_one(rounds.context)
    table = weights.reshape(*weights.shape[:-1], action.shape[1], context.shape[1])
    return context @ (action @ table).swapaxes(-1, -2)


def spread(rounds: Rounds, covariance: Doubles) -> Doubles:
    """(n_rounds, n_actions): the standard deviation of the weighted sum, without writing out the products."""
    action, context = with_one(rounds.features), with_one(rounds.context)
    k, d = action.shape[1], context.shape[1]
    by_action = np.einsum("ak,kdle,al->ade", action, covariance.reshape(k, d, k, d), action, optimize=True)
    both = (context[:, :, None] * context[:, None, :]).reshape(len(context), d * d)
    return np.sqrt(np.maximum(both @ by_action.reshape(len(action), -1).T, 0))


def draw_scores(
    rounds: Rounds, mean: Doubles, covariance: Doubles, n: int, rng: np.random.Generator
) -> Iterator[Doubles]:
    """So many draws of the weighted sums, in blocks of `blocks`, each (n_block, n_rounds, n_actions).

    As if the weights were drawn, which takes longer where sums are fewer than weights: the sums are jointly
    normal, too.

    Parameters
    ----------
    mean, covariance : (p,), (p, p), of the weights
    """
    shape = (rounds.n_rounds, rounds.n_actions)
    action, context = with_one(rounds.features), with_one(rounds.context)
    x = (action[None, :, :, None] * context[:, None, None, :]).reshape(shape[0] * shape[1], len(mean))
    value, vector = np.linalg.eigh(x @ covariance @ x.T)
    root = vector * np.sqrt(np.maximum(value, 0))
    for size in blocks(rounds, n):
        yield (x @ mean + rng.normal(size=(size, len(x))) @ root.T).reshape(size, *shape)


def inverse(precision: Doubles) -> Doubles:
    """(p, p): of a symmetric positive matrix, and as symmetric."""
    found = np.linalg.inv(precision)
    return (found + found.T) / 2


def with_one(array: Doubles) -> Doubles:
    """The rows, each with a 1 before."""
    return np.concatenate([np.ones((len(array), 1)), array], axis=1)
