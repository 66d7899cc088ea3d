import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from presage.demo.offering import adjust, worth
from presage.worlds.offers import FIVE_OFFERS, NO_OFFER

positive = st.floats(0.01, 1.0)


@given(arrays(np.float64, (3, 4), elements=positive), arrays(np.float64, 4, elements=positive))
def test_adjusted_scores_of_every_shopper_sum_to_one(weights, multipliers):
    scores = weights / weights.sum(axis=1, keepdims=True)
    adjusted = adjust(scores, multipliers)
    assert adjusted.sum(axis=1) == pytest.approx(np.ones(3))
    assert (adjusted.argmax(axis=1) == (scores * multipliers).argmax(axis=1)).all()


@given(arrays(np.float64, (2, 3), elements=positive), st.floats(0.1, 5.0))
def test_equal_multipliers_change_nothing(weights, multiplier):
    scores = weights / weights.sum(axis=1, keepdims=True)
    assert adjust(scores, np.full(3, multiplier)) == pytest.approx(scores)


def test_an_offer_is_worth_what_its_discount_leaves_of_the_margin():
    assert worth((NO_OFFER, *FIVE_OFFERS), margin=0.4) == pytest.approx([1, 0.875, 0.75, 0.625, 0.5, 0.375])
