"""Panels against a definition that looks at one cell at a time."""

from datetime import datetime, timedelta
from unittest.mock import patch

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presage.features.series import build, grid
from presage.features.series.build import series_table
from presage.features.series.rows import ItemRows, SeriesPlan, SeriesRows
from presage.recipes.forecasting.frequency import Frequency

from .calendar import BOUNDARIES, seconds, step_starts

MULTIPLES = {"min": 59, "H": 23, "D": 6, "W": 4, "M": 11, "Y": 1}
SPANS = {"min": 60, "H": 3600, "D": 86_400, "W": 7 * 86_400, "M": 30 * 86_400, "Y": 365 * 86_400}
FIRST = datetime(2023, 12, 20, 5, 30)
ONE = {"sum": sum, "avg": np.mean, "first": lambda values: values[0], "min": min, "max": max}


def rows(times, columns, frequency, dimensions=(), numbers=("demand",)):
    frame = pl.LazyFrame({"timestamp": [seconds(at) for at in times], **columns})
    return SeriesRows(
        frame=frame,
        identifier="item_id",
        dimensions=tuple(dimensions),
        numbers=tuple(numbers),
        frequency=frequency,
    )


def daily(items, numbers=("demand",), frequency="D", dimensions=()):
    """Rows of a day each: (item, dimensions..., day of January 2024, number...)."""
    names = ["item_id", *dimensions]
    columns = {name: [row[n] for row in items] for n, name in enumerate(names)}
    at = len(names)
    columns |= {name: [row[at + 1 + n] for row in items] for n, name in enumerate(numbers)}
    columns = {
        name: pl.Series(values, dtype=pl.Float64 if name in numbers else pl.String)
        for name, values in columns.items()
    }
    times = [datetime(2023, 12, 31) + timedelta(days=row[at]) for row in items]
    return rows(times, columns, Frequency.parse(frequency), dimensions, numbers)


def plan(frequency="D", horizon=2, **more):
    return SeriesPlan(frequency=Frequency.parse(frequency), horizon=horizon, **more)


class TestAlignedAndAggregated:
    @settings(max_examples=40)
    @given(st.data())
    def test_each_cell_is_what_the_definition_says(self, data):
        unit = data.draw(st.sampled_from(list(BOUNDARIES)))
        boundary = data.draw(st.sampled_from(BOUNDARIES[unit]))
        multiple = data.draw(st.integers(1, MULTIPLES[unit]))
        method = data.draw(st.sampled_from(list(ONE)))
        spread = st.integers(0, 5 * multiple * SPANS[unit]).map(lambda s: FIRST + timedelta(seconds=s))
        some = st.tuples(st.sampled_from("ab"), spread, st.sampled_from([1.0, -2.5, 4.0, None, np.nan]))
        drawn = data.draw(st.lists(some, min_size=1, max_size=15))
        items, times, values = zip(*drawn, strict=True)
        target = rows(
            times,
            {"item_id": items, "demand": pl.Series(values, dtype=pl.Float64)},
            Frequency(1, "min"),
        )
        asked = {"aggregation": method, "middlefill": "nan", "backfill": "nan"}
        plan = SeriesPlan(
            frequency=Frequency(multiple, unit),
            horizon=1,
            boundary=boundary,
            transformations={"demand": asked},
        )
        with patch.object(grid, "ROWS_AT_ONCE", data.draw(st.sampled_from([2, 1000]))):
            found = series_table(plan, target)
        starts = step_starts(list(times), multiple, unit, boundary)
        assert found.panel.starts().tolist() == starts
        assert found.keys == [(item,) for item in sorted(set(items))]
        for key, series in zip(found.keys, found.panel.target, strict=True):
            for n, start in enumerate(starts):
                end = starts[n + 1] if n + 1 < len(starts) else datetime.max
                inside = [
                    (at, value)
                    for item, at, value in drawn
                    if item == key[0] and start <= at < end and value is not None and not np.isnan(value)
                ]
                ordered = [value for _, value in sorted(inside, key=lambda one: one[0])]
                expected = ONE[method](ordered) if ordered else np.nan
                np.testing.assert_allclose(series[n], expected)

    @pytest.mark.parametrize(
        ("frequency", "boundary", "next_step"),
        [
            ("3D", {}, "2019-02-03"),
            ("3M", {}, "2019-03-01"),
            ("W", {"DayOfWeek": "FRIDAY"}, "2019-02-01"),
            ("W", {"DayOfWeek": "SUNDAY"}, "2019-02-03"),
            ("3M", {"DayOfMonth": 15}, "2019-02-15"),
        ],
    )
    def test_forecasts_begin_where_recorded_ones_did(self, frequency, boundary, next_step):
        times = [datetime(2017, 12, 1), datetime(2019, 1, 31)]
        target = rows(times, {"item_id": ["a", "a"], "demand": [1.0, 1.0]}, Frequency(1, "D"))
        panel = series_table(plan(frequency, boundary=boundary), target).panel
        assert panel.starts(1)[-1] == np.datetime64(next_step)

    def test_items_are_aggregated_over_dimensions_that_are_not_asked_for(self):
        target = daily([("a", "x", 1, 1), ("a", "y", 1, 2), ("b", "x", 2, 5)], dimensions=("shop",))
        assert series_table(plan(), target).panel.target[0].tolist() == [3, 0]
        each = series_table(plan(dimensions=("shop",)), target)
        assert each.dimensions == ("item_id", "shop")
        assert each.keys == [("a", "x"), ("a", "y"), ("b", "x")]


