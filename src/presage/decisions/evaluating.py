"""What a policy would have earned, by two estimators that share nothing but the log: `evaluate`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from presage.metrics.off_policy import (
    Estimate,
    Rows,
    cross_fitted,
    doubly_robust,
    importance,
    interval,
    snips,
)
from presage.recipes import BANDITS
from presage.recipes.bandits.data import Rounds, Seen
from presage.recipes.bandits.pairs import MOST
from presage.recipes.bandits.policy import begin

Doubles = NDArray[np.floating]
LEAST_ROUNDS = 2
"""Fewer rewards have no scatter to tell an interval from."""
N_FOLDS, AT_ONCE = 3, 10_000


@dataclass(frozen=True, kw_only=True)
class Logged:
    """Rewarded decisions.

    Parameters
    ----------
    context : (n_rounds, n_context), in any unit
    n_actions : actions are numbered from 0
    action : (n_rounds,), what was done
    propensity : (n_rounds,), how likely that was, in (0, 1]
    reward : (n_rounds,), what it earned
    """

    context: Doubles
    n_actions: int
    action: Rows
    propensity: Doubles
    reward: Doubles

    def __len__(self) -> int:
        return len(self.reward)


@dataclass(frozen=True, kw_only=True)
class Value:
    """What a policy earns per decision, in the unit of the reward.

    Parameters
    ----------
    snips : self-normalised inverse propensity scoring: from what was tried alone
    doubly_robust : what a model foresees, corrected by what was tried
    effective : so many decisions of the policy itself would tell as much as the weighted ones
    """

    snips: Estimate
    doubly_robust: Estimate
    effective: float


def own_value(reward: Doubles, level: float = 0.95) -> Value | None:
    """Of the policy that decided, from what it earned; None of fewer than two decisions."""
    if len(reward) < LEAST_ROUNDS:
        return None
    own = interval(reward, level)
    return Value(snips=own, doubly_robust=own, effective=float(len(reward)))


def evaluate(logged: Logged, target: Doubles, foreseen: Doubles, level: float = 0.95) -> Value | None:
    """Of another policy; None if nothing that it would do was done, or of fewer than two decisions.

    Parameters
    ----------
    target : (n_rounds, n_actions), its probabilities
    foreseen : as `foresee` gives it

    Raises ValueError if a propensity or a target is no probability.
    """
    row = np.arange(len(logged))
    weight = importance(target[row, logged.action], logged.propensity)
    if len(logged) < LEAST_ROUNDS or not weight.any():
        return None
    expected = np.einsum("ra,ra->r", target, foreseen)
    robust = doubly_robust(weight, logged.reward, foreseen[row, logged.action], expected)
    return Value(
        snips=interval(snips(weight, logged.reward), level),
        doubly_robust=interval(robust, level),
        effective=float(weight.sum() ** 2 / (weight @ weight)),
    )


def foresee(logged: Logged) -> Doubles:
    """(n_rounds, n_actions): the reward of each action, by ridge regressions that have not seen the round.

    The regression knows each action by itself and with each number of the context; with these alone where
    there are too many actions for that.
    """
    spread = logged.context.std(axis=0)
    context = (logged.context - logged.context.mean(axis=0)) / np.where(spread > 0, spread, 1)
    if (1 + logged.n_actions) * (1 + context.shape[1]) > MOST:
        context = context[:, :0]
    return cross_fitted(partial(_fitted, logged, context), len(logged), N_FOLDS, np.random.default_rng(0))


def _fitted(logged: Logged, context: Doubles, rows: Rows) -> Callable[[Rows], Doubles]:
    """A regression on some of the rounds: it foresees the rewards of every action in others."""
    usual, sd = logged.reward[rows].mean(), logged.reward[rows].std() or 1.0
    width, features = context.shape[1], np.eye(logged.n_actions)
    model = begin(BANDITS, "presage-greedy", width, logged.n_actions, noise_sd=sd, prior_sd=sd)
    for some in _parts(rows):
        action = logged.action[some]
        seen = Seen(
            user=np.zeros(len(some), int),
            context=context[some],
            action=action,
            features=features[action],
            reward=logged.reward[some] - usual,
        )
        model.learn(seen)

    def predict(asked: Rows) -> Doubles:
        parts = [_rounds(context[some], features) for some in _parts(asked)]
        return usual + np.concatenate([model.expected(part) for part in parts])

    return predict


def _rounds(context: Doubles, features: Doubles) -> Rounds:
    """Rounds in which every action is open."""
    user, action = np.zeros(len(context), int), np.arange(len(features))
    return Rounds(user=user, context=context, action=action, features=features)


def _parts(rows: Rows) -> list[Rows]:
    """So many rows at a time that their products fit into memory."""
    return [rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]
