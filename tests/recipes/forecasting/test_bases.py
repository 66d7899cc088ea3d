"""What trees learn the distance from, checked against a loop over series and steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.recipes.forecasting.trees.features import LONG, N_CYCLES, base_at
from presage.recipes.forecasting.trees.recipe import LightGbm

from .panels import panel_of


def by_definition(values, season, step, kind):
    """The base of one series and one step ahead."""
    latest = [one for one in values[-season:] if np.isfinite(one)]
    level = sum(latest) / len(latest) if latest else 0.0
    n_cycles = min(1 if season >= LONG else N_CYCLES, len(values) // season)
    if kind == "latest" or season == 1 or not n_cycles:
        return level
    apart = []
    for number in range(1, n_cycles + 1):
        begin = len(values) - number * season
        cycle = [one for one in values[begin : begin + season] if np.isfinite(one)]
        one = values[begin + step % season]
        if np.isfinite(one):
            apart.append(one - sum(cycle) / len(cycle))
    return level + (sum(apart) / len(apart) if apart else 0.0)


@given(
    st.lists(st.one_of(st.floats(-9, 9), st.just(np.nan)), min_size=1, max_size=60),
    st.sampled_from([1, 4, 7, 24]),
    st.sampled_from(["latest", "season"]),
)
def test_bases_equal_their_definition(values, season, kind):
    found = base_at(np.array([values, values[::-1]]), season, 9, kind)
    expected = [
        [by_definition(one, season, step, kind) for step in range(9)] for one in (values, values[::-1])
    ]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_from_the_last_season_trees_go_on_with_a_trend_that_they_never_saw():
    steps = np.arange(120)
    target = 10 * (1 + np.arange(12))[:, None] + 0.5 * steps + 5 * np.sin(2 * np.pi * steps / 12)
    actual = (10 * (1 + np.arange(12))[:, None] + 0.5 * np.arange(108, 120)) + 5 * np.sin(
        2 * np.pi * np.arange(108, 120) / 12
    )
    panel = panel_of(target[:, :108], "M")

    def error(base):
        model = LightGbm(n_trees=40, learning_rate=0.15, base=base).fit(panel, 12)
        return np.abs(model.forecast(panel, (0.5,)).quantiles[:, :, 0] - actual).mean()

    assert error("season") < 0.5 * error("level")


@pytest.mark.parametrize("base", ["latest", "season"])
def test_a_base_needs_no_history(base):
    np.testing.assert_array_equal(base_at(np.zeros((2, 0)), 7, 3, base), np.zeros((2, 3)))
