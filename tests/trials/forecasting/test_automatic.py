"""The automatic predictor: judged by weights that its judges did not teach."""

from functools import cache

import numpy as np
import pytest

from presage.recipes.data import Training
from presage.recipes.forecasting.auto import recipe as auto
from presage.recipes.forecasting.auto.recipe import Auto, window_begins
from presage.trials.forecasting.plan import PredictorPlan
from presage.trials.forecasting.predictor import train_predictor

from ...recipes.forecasting.panels import panel_of, seasonal

QUICK = {"effort": "quick"}


@pytest.fixture(autouse=True)
def enough_time(monkeypatch):
    """However busy the machine is."""
    monkeypatch.setattr(auto, "SECONDS", {"quick": 3600.0})


@cache
def trained(n_windows=2):
    plan = PredictorPlan(
        recipe="presage-auto", settings=QUICK, horizon=4, n_windows=n_windows, levels=(0.25, 0.5)
    )
    return train_predictor(panel_of(seasonal(8, 60)), plan)


def test_its_own_evaluation_comes_first_and_its_members_follow_the_best_first():
    own, *members = trained().evaluations
    assert own.recipe == "presage-auto"
    assert {one.recipe for one in members} >= {"presage-smoothing", "presage-seasonal-naive"}
    losses = [one.summary.average_wql for one in members]
    assert losses == sorted(losses)
    assert [(window.begin, window.end) for window in own.windows] == [(56, 60), (52, 56)]
    assert trained().forecasts[0].quantiles.shape == (8, 4, 2)


def test_a_single_window_is_judged_by_what_an_earlier_one_taught():
    (alone,) = trained(1).forecasts
    np.testing.assert_allclose(alone.mean, trained().forecasts[0].mean)


def backtested(target, begins=(56, 52)):
    return Auto(effort="quick").backtested(panel_of(target), 4, begins, (0.5,), Training())


def test_what_came_in_a_window_does_not_change_how_it_is_judged():
    target = seasonal(8, 60)
    before = backtested(target).held_out(0)
    target[:, 56:] = 1000 * np.random.default_rng(0).uniform(size=(8, 4))
    after = backtested(target).held_out(0)
    np.testing.assert_allclose(before.quantiles, after.quantiles)


def test_members_that_are_far_off_count_for_little():
    rng = np.random.default_rng(0)
    target = 100 + np.cumsum(rng.normal(size=(36, 60)), axis=1)  # random walks: the last season misleads
    found = Auto(effort="quick").backtested(panel_of(target), 4, (56, 52), (0.5,), Training())
    weight = dict(zip(found.members, found.combination().weights.mean(axis=0), strict=True))
    assert weight["presage-smoothing"] > 2 * weight["presage-seasonal-naive"]


def test_a_model_says_which_members_each_series_got():
    weights = trained().model.weights(panel_of(seasonal(8, 60)))
    np.testing.assert_allclose(sum(weights.values()), np.ones(8))


def test_windows_leave_two_horizons_before_them():
    assert window_begins(60, 4, 3) == [56, 52, 48]
    assert window_begins(14, 4, 3) == [10]
    assert window_begins(7, 4, 3) == []


def test_slow_members_are_left_out_where_the_time_is_short(monkeypatch):
    monkeypatch.setattr(auto, "SECONDS", {"quick": 0.0})
    assert len(backtested(seasonal(8, 60)).members) == 1


@pytest.mark.parametrize("n_steps", [1, 2, 5])
def test_histories_too_short_for_a_backtest_are_forecast_by_equal_weights(n_steps):
    panel = panel_of(seasonal(3, n_steps))
    model = Auto(effort="quick").fit(panel, 4)
    assert np.ptp(model.combination.weights) == 0
    assert np.isfinite(model.forecast(panel, [0.5]).mean).all()
