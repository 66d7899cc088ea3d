"""What every forecasting recipe promises; a new one is tested here by standing in `FORECASTING`."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from presage.recipes import FORECASTING, load_forecast_model
from presage.recipes.data import Training
from presage.recipes.forecasting.panel import Panel

from .panels import awkward, panel_of, seasonal

HORIZON = 9
LEVELS = (0.05, 0.1, 0.5, 0.9)
QUICK = {
    "CNN-QR": {"epochs": 8},
    "presage-deep-ensemble": {"epochs": 4, "n_networks": 2},
    "Deep_AR_Plus": {"epochs": 8, "least_observations": 0},
}
"""Settings of recipes that learn long."""


def recipe_of(name):
    return FORECASTING[name](**QUICK.get(name, {}))


@cache
def fitted(name):
    return recipe_of(name).fit(awkward(), HORIZON, Training(seed=3))


@cache
def forecast(name):
    return fitted(name).forecast(awkward(), LEVELS, Training(seed=3))


def same(one, other, **how):
    np.testing.assert_allclose(one.quantiles, other.quantiles, **how)
    np.testing.assert_allclose(one.mean, other.mean, **how)


@pytest.mark.parametrize("name", FORECASTING)
class TestEveryForecastingRecipe:
    def test_every_series_has_finite_quantiles_in_order_and_none_below_0(self, name):
        found = forecast(name)
        assert found.quantiles.shape == (10, HORIZON, len(LEVELS))
        assert found.mean.shape == (10, HORIZON)
        assert np.isfinite(found.quantiles).all()
        assert np.isfinite(found.mean).all()
        assert (np.diff(found.quantiles, axis=2) >= 0).all()
        assert (found.quantiles >= 0).all()
        assert (found.mean >= 0).all()

    def test_series_are_forecast_about_as_high_as_they_were(self, name):
        mean = forecast(name).mean.mean(axis=1)
        for row in (0, 1, 2, 3, 4, 7):
            level = np.nanmean(awkward().target[row])
            assert 0.5 * level < mean[row] < 2 * level

    def test_a_series_without_history_is_forecast_within_what_the_others_were(self, name):
        assert 0 < forecast(name).mean[9].mean() < np.nanmax(awkward().target)

    def test_the_same_seed_gives_the_same_model_which_survives_the_disk(self, name):
        arrays, meta = recipe_of(name).fit(awkward(), HORIZON, Training(seed=3)).state()
        loaded = load_forecast_model(arrays, json.loads(json.dumps(meta)))
        same(loaded.forecast(awkward(), LEVELS, Training(seed=3)), forecast(name), rtol=1e-12)

    def test_permuted_series_have_permuted_forecasts(self, name):
        order = np.random.default_rng(0).permutation(10)
        panel = awkward().take(order)
        model = recipe_of(name).fit(panel, HORIZON, Training(seed=3))
        found = model.forecast(panel, LEVELS, Training(seed=3))
        np.testing.assert_allclose(found.quantiles, forecast(name).quantiles[order], rtol=1e-6, atol=1e-6)

    def test_a_horizon_of_1_and_a_single_level(self, name):
        panel = panel_of(seasonal(3, 40))
        found = recipe_of(name).fit(panel, 1).forecast(panel, [0.5])
        assert found.quantiles.shape == (3, 1, 1)
        assert np.isfinite(found.quantiles).all()

    def test_series_below_0_may_stay_below_0(self, name):
        panel = panel_of(seasonal(3, 40) - 500)
        found = recipe_of(name).fit(panel, 3).forecast(panel, [0.5])
        assert (found.quantiles < 0).all()

    def test_a_panel_without_any_value_is_forecast_as_0(self, name):
        panel = panel_of(np.full((2, 12), np.nan))
        found = recipe_of(name).fit(panel, 3).forecast(panel, [0.1, 0.9])
        assert (found.quantiles == 0).all()

    def test_a_later_panel_is_forecast_with_the_same_model(self, name):
        earlier = awkward()
        model = recipe_of(name).fit(earlier.until(35), HORIZON, Training(seed=3))
        found = model.forecast(earlier, LEVELS)
        assert np.isfinite(found.quantiles).all()

    def test_a_deadline_that_has_passed_still_leaves_a_forecast(self, name):
        over = Training(deadline=0.0)
        model = recipe_of(name).fit(awkward(), HORIZON, over)
        assert np.isfinite(model.forecast(awkward(), LEVELS, over).quantiles).all()


def test_a_model_that_is_not_known_is_named():
    with pytest.raises(ValueError, match="nobody"):
        load_forecast_model({}, {"model": "nobody"})


def test_a_cold_series_borrows_from_those_that_share_its_attributes():
    panel = awkward()
    target = np.repeat(np.arange(1.0, 13)[:, None], 20, axis=1) * np.where(np.arange(12) % 2, 1, 100)[:, None]
    target[11] = np.nan
    code = np.arange(12, dtype=np.int32) % 2
    like = replace(panel.attributes["brand"], code=code, n_values=2)
    panel = Panel(target=target, first=panel.first, frequency=panel.frequency, attributes={"brand": like})
    found = FORECASTING["presage-seasonal-naive"]().fit(panel, 2).forecast(panel, [0.9])
    assert found.quantiles[11].max() <= 12
    assert found.quantiles[11].min() >= 1
