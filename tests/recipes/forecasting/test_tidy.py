"""What every forecast falls back on: series without a history borrow from those that share most with them."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from presage.recipes.forecasting.naive import seasonal_naive
from presage.recipes.forecasting.panel import Attribute
from presage.recipes.forecasting.tidy import ENOUGH, RECENT, fallback, lowest, neighbours

from .panels import panel_of, seasonal

LEVELS = (0.1, 0.5, 0.9)


def with_attributes(target, *codes):
    attributes = {
        f"a{n}": Attribute(code=np.array(code, np.int32), n_values=9) for n, code in enumerate(codes)
    }
    return replace(panel_of(target), attributes=attributes)


def near_by_definition(panel, row):
    """Every series with a history, by how many known attributes are equal."""
    warm = np.flatnonzero(np.isfinite(panel.target).any(axis=1))
    codes = [one.code for one in panel.attributes.values()]
    shared = np.array([sum(code[row] >= 0 and code[k] == code[row] for code in codes) for k in warm])
    for least in range(len(codes), 0, -1):
        if (shared >= least).sum() >= ENOUGH:
            return warm[shared >= least].tolist()
    return warm.tolist()


@given(st.lists(st.tuples(st.booleans(), st.integers(-1, 2), st.integers(-1, 1)), min_size=1, max_size=30))
def test_neighbours_share_the_most_attributes_enough_of_them(series):
    is_warm, first, second = zip(*series, strict=True)
    target = np.where(np.array(is_warm)[:, None], 1.0, np.nan) * np.ones(3)
    panel = with_attributes(target, first, second)
    cold = np.flatnonzero(~np.array(is_warm))
    found = {cold[place]: near.tolist() for members, near in neighbours(panel, cold) for place in members}
    assert found == {row: near_by_definition(panel, row) for row in cold}


def test_a_cold_series_has_the_quantiles_of_the_last_values_of_its_neighbours():
    target = np.repeat(np.arange(1.0, 13)[:, None], 20, axis=1)
    target[11] = np.nan
    target[0, -1] = np.nan
    panel = with_attributes(target, [0] * 6 + [1] * 5 + [0])
    found = fallback(panel, 2, LEVELS, np.array([11]))
    values = np.repeat(np.arange(1.0, 7), RECENT)
    np.testing.assert_allclose(found.quantiles[0, 1], np.quantile(values, LEVELS))
    assert found.mean[0].tolist() == [3.5, 3.5]


def test_series_with_a_history_go_on_as_all_together_would():
    target = seasonal(5, 30)
    target[3, :-1] = np.nan  # a spread of its own it has not
    panel = panel_of(target)
    whole = seasonal_naive(target, 7, 4, LEVELS)
    found = fallback(panel, 4, LEVELS, np.array([3, 1]))
    np.testing.assert_allclose(found.quantiles, whole.quantiles[[3, 1]])


def test_without_any_value_there_is_0():
    found = fallback(panel_of(np.full((2, 5), np.nan)), 3, LEVELS, np.arange(2))
    assert (found.quantiles == 0).all()


def test_the_floor_of_cold_series_is_that_of_all():
    target = np.array([[1.0, 2], [-1, 3], [np.nan, np.nan]])
    assert lowest(panel_of(target)).tolist() == [0, -np.inf, -np.inf]
    assert lowest(panel_of(target[[0, 2]])).tolist() == [0, 0]
