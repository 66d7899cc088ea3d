"""Amazon Forecast's figures against values worked out by hand."""

import numpy as np
import pytest

from presage.metrics.forecasting import accuracy, accuracy_by_series, mean_accuracy, seasonal_scale

LEVELS = (0.1, 0.5)
ACTUAL = np.array([[10.0, 0.0], [np.nan, 4.0]])
MEAN = np.array([[8.0, 1.0], [7.0, 5.0]])
QUANTILES = np.array([[[6.0, 9.0], [0.0, 2.0]], [[1.0, 1.0], [5.0, 3.0]]])
SCALE = np.array([2.0, 0.0])


def found():
    return accuracy(ACTUAL, QUANTILES, MEAN, LEVELS, SCALE)


def test_the_figures_of_a_panel_are_those_of_the_definitions():
    assert found().rmse == pytest.approx(np.sqrt((4 + 1 + 1) / 3), abs=1e-12)
    assert found().wape == pytest.approx((2 + 1 + 1) / 14, abs=1e-12)
    assert found().mape == pytest.approx((0.2 + 0.25) / 2, abs=1e-12)  # the actual 0 is left out
    assert found().mase == pytest.approx(1.5 / 2, abs=1e-12)  # the second series has no scale
    assert found().wql[0.1] == pytest.approx(2 * (0.1 * 4 + 0 + 0.9 * 1) / 14, abs=1e-12)
    assert found().wql[0.5] == pytest.approx(2 * (0.5 * 1 + 0.5 * 2 + 0.5 * 1) / 14, abs=1e-12)
    assert found().average_wql == pytest.approx((found().wql[0.1] + found().wql[0.5]) / 2, abs=1e-12)


def test_the_figures_of_a_series_are_those_of_a_panel_of_it_alone():
    for row, one in enumerate(accuracy_by_series(ACTUAL, QUANTILES, MEAN, LEVELS, SCALE)):
        alone = slice(row, row + 1)
        assert one == accuracy(ACTUAL[alone], QUANTILES[alone], MEAN[alone], LEVELS, SCALE[alone])


def test_where_a_divisor_is_0_the_numerator_stands_alone():
    zero = accuracy(
        np.zeros((1, 2)), np.full((1, 2, 1), 3.0), np.full((1, 2), 3.0), [0.5], np.array([np.nan])
    )
    assert (zero.wape, zero.mape, zero.mase, zero.wql[0.5]) == (6.0, 3.0, 3.0, 6.0)


def test_without_levels_the_average_loss_is_wape():
    none = accuracy(ACTUAL, np.zeros((2, 2, 0)), MEAN, [], SCALE)
    assert (none.wql, none.average_wql) == ({}, none.wape)


def test_windows_are_summed_up_by_their_mean():
    one, other = accuracy_by_series(ACTUAL, QUANTILES, MEAN, LEVELS, SCALE)
    both = mean_accuracy([one, other])
    assert both.rmse == pytest.approx((one.rmse + other.rmse) / 2)
    assert both.wql[0.5] == pytest.approx((one.wql[0.5] + other.wql[0.5]) / 2)
    assert both.figure("AverageWeightedQuantileLoss") == both.average_wql


def test_the_scale_is_the_mean_difference_a_season_apart():
    target = np.array([[1.0, 5.0, 2.0, np.nan, 6.0, 9.0], [np.nan, np.nan, 1.0, 2.0, np.nan, np.nan]])
    scale = seasonal_scale(target, 2)
    assert scale[0] == pytest.approx((1 + 4) / 2)
    assert np.isnan(scale[1])
    assert np.isnan(seasonal_scale(target, 6)).all()