PRICE = ("price",)


def prices(*rows_, **more):
    return daily(rows_, PRICE, **more)


class TestRelatedSeries:
    SALES = (("a", 1, 1), ("a", 3, 1), ("b", 2, 1))

    def related(self, *rows_, asked=None, of=SALES, horizon=2, **more):
        transformations = {"price": asked} if asked else {}
        given = plan(horizon=horizon, transformations=transformations, **more)
        return series_table(given, daily(of), prices(*rows_)).panel.related["price"]

    def test_what_has_no_value_after_the_history_is_not_known_ahead(self):
        found = self.related(*((item, day, day) for item in "ab" for day in (1, 2, 3)))
        assert not found.is_known_ahead
        np.testing.assert_array_equal(found.values, [[1, 2, 3], [1, 2, 3]])

    def test_one_value_after_the_history_makes_it_known_ahead(self):
        days = [("a", day, day) for day in range(1, 9)] + [("b", day, 1) for day in range(2, 6)]
        found = self.related(*days)
        assert found.is_known_ahead
        np.testing.assert_array_equal(found.values, [[1, 2, 3, 4, 5], [np.nan, 1, 1, 1, 1]])

    @pytest.mark.parametrize(
        ("days", "says"),
        [
            ({"a": (1, 2, 3)}, "1 of 2 target time series are missing.*item_id 'b'"),
            ({"a": (1, 2, 3), "b": (3,)}, "'price'.* item_id 'b' at 2024-01-02 00:00:00; it must begin"),
            ({"a": (1, 3), "b": (2, 3)}, "item_id 'a' at 2024-01-02 00:00:00; name a middlefill"),
            ({"a": (1, 2), "b": (2, 3)}, "item_id 'a' at 2024-01-03 00:00:00; name a backfill"),
            ({"a": (1, 2, 3, 4), "b": (2, 3)}, "3 times, first for item_id 'a' at 2024-01-05.*a futurefill"),
        ],
    )
    def test_what_is_missing_is_named_unless_it_is_filled(self, days, says):
        given = [(item, day, 1) for item, some in days.items() for day in some]
        with pytest.raises(ValueError, match=says):
            self.related(*given)
        if "; name a" in says:
            fills = {"middlefill": "zero", "backfill": "max", "futurefill": "value", "futurefill_value": "7"}
            found = self.related(*given, asked=fills)
            assert not np.isnan(found.values[0]).any()

    def test_finer_values_are_averaged(self):
        given = plan("2D", horizon=1)
        found = series_table(given, daily([("a", 1, 1)]), prices(("a", 1, 1), ("a", 2, 4), ("a", 3, 9)))
        np.testing.assert_array_equal(found.panel.related["price"].values, [[2.5, 9]])

    def test_series_without_the_dimension_of_the_target_are_of_each_of_its_series(self):
        target = daily([("a", "x", 1, 1), ("a", "y", 1, 2)], dimensions=("shop",))
        given = plan(dimensions=("shop",), horizon=1)
        found = series_table(given, target, prices(("a", 1, 3)))
        np.testing.assert_array_equal(found.panel.related["price"].values, [[3], [3]])

    def test_their_dimensions_must_be_asked_for_and_they_must_be_as_frequent(self):
        target = daily([("a", "x", 1, 1)], dimensions=("shop",))
        with pytest.raises(ValueError, match="the dimension 'shop', which ForecastDimensions lacks"):
            series_table(plan(), target, prices(("a", "x", 1, 1), dimensions=("shop",)))
        with pytest.raises(ValueError, match="recorded at the frequency W; to forecast at D"):
            series_table(plan(), target, prices(("a", 1, 1), frequency="W"))


