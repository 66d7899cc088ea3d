"""Scales of windows and of series without a history."""

import json

import numpy as np
import pytest

from presage.recipes.forecasting.deep.scaling import Scaling, scale_by_attributes

from ..panels import seasonal


@pytest.mark.parametrize("is_centred", [True, False])
def test_scaled_series_do_not_tell_their_unit(is_centred):
    target = seasonal(4, 30)
    scaling = Scaling.learn(target, is_centred=is_centred)
    one, other = scaling.of(target), Scaling.learn(1000 * target, is_centred=is_centred).of(1000 * target)
    np.testing.assert_allclose(1000 * one.spread, other.spread)
    np.testing.assert_allclose(1000 * one.loc, other.loc)


def test_windows_that_are_constant_short_or_0_have_a_spread_and_empty_ones_none():
    scaling = Scaling.learn(seasonal(4, 30), is_centred=True)
    nan = np.nan
    scale = scaling.of(np.array([[5.0, 5, 5], [nan, nan, 7], [0, 0, 0], [nan, nan, nan]]))
    assert (scale.spread[:3] > 0).all()
    assert scale.loc[:3].tolist() == [5, 7, 0]
    assert np.isnan([scale.loc[3], scale.spread[3]]).all()


def test_a_scaling_survives_json():
    scaling = Scaling.learn(seasonal(4, 30), is_centred=True)
    assert Scaling.from_json(json.loads(json.dumps(scaling.to_json()))) == scaling


def test_a_cold_series_has_the_scale_of_those_that_share_its_attributes():
    target = np.repeat(np.array([[10.0]] * 6 + [[1000.0]] * 6), 8, axis=1)
    target[5], target[11] = np.nan, np.nan
    codes = np.array([[1]] * 6 + [[2]] * 6)
    scale = scale_by_attributes(Scaling.learn(target, is_centred=True), target, codes)
    assert scale.loc[[5, 11]].tolist() == [10, 1000]
    few = scale_by_attributes(
        Scaling.learn(target, is_centred=True), target[:5], codes[:5] + np.arange(5)[:, None]
    )
    assert np.isnan(few.loc).all()
