"""A small world for tests: three actions, of which the context says which is best."""

import numpy as np

from presage.recipes import BANDITS
from presage.recipes.bandits.data import Rounds
from presage.recipes.bandits.policy import begin

N_ACTIONS, N_CONTEXT = 3, 2
QUICK = {"presage-reward-model": {"n_trees": 5}, "presage-uplift": {"n_trees": 5}}
"""Settings that make a policy quick to test."""


def policy(name, **settings):
    return begin(BANDITS, name, N_CONTEXT, N_ACTIONS, **QUICK.get(name, {}) | settings)


def rounds_of(user, context=None, n_actions=N_ACTIONS):
    """Rounds with one-hot actions."""
    user = np.asarray(user)
    context = np.zeros((len(user), N_CONTEXT)) if context is None else np.asarray(context, float)
    return Rounds(user=user, context=context, action=np.arange(n_actions), features=np.eye(n_actions))


def asked(n, seed):
    """n rounds of 20 users; a user's context is the same each time, so that policies of rows can learn it too."""
    rng = np.random.default_rng(seed)
    user = rng.integers(0, 20, n)
    angle = 2 * np.pi * user / 20
    return rounds_of(user, np.stack([np.cos(angle), np.sin(angle)], axis=1)), rng


def chance(rounds):
    """(n_rounds, n_actions), in (0, 1): the truth, of each action."""
    way = 2 * np.pi * np.arange(N_ACTIONS) / N_ACTIONS
    return 0.5 + 0.4 * rounds.context @ np.stack([np.cos(way), np.sin(way)])


def play(chosen, n_batches=40, batch=25, seed=0):
    """Rewards of 0 and 1 until a policy has learned; the last batch's mean of what each choice was worth."""
    mean = 0.0
    for number in range(n_batches):
        rounds, rng = asked(batch, seed * 1_000 + number)
        choices = chosen.choose(rounds, rng)
        worth = chance(rounds)[np.arange(batch), choices.place]
        chosen.learn(rounds.seen(choices.place, (rng.random(batch) < worth).astype(float)))
        if number % 10 == 9:
            chosen.refit()
        mean = float(worth.mean())
    return mean
