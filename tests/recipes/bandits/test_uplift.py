"""A deeper discount never makes a purchase less likely, whatever was seen; and sure buyers get none."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.recipes import BANDITS
from presage.recipes.bandits.data import Rounds
from presage.recipes.bandits.policy import begin

DEPTHS = (0.0, 0.1, 0.2, 0.4)
FEATURES = np.array([[float(depth > 0), depth] for depth in DEPTHS])
"""No offer, then offers of one type, deeper and deeper."""


def rounds_of(context):
    n = len(context)
    return Rounds(user=np.arange(n), context=context, action=np.arange(4), features=FEATURES)


def learned(chance, n=3_000, seed=0, value=(10.0, 9.0, 8.0, 6.0)):
    """A policy that has seen offers given by chance; `chance` of (context, place) is that of a purchase."""
    rng = np.random.default_rng(seed)
    policy = begin(BANDITS, "presage-uplift", 2, 2, n_models=3, n_trees=40)
    rounds, place = rounds_of(rng.uniform(-1, 1, (n, 2))), rng.integers(0, 4, n)
    bought = rng.random(n) < chance(rounds.context, place)
    policy.learn(rounds.seen(place, bought * np.array(value)[place]))
    policy.refit()
    return policy


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1_000))
def test_a_deeper_discount_never_makes_a_purchase_less_likely(seed):
    rng = np.random.default_rng(seed)
    table = rng.random((4, 4))  # any truth at all, most of them not monotone
    policy = learned(lambda context, place: table[place, (2 * context[:, 0] + 2).astype(int)], 800, seed)
    chances = policy.believed.chances(rounds_of(rng.uniform(-2, 2, (200, 2))))
    assert np.all(np.diff(chances[:, 1:], axis=1) >= -1e-12)
    assert np.ptp(chances) > 0.05  # it has learned something


def test_an_offer_goes_to_whom_it_changes():
    def chance(context, place):
        sure, moved = context[:, 0] > 0.5, np.abs(context[:, 0]) <= 0.5
        return np.where(sure, 0.95, np.where(moved, 0.1 + 0.8 * (place >= 2), 0.05))

    policy = learned(chance)
    sure, moved, lost = policy.expected(rounds_of(np.array([[0.8, 0.0], [0.0, 0.0], [-0.8, 0.0]])))
    assert sure.argmax() == 0
    assert moved.argmax() == 2  # as deep as it must be, and no deeper
    assert np.ptp(lost) < 1
    assert abs(moved[2] - moved[0] - (0.9 * 8 - 0.1 * 10)) < 1
