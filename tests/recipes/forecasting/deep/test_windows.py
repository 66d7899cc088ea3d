"""Windows: what they hold, and that nothing of the horizon is in the context."""

import numpy as np

from presage.recipes.forecasting.deep.inputs import InputSpec
from presage.recipes.forecasting.deep.lags import lags_ahead, lags_back
from presage.recipes.forecasting.deep.scaling import Scaling
from presage.recipes.forecasting.deep.windows import Sampler, Windows
from presage.recipes.forecasting.frequency import Frequency

from ..panels import awkward


def windows_of(panel, context=12, horizon=9):
    spec = InputSpec.learn(panel, logs=False, ahead=True, history=True, attributes=True)
    return Windows.of(
        spec.read(panel, horizon),
        Scaling.learn(panel.target, is_centred=True),
        spec.logs,
        context=context,
        horizon=horizon,
        lags=lags_ahead(panel.frequency, horizon),
        size_weight=0.0,
    )


def test_a_window_scaled_back_is_the_series():
    panel = awkward()
    batch = windows_of(panel).cut(np.array([2]), np.array([20]), np.zeros(1, bool))
    values = batch.target.numpy() * batch.scale.spread[:, None] + batch.scale.loc[:, None]
    np.testing.assert_allclose(values[0], panel.target[2, 8:29], rtol=1e-5)
    assert batch.known.all()


def test_nothing_of_a_window_but_its_target_changes_with_what_comes_later():
    panel, other = awkward(), awkward()
    other.target[:, 20:] *= 3
    origin, cold = np.full(10, 20), np.zeros(10, bool)
    one, two = (windows_of(each) for each in (panel, other))
    two = Windows(**vars(two) | {"scaling": one.scaling})
    one, two = (each.cut(np.arange(10), origin, cold) for each in (one, two))
    for name in ("lagged", "covariates", "past", "static", "codes"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
    np.testing.assert_array_equal(one.target[:, :12], two.target[:, :12])
    assert (one.target[:4, 12:] != two.target[:4, 12:]).all()


def test_a_cold_window_hides_its_history_and_keeps_its_target():
    panel = awkward()
    panel.attributes["brand"].code[:] = 0
    batch = windows_of(panel).cut(np.array([1, 1]), np.array([20, 20]), np.array([True, False]))
    assert not batch.known[0, :12].any()
    assert not batch.lagged[0].any()
    assert batch.known[0, 12:].all()
    assert batch.lagged[1].any()


def test_origins_lie_between_the_first_value_and_a_horizon_before_the_end():
    panel = awkward()
    sampler = Sampler.until(windows_of(panel), 40, 0.1)
    where = dict(zip(sampler.rows.tolist(), zip(sampler.low, sampler.high, strict=True), strict=True))
    assert where[0] == (1, 31)
    assert where[6] == (39, 39)  # its first value is at 38
    assert 5 not in where
    assert 9 not in where


def test_lags_ahead_reach_back_to_known_steps_of_the_same_season():
    lags = lags_ahead(Frequency.parse("W"), 60)
    ahead = np.arange(60)[:, None]
    assert (lags > ahead).all()
    assert (lags % 52 == 0).all()
    assert lags[0].tolist() == [52, 104]
    assert lags[59].tolist() == [104, 156]


def test_lags_back_keep_within_half_of_the_history():
    assert lags_back(Frequency.parse("D"), 20) == [1, 2, 3, 4, 5, 6, 7, 8]
    hourly = lags_back(Frequency.parse("H"), 10_000)
    assert {1, 7, 23, 24, 25, 168, 673} <= set(hourly)
    assert {11, 12, 13, 23, 25, 37} <= set(lags_back(Frequency.parse("M"), 100))
