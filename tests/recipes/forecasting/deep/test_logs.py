"""When values are read as logarithms, and that they come back."""

import numpy as np
import pytest

from presage.recipes.forecasting.deep.logs import Logs

RNG = np.random.default_rng(0)
NORMAL = 100 + np.array([[1], [5], [10], [20]]) * RNG.normal(size=(4, 60))
RATIOS = np.exp(np.array([[1], [3], [5], [7]]) + RNG.normal(size=(4, 60)))


def test_values_that_change_by_ratios_are_read_as_logarithms_and_others_are_not():
    assert Logs.learn(RATIOS).unit > 0
    assert Logs.learn(NORMAL).unit == 0
    assert Logs.learn(1000 * RATIOS).unit == pytest.approx(1000 * Logs.learn(RATIOS).unit)


@pytest.mark.parametrize("target", [RATIOS - 100, np.zeros((2, 30)), np.full((2, 30), np.nan), RATIOS[:, :5]])
def test_what_is_below_0_without_positive_values_or_short_is_read_as_it_is(target):
    assert Logs.learn(target) == Logs.none()


@pytest.mark.parametrize("logs", [Logs.learn(RATIOS), Logs.none()])
def test_values_come_back_and_in_the_same_order(logs):
    values = np.array([0.0, 0.5, 3.0, 900.0, np.nan])
    np.testing.assert_allclose(logs.back(logs.of(values)), values, atol=1e-9)
    step = 1e-6
    steep = (logs.back(logs.of(values) + step) - values) / step
    np.testing.assert_allclose(logs.slope(logs.of(values))[:4], steep[:4], rtol=1e-4)


def test_nothing_comes_back_beyond_ten_times_the_highest_value():
    logs = Logs.learn(RATIOS)
    assert logs.back(np.array([1e3]))[0] == pytest.approx(10 * RATIOS.max())