class TestItems:
    ITEMS = ItemRows(
        frame=pl.LazyFrame({"item_id": ["b", "c", "a"], "brand": ["z", None, "y"]}),
        identifier="item_id",
        categories=("brand",),
    )
    SALES = (("a", 1, 1), ("b", 1, 2), ("d", 1, 2))

    def test_what_is_told_of_them_is_coded_and_what_is_not_is_not_known(self):
        found = series_table(plan(), daily(self.SALES), items=self.ITEMS)
        assert found.keys == [("a",), ("b",), ("d",)]
        assert found.panel.attributes["brand"].code.tolist() == [0, 1, -1]
        assert found.panel.attributes["brand"].n_values == 2

    def test_codes_stay_what_they_were(self):
        known = {"brand": ["x", "z"]}
        found = series_table(plan(), daily(self.SALES), items=self.ITEMS, categories=known)
        assert found.panel.attributes["brand"].code.tolist() == [-1, 1, -1]
        assert found.categories == known

    def test_items_without_a_history_are_series_if_they_are_asked_for(self):
        found = series_table(plan(starts_cold=True), daily(self.SALES), items=self.ITEMS)
        assert found.keys == [("a",), ("b",), ("c",), ("d",)]
        assert np.isnan(found.panel.target[2]).all()
        assert found.panel.attributes["brand"].code.tolist() == [0, 1, -1, -1]

    def test_where_a_new_item_will_be_is_what_related_series_say(self):
        sales = daily([("a", "Bern", 1, 5), ("b", "Genf", 3, 6)], dimensions=("town",))
        rows = [(item, town, day, 1) for item, town in (("a", "Bern"), ("b", "Genf")) for day in (1, 2, 3)]
        new = [("c", "Bern", 2, 7), ("a", "Genf", 2, 7), ("x", "Bern", 2, 7)]  # x has no metadata
        prices = daily([*rows, *new], ("price",), dimensions=("town",))
        asked = plan(horizon=0, dimensions=("town",), starts_cold=True)
        found = series_table(asked, sales, prices, self.ITEMS)
        assert found.keys == [("a", "Bern"), ("b", "Genf"), ("c", "Bern")]
        np.testing.assert_array_equal(found.panel.related["price"].values[2], [np.nan, 7, np.nan])
        assert series_table(asked, sales, items=self.ITEMS).keys == found.keys[:2]


class TestHolidays:
    def test_they_are_counted_in_longer_steps_and_told_in_shorter_ones(self):
        def found(frequency, day, horizon, country="US"):
            target = daily([("a", day, 1)], frequency="min")
            return series_table(plan(frequency, horizon, holiday=country), target).panel.shared

        assert found("D", 14, 2)["Holiday_US"].tolist() == [0, 1, 0]
        assert found("W", 1, 2)["Holiday_US"].tolist() == [1, 0, 1]
        assert found("M", 1, 1)["Holiday_US"].tolist() == [2, 1]
        assert found("12H", 15, 2)["Holiday_US"].tolist() == [1, 1, 0]
        assert found("D", 1, 0, "UK")["Holiday_UK"].tolist() == [1]


class TestLimits:
    def test_more_series_than_a_quota_are_refused(self, monkeypatch):
        monkeypatch.setattr(build, "MOST_FINE_SERIES", 1)
        target = daily([("a", 1, 1), ("b", 1, 1)], frequency="H")
        with pytest.raises(ValueError, match="2 series; at the frequency H there may be at most 1"):
            series_table(plan("H"), target)

    def test_more_values_than_fit_are_refused(self, monkeypatch):
        monkeypatch.setattr(grid, "MOST_CELLS", 5)
        with pytest.raises(ValueError, match="2 series of 3 steps, the first at 2024-01-01T00:00:00"):
            series_table(plan(), daily([("a", 1, 1), ("b", 3, 1)]))

    def test_no_row_is_no_series(self):
        with pytest.raises(ValueError, match="has no row"):
            series_table(plan(), daily([]))
