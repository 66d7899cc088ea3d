"""From what is believed to what is tried: the probability of each action; what has none is never drawn."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from ..settings import setting
from .data import Doubles, Foresight, Rounds

APART = 32
"""Worlds that are dealt out to rounds where each round is to see one."""


class Exploring(ABC):
    """Says what is preferred; in `epsilon` of the rounds every open action has the same chance instead.

    With it every action has at least the probability epsilon / n_actions, so that any other policy can be
    judged from what was tried.
    """

    epsilon: float

    @abstractmethod
    def preferred(self, belief: Foresight, rounds: Rounds) -> Doubles:
        """(n_rounds, n_actions), each row sums to 1: what would be done without `epsilon`."""

    def probabilities(self, belief: Foresight, rounds: Rounds, rng: np.random.Generator) -> Doubles:  # noqa: ARG002
        """(n_rounds, n_actions), each row sums to 1."""
        return mixed(self.preferred(belief, rounds), self.epsilon)

    def seen_as(self, belief: Foresight, rounds: Rounds, rng: np.random.Generator) -> Doubles:  # noqa: ARG002
        """(n_rounds, n_actions): scores of which the highest is preferred."""
        return belief.expected(rounds)


@dataclass(frozen=True, kw_only=True)
class Greedily(Exploring):
    """Take what is expected to earn most; equals share.

    Parameters
    ----------
    epsilon : the part of the rounds in which every open action has the same chance
    """

    epsilon: float = setting(0.1, low=0.0, high=1.0, tunable=True)

    def preferred(self, belief: Foresight, rounds: Rounds) -> Doubles:
        """The highest expectation."""
        return best(belief.expected(rounds))


@dataclass(frozen=True, kw_only=True)
class UpperBound(Exploring):
    """Take the action that could earn most: what is expected, and so many standard deviations.

    Parameters
    ----------
    width : standard deviations of the belief
    epsilon : the part of the rounds in which every open action has the same chance; 0 leaves no other policy
        to be judged from what was tried
    """

    width: float = setting(1.0, low=0.0, high=100.0, tunable=True)
    epsilon: float = setting(0.0, low=0.0, high=1.0)

    def preferred(self, belief: Foresight, rounds: Rounds) -> Doubles:
        """The highest upper bound."""
        return best(self._bound(belief, rounds))

    def seen_as(self, belief: Foresight, rounds: Rounds, rng: np.random.Generator) -> Doubles:  # noqa: ARG002
        """(n_rounds, n_actions): upper bounds."""
        return self._bound(belief, rounds)

    def _bound(self, belief: Foresight, rounds: Rounds) -> Doubles:
        return belief.expected(rounds) + self.width * belief.spread(rounds)


@dataclass(frozen=True, kw_only=True)
class Elimination(Exploring):
    """Take any action with equal chance that may still be the best.

    That is one whose upper bound reaches the highest of the lower bounds.

    Parameters
    ----------
    width : standard deviations of the belief between expectation and either bound
    lowest, highest : rewards that cannot be fallen short of or exceeded; bounds are cut there
    epsilon : the part of the rounds in which every open action has the same chance
    """

    width: float = setting(1.0, low=0.0, high=100.0, tunable=True)
    lowest: float = setting(-1e9, low=-1e9, high=1e9)
    highest: float = setting(1e9, low=-1e9, high=1e9)
    epsilon: float = setting(0.01, low=0.0, high=1.0)

    def preferred(self, belief: Foresight, rounds: Rounds) -> Doubles:
        """Equal shares of all that are in the race."""
        expected, margin = belief.expected(rounds), self.width * belief.spread(rounds)
        lower, upper = (np.clip(expected + side * margin, self.lowest, self.highest) for side in (-1, 1))
        may_be_best = upper >= lower.max(axis=1, keepdims=True)
        return may_be_best / may_be_best.sum(axis=1, keepdims=True)


@dataclass(frozen=True, kw_only=True)
class Thompson:
    """Take each action as often as it is the best of a world drawn from the belief.

    How often is counted over draws; the action is then drawn from these frequencies. So its propensity is
    exact, given the draws, and nothing is drawn whose probability is 0.
    Source: Thompson, Biometrika 25 (1933); Russo et al., A Tutorial on Thompson Sampling, 2018.

    Parameters
    ----------
    n_draws : worlds drawn a round
    epsilon : the part of the rounds in which every open action has the same chance, as of `Exploring`
    """

    n_draws: int = setting(100, low=1, high=10_000)
    epsilon: float = setting(0.01, low=0.0, high=1.0)

    def probabilities(self, belief: Foresight, rounds: Rounds, rng: np.random.Generator) -> Doubles:
        """(n_rounds, n_actions), each row sums to 1."""
        share = np.zeros((rounds.n_rounds, rounds.n_actions))
        for drawn in belief.draws(rounds, self.n_draws, rng):
            top = drawn.argmax(axis=2)  # (n_block, n_rounds)
            is_equal = drawn.min(axis=2) == drawn.max(axis=2)
            _, which = np.nonzero(~is_equal)
            np.add.at(share, (which, top[~is_equal]), 1)
            share += is_equal.sum(axis=0)[:, None] / rounds.n_actions
        return mixed(share / self.n_draws, self.epsilon)

    def seen_as(self, belief: Foresight, rounds: Rounds, rng: np.random.Generator) -> Doubles:
        """(n_rounds, n_actions): each round as one of `APART` worlds drawn from the belief."""
        drawn = np.concatenate(list(belief.draws(rounds, APART, rng)))
        every = np.arange(rounds.n_rounds)
        return drawn[every % APART, every]


def best(score: Doubles) -> Doubles:
    """(n_rounds, n_actions): the highest score of each row has probability 1; equals share it."""
    is_best = score == score.max(axis=1, keepdims=True)
    return is_best / is_best.sum(axis=1, keepdims=True)


def mixed(probability: Doubles, epsilon: float) -> Doubles:
    """Each row, and in `epsilon` of the rounds every action with the same chance."""
    return (1 - epsilon) * probability + epsilon / probability.shape[1]
