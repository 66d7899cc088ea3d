"""Members' distributions mixed into one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.recipes.forecasting.auto.backtest import LEVELS
from presage.recipes.forecasting.auto.pool import GRID, mixed, mixture_weights
from presage.recipes.forecasting.naive import normal

VALUE = st.floats(-1e6, 1e6)


@given(
    st.lists(st.lists(VALUE, min_size=len(GRID), max_size=len(GRID)), min_size=1, max_size=4),
    st.integers(0, 3),
)
def test_a_mixture_of_which_one_member_is_all_is_that_member(members, place):
    quantiles = np.sort(np.array(members))[:, None, None]
    weight = np.zeros((1, len(members)))
    weight[0, place % len(members)] = 1.0
    assert mixed(quantiles, weight, GRID)[0, 0].tolist() == quantiles[place % len(members), 0, 0].tolist()


@given(
    st.lists(st.lists(VALUE, min_size=len(GRID), max_size=len(GRID)), min_size=2, max_size=4),
    st.lists(st.floats(0.01, 1), min_size=4, max_size=4),
)
def test_quantiles_of_a_mixture_rise_and_lie_between_those_of_its_members(members, weights):
    quantiles = np.sort(np.array(members))[:, None, None]
    weight = np.array(weights[: len(members)])[None]
    found = mixed(quantiles, weight / weight.sum(), GRID)[0, 0]
    assert (np.diff(found) >= 0).all()
    assert (found >= quantiles[:, 0, 0].min(axis=0)).all()
    assert (found <= quantiles[:, 0, 0].max(axis=0)).all()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_the_best_weights_are_the_shares_of_what_came(share):
    """Two distributions, of which what came has been drawn, and one that is far off."""
    rng = np.random.default_rng(0)
    shape = (4000, 2)
    centre = np.where(rng.random(shape) < share, 0.0, 10.0)
    members = [
        normal(np.full(shape, place), np.full(shape, 1.0), LEVELS).quantiles for place in (0.0, 10.0, 90.0)
    ]
    found = mixture_weights(np.stack(members), centre + rng.normal(size=shape), np.ones(shape))
    np.testing.assert_allclose(found, [share, 1 - share, 0], atol=0.02)
