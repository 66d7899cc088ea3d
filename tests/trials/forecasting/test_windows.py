"""Backtest windows: where they are, and that nothing of them is known before."""

import numpy as np
import pytest

from presage.recipes import FORECASTING
from presage.recipes.data import Training
from presage.recipes.forecasting.panel import Forecast
from presage.trials.forecasting import predictor
from presage.trials.forecasting.plan import PredictorPlan
from presage.trials.forecasting.predictor import train_predictor
from presage.trials.forecasting.windows import backtest_windows, forecast_of, truth_of

from ...recipes.forecasting.panels import awkward, panel_of, seasonal


def test_windows_are_a_horizon_long_and_an_offset_apart_the_latest_first():
    found = [(window.begin, window.end) for window in backtest_windows(100, 5, 3, 7)]
    assert found == [(93, 98), (86, 91), (79, 84)]


@pytest.mark.parametrize(("horizon", "n_windows", "offset"), [(5, 1, 4), (5, 1, 50), (5, 5, 20)])
def test_windows_that_do_not_fit_are_refused(horizon, n_windows, offset):
    with pytest.raises(ValueError, match=f"{offset}"):
        backtest_windows(100, horizon, n_windows, offset)


class Spy:
    """Keeps the panels that it was shown."""

    def __init__(self):
        self.shown = []

    def fit(self, panel, horizon, training):
        self.horizon = horizon
        self.shown.append(panel)
        return self

    def forecast(self, panel, levels, training):
        self.shown.append(panel)
        shape = (panel.n_series, self.horizon)
        return Forecast(quantiles=np.zeros((*shape, len(levels))), mean=np.zeros(shape))


def test_a_window_is_forecast_from_what_was_known_before_it():
    panel, spy = awkward(), Spy()
    window = backtest_windows(panel.n_steps, 9, 1, 9)[0]
    forecast = forecast_of(spy, panel, window, (0.5,), Training())
    truth = truth_of(panel, window)
    assert [shown.n_steps for shown in spy.shown] == [window.begin] * 2
    assert [shown.n_ahead for shown in spy.shown] == [18] * 2
    assert 9 not in truth.rows  # it has no value in the window
    assert truth.judge(forecast, (0.5,)).accuracy.wape == 1.0


def test_a_predictor_is_judged_on_every_window_and_fitted_to_everything():
    panel = panel_of(seasonal(4, 70))
    plan = PredictorPlan(recipe="presage-seasonal-naive", horizon=7, n_windows=2)
    trained = train_predictor(panel, plan)
    (evaluation,) = trained.evaluations
    assert [(window.begin, window.end) for window in evaluation.windows] == [(63, 70), (56, 63)]
    first, forecast = trained.truths[0], trained.forecasts[0]
    np.testing.assert_allclose(forecast.mean, panel.target[:, 56:63])
    assert len(first.by_series(forecast, plan.levels)) == evaluation.windows[0].n_series == 4
    rmse = [window.accuracy.rmse for window in evaluation.windows]
    assert evaluation.summary.rmse == pytest.approx(np.mean(rmse))
    np.testing.assert_allclose(trained.model.forecast(panel, [0.5]).mean, panel.target[:, 63:])


def test_an_automatic_choice_puts_the_best_first(monkeypatch):
    few = ("NPTS", "presage-mstl", "presage-seasonal-naive", "presage-smoothing", "presage-auto")
    monkeypatch.setattr(predictor, "FORECASTING", {name: FORECASTING[name] for name in few})
    panel = panel_of(seasonal(4, 70))
    trained = train_predictor(panel, PredictorPlan(recipe=None, horizon=7, metric="RMSE"))
    found = [one.summary.rmse for one in trained.evaluations]
    assert len(found) == 4  # the ensemble is none of them
    assert found == sorted(found)
    assert {"CNN-QR", "Deep_AR_Plus"}.isdisjoint(one.recipe for one in trained.evaluations)


def test_a_choice_among_very_many_series_leaves_slow_recipes_out():
    assert set(predictor.candidates(10)) - set(predictor.candidates(100_000)) >= {"ARIMA", "presage-ces"}


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"recipe": "Oracle"}, "Oracle"),
        ({"metric": "sMAPE"}, "sMAPE"),
        ({"horizon": 0}, "horizon"),
        ({"recipe": None, "settings": {"a": "1"}}, "settings"),
    ],
)
def test_a_wrong_plan_is_refused(wrong, text):
    with pytest.raises(ValueError, match=text):
        PredictorPlan(**{"recipe": "presage-seasonal-naive", "horizon": 7} | wrong)


def test_a_wrong_setting_is_named():
    plan = PredictorPlan(recipe="presage-seasonal-naive", horizon=7, settings={"seasons": "2"})
    with pytest.raises(ValueError, match="seasons"):
        train_predictor(panel_of(seasonal(4, 70)), plan)


def test_a_window_without_any_value_is_refused():
    target = seasonal(2, 70)
    target[:, -7:] = np.nan
    with pytest.raises(ValueError, match="no time series has a value"):
        train_predictor(panel_of(target), PredictorPlan(recipe="presage-seasonal-naive", horizon=7))
