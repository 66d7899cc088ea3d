"""What the automatic predictor learns from backtests."""

import time
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from presage.recipes.data import Training
from presage.recipes.forecasting.auto import backtest as auto_backtest
from presage.recipes.forecasting.auto.backtest import backtest
from presage.recipes.forecasting.auto.candidates import candidates
from presage.recipes.forecasting.auto.combine import Combination, equal, learn, widened
from presage.recipes.forecasting.auto.pool import GRID
from presage.recipes.forecasting.auto.stack import Stack
from presage.recipes.forecasting.local import Local
from presage.recipes.forecasting.members import MEMBERS
from presage.recipes.forecasting.naive import normal
from presage.recipes.forecasting.panel import Forecast
from presage.recipes.forecasting.seasonal_naive import SeasonalNaive

from .panels import panel_of, seasonal


def stack(spread, n=400, horizon=4, size=None):
    """A member that is right on average and one that is far off, both of some spread about what came."""
    rng = np.random.default_rng(0)
    actual = 100 + rng.normal(size=(n, horizon))
    good = normal(np.full(actual.shape, 100.0), np.full(actual.shape, spread), GRID).quantiles
    return Stack(
        quantiles=np.stack([good, good + 30]),
        actual=actual,
        scale=np.ones(n),
        size=np.ones(n) if size is None else size,
    )


def test_a_member_that_is_far_off_has_hardly_any_weight():
    assert learn(stack(1.0), ("good", "bad")).weights[:, 1].max() < 0.1


@pytest.mark.parametrize(("spread", "width"), [(0.8, 1.25), (1.0, 1.0), (1.5, 0.67)])
def test_intervals_hold_what_they_promise(spread, width):
    alone = stack(spread)
    found = learn(replace(alone, quantiles=alone.quantiles[:1]), ("good",))
    np.testing.assert_allclose(found.widths, width, rtol=0.12)


def test_a_few_nearly_constant_series_do_not_decide():
    many = stack(1.0)
    scale = np.where(np.arange(400) < 4, 1e-9, 1.0)
    odd = np.where(np.arange(400)[:, None] < 4, 130.0, many.actual)  # right by the bad member
    found = learn(replace(many, scale=scale, actual=odd), ("good", "bad"))
    assert found.weights[:, 0].min() > 0.8


def test_groups_of_unlike_size_have_their_own_weights():
    both = stack(1.0)
    large = np.arange(400) >= 200
    actual = both.actual + np.where(large, 30, 0)[:, None]
    found = learn(replace(both, actual=actual, size=np.where(large, 1000.0, 1.0)), ("small", "large"))
    small, big = found.weights_of(np.array([1.0, 1000.0]))
    assert small[0] > 0.7
    assert big[1] > 0.7


def test_where_nothing_came_members_count_equally():
    nothing = stack(1.0).take(np.zeros(0, int))
    assert learn(nothing, ("a", "b")).state() == equal(("a", "b"), 4).state()


def test_a_member_that_is_far_off_moves_the_median_of_a_mixture_little():
    forecasts = {
        name: Forecast(quantiles=value + np.array(GRID)[None, None], mean=np.full((1, 1), value + 0.5))
        for name, value in {"a": 0.0, "b": 0.0, "far": 100.0}.items()
    }
    combination = replace(equal(("a", "b", "far"), 1), weights=np.array([[0.4, 0.5, 0.1]]))
    found = combination.combine(forecasts, np.ones(1), GRID)
    assert found.quantiles[0, 0, GRID.index(0.5)] == pytest.approx(0.6)
    assert found.mean[0, 0] == pytest.approx(10.5)


def test_intermittent_series_are_nobodys_average():
    """One member says 0 or 5, as it is; the other says 1."""
    shape = (400, 4)
    either = np.where(np.array(GRID) <= 0.6, 0.0, 5.0)
    quantiles = np.stack([np.broadcast_to(one, (*shape, len(GRID))) for one in (either, np.ones(len(GRID)))])
    came = 5.0 * (np.random.default_rng(0).random(shape) > 0.6)
    found = learn(replace(stack(1.0), actual=came, quantiles=quantiles), ("a", "b"))
    assert found.weights[:, 0].min() > 0.8
    assert found.widths.tolist() == [1.0] * 4
    half = replace(found, weights=np.full(found.weights.shape, 0.5))
    forecasts = {
        name: Forecast(quantiles=one, mean=one.mean(axis=2))
        for name, one in zip("ab", quantiles, strict=True)
    }
    answer = half.combine(forecasts, np.ones(400), GRID).quantiles[0, 0]
    assert answer[[GRID.index(level) for level in (0.2, 0.5, 0.9)]].tolist() == [0.0, 1.0, 5.0]


def test_combinations_are_kept_as_json_also_those_of_before_mixtures():
    state = equal(("a", "b"), 4).state()
    assert Combination.from_state({**state, "share_of_median": 0.5}).state() == state


def test_widths_stretch_from_the_median():
    found = widened(np.array([[[0.0, 10.0, 30.0]]]), (0.1, 0.5, 0.9), np.array([2.0]))
    assert found[0, 0].tolist() == [-10.0, 10.0, 50.0]


@pytest.mark.parametrize(
    ("frequency", "values", "expected", "missing"),
    [
        ("M", seasonal(60, 60), {"presage-theta", "presage-smoothing", "presage-lightgbm"}, {"ETS", "NPTS"}),
        ("M", seasonal(3, 20), {"ETS"}, {"presage-lightgbm"}),
        ("H", seasonal(60, 60), {"presage-seasonal-naive-week", "presage-mstl"}, {"presage-theta"}),
        ("D", np.eye(40), {"NPTS"}, {"presage-mstl"}),
        ("M", seasonal(300, 80), {"presage-deep-ensemble"}, {"ETS", "NPTS"}),
        ("D", np.eye(200), {"NPTS", "presage-lightgbm"}, {"presage-deep-ensemble"}),
    ],
)
def test_candidates_are_those_that_suit_the_data(frequency, values, expected, missing):
    found = set(candidates(panel_of(values, frequency), 4, is_quick=False))
    assert found >= expected
    assert not found & missing


@dataclass(frozen=True, kw_only=True)
class Slow(Local):
    """The mean, after 10 ms a series."""

    seen: ClassVar[list[int]] = []

    def predict(self, panel, horizon, levels, training):
        self.seen.append(panel.n_series)
        time.sleep(0.01 * panel.n_series)
        return SeasonalNaive().predict(panel, horizon, levels, training)


@pytest.mark.parametrize(("seconds", "is_in"), [(0.6, False), (60.0, True)])
def test_a_member_that_is_too_slow_for_very_many_series_is_seen_by_some(monkeypatch, seconds, is_in):
    monkeypatch.setattr(auto_backtest, "LEAST_SAMPLED", 40)
    monkeypatch.setattr(auto_backtest, "SAMPLE", 2)
    monkeypatch.setitem(MEMBERS, "slow", Slow)
    Slow.seen.clear()
    members = {"naive": SeasonalNaive(), "slow": Slow()}
    training = Training(deadline=time.monotonic() + seconds)
    cases = backtest(panel_of(seasonal(40, 60)), 4, [56, 52], members, (0.5,), training)
    assert ("slow" in cases[0].forecasts) is is_in
    assert (sum(Slow.seen) >= 80) is is_in
