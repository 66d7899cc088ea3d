"""What trees learn the distance from, checked against a loop over series and steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.recipes.forecasting.smoothing import Smoothing
from presage.recipes.forecasting.trees.features import LONG, N_CYCLES, base_at, rows_at, scaled
from presage.recipes.forecasting.trees.recipe import LightGbm

from .panels import panel_of, seasonal


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


@pytest.mark.parametrize("base", ["latest", "season", "smoothing"])
def test_a_base_needs_no_history(base):
    np.testing.assert_array_equal(base_at(np.zeros((2, 0)), 7, 3, base), np.zeros((2, 3)))


def test_the_base_of_smoothing_is_what_it_forecasts_from_the_origin():
    panel = panel_of(seasonal(5, 60), "M")
    place = scaled(panel.target[:, :48], 12, is_ratio=False)
    base = rows_at(panel, 48, 6, place, "smoothing")[1]
    alone = Smoothing().fit(panel, 6).forecast(panel.until(48), (0.5,)).quantiles[:, :, 0]
    np.testing.assert_allclose(base * place.scale[:, None] + place.base[:, None], alone)


def test_series_too_short_to_be_smoothed_go_on_from_their_season():
    panel = panel_of(seasonal(2, 10), "M")
    place = scaled(panel.target[:, :4], 12, is_ratio=False)
    bases = [rows_at(panel, 4, 6, place, kind)[1] for kind in ("smoothing", "season")]
    np.testing.assert_array_equal(*bases)
