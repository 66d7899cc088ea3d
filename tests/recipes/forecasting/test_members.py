"""What single recipes do that the others do not."""

from dataclasses import replace

import numpy as np
import pytest

from presage.recipes.data import Training
from presage.recipes.forecasting import prophet
from presage.recipes.forecasting.arima import Arima
from presage.recipes.forecasting.mstl import Mstl, seasonal_parts
from presage.recipes.forecasting.naive import last_season, seasonal_spread
from presage.recipes.forecasting.panel import Related
from presage.recipes.forecasting.prophet import ProphetRecipe
from presage.recipes.forecasting.smoothing import Smoothing
from presage.recipes.forecasting.trees.model import between
from presage.recipes.forecasting.trees.recipe import LightGbm

from .panels import panel_of, seasonal


def test_the_last_season_takes_the_latest_known_value_of_each_place():
    target = np.array([[1.0, 2, 3, 4, np.nan, 6], [np.nan, np.nan, np.nan, np.nan, np.nan, 9]])
    assert last_season(target, 3).tolist() == [[4, 2, 6], [9, 9, 9]]


def test_a_series_too_short_for_a_spread_borrows_the_others_share_of_their_level():
    target = np.array([[10.0, 12, 10, 12], [np.nan, np.nan, np.nan, 110]])
    assert seasonal_spread(target, 1).tolist() == [2.0, pytest.approx(2 / 11 * 110)]


def test_smoothing_follows_a_trend_and_a_season_without_noise():
    steps = np.arange(60)
    y = 100 + 2.0 * steps + 20 * np.sin(2 * np.pi * steps / 12)
    found = Smoothing().predict(panel_of([y[:48]], "M"), 12, (0.1, 0.9), Training())
    np.testing.assert_allclose(found.mean[0], y[48:], rtol=0.05)


def test_means_of_wild_series_stay_near_their_medians():
    rng = np.random.default_rng(0)
    wild = np.exp(np.cumsum(rng.normal(scale=0.8, size=(50, 60)), axis=1))
    found = Smoothing().fit(panel_of(wild), 18).forecast(panel_of(wild), [0.5])
    ratio = found.mean / found.quantiles[:, :, 0]
    assert ratio.min() > 1.0
    assert ratio.max() < 1.2


def test_smoothing_knows_more_of_the_next_step_than_of_later_ones():
    walk = np.cumsum(np.random.default_rng(0).normal(size=(3, 80)), axis=1)
    found = Smoothing().predict(panel_of(walk, "W"), 9, (0.1, 0.9), Training())
    width = np.diff(found.quantiles, axis=2)[:, :, 0]
    assert (width[:, 8] > 2 * width[:, 0]).all()
    assert width[:, 0].mean() == pytest.approx(2.56, rel=0.3)  # of a normal step


def test_two_seasons_are_told_apart():
    steps = np.arange(24 * 7 * 6)
    day, week = np.sin(2 * np.pi * steps / 24), np.cos(2 * np.pi * steps / 168)
    shape, ahead = seasonal_parts(5 + np.stack([day + week]), [24, 168], 24)
    np.testing.assert_allclose(shape[0, 168:-168], (day + week)[168:-168], atol=0.1)
    found = Mstl().predict(panel_of([5 + day + week], "H"), 24, (0.5,), Training())
    np.testing.assert_allclose(found.mean[0], 5 + (day + week)[:24], atol=0.4)
    assert ahead.shape == (1, 24)


def test_arima_sees_long_seasons_by_waves():
    steps = np.arange(24 * 8)
    y = 50 + 10 * np.sin(2 * np.pi * steps / 24) + np.random.default_rng(0).normal(size=len(steps))
    found = Arima().predict(panel_of([y], "H"), 24, (0.5,), Training())
    np.testing.assert_allclose(found.mean[0], 50 + 10 * np.sin(2 * np.pi * steps[:24] / 24), atol=3)


def test_levels_between_learned_ones_lie_on_a_normal_distribution():
    normal = np.array([[[-1.2815515, 0.0, 1.2815515]]])
    found = between(normal, (0.1, 0.5, 0.9), (0.25, 0.5, 0.99))
    np.testing.assert_allclose(found[0, 0], [-0.6744898, 0, 2.3263479], atol=1e-6)


def priced(n_series=8, n_steps=60, n_ahead=4):
    """Sales that fall by half where the price is high."""
    rng = np.random.default_rng(0)
    price = (rng.uniform(size=(n_series, n_steps + n_ahead)) < 0.4).astype(np.float32)
    sales = 100 * np.where(price > 0, 0.5, 1.0) * rng.uniform(0.95, 1.05, price.shape)
    panel = panel_of(sales[:, :n_steps], "W", n_ahead=n_ahead)
    known = replace(panel, related={"price": Related(values=price, is_known_ahead=True)})
    return panel, known, sales[:, n_steps:]


@pytest.mark.parametrize("recipe", [LightGbm(n_trees=40, learning_rate=0.15), ProphetRecipe()])
def test_what_is_known_ahead_halves_the_error(recipe):
    panel, known, actual = priced()
    if isinstance(recipe, ProphetRecipe):
        some = np.arange(2)
        panel, known, actual = panel.take(some), known.take(some), actual[some]
    with_price, without = (
        np.abs(recipe.fit(one, 4).forecast(one, (0.5,)).mean - actual).mean() for one in (known, panel)
    )
    assert with_price < 0.5 * without


def test_intermittent_series_are_learned_as_ratios_with_an_honest_mean():
    counts = np.random.default_rng(0).poisson(0.4, (200, 48)).astype(float)
    model = LightGbm(n_trees=40).fit(panel_of(counts, "M"), 6)
    found = model.forecast(panel_of(counts, "M"), (0.3, 0.9))
    assert model.is_ratio
    assert found.mean.mean() == pytest.approx(0.4, rel=0.25)
    assert found.quantiles[:, :, 0].mean() < 0.2


def test_without_its_library_prophet_says_what_to_install(monkeypatch):
    monkeypatch.setattr(prophet, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"presage\[prophet\]"):
        ProphetRecipe().fit(panel_of(seasonal(1)), 3)
