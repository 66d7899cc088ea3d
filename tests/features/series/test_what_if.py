"""Related series within the horizon, transformed and replaced; all else stays."""

import numpy as np
import polars as pl
import pytest

from presage.features.series.table import SeriesTable
from presage.features.series.what_if import replaced, transformed
from presage.recipes.forecasting.frequency import Frequency
from presage.recipes.forecasting.panel import Attribute, Panel, Related

N_STEPS, N_AHEAD = 4, 3
FIRST = np.datetime64("2024-01-01", "s")
DAY = 86400


@pytest.fixture
def table():
    price = np.arange(14, dtype=np.float32).reshape(2, 7)
    panel = Panel(
        target=np.ones((2, N_STEPS)),
        first=FIRST,
        frequency=Frequency.parse("D"),
        n_ahead=N_AHEAD,
        related={
            "price": Related(values=price, is_known_ahead=True),
            "visits": Related(values=price[:, :N_STEPS], is_known_ahead=False),
        },
        attributes={"brand": Attribute(code=np.array([0, -1], np.int32), n_values=1)},
    )
    return SeriesTable(
        dimensions=("item_id",), keys=[("hat",), ("shoe",)], panel=panel, categories={"brand": ["acme"]}
    )


def action(operation="MULTIPLY", value=2.0, name="price"):
    return {"AttributeName": name, "Operation": operation, "Value": value}


def condition(name, value, compare="EQUALS"):
    return {"AttributeName": name, "AttributeValue": value, "Condition": compare}


def prices(table):
    return table.panel.related["price"].values


class TestTransformed:
    @pytest.mark.parametrize(
        ("operation", "expected"), [("ADD", 6.0), ("SUBTRACT", 2.0), ("MULTIPLY", 8.0), ("DIVIDE", 2.0)]
    )
    def test_it_changes_the_horizon_alone(self, table, operation, expected):
        after = prices(transformed(table, [{"Action": action(operation)}]))
        assert after[0, N_STEPS] == expected
        assert (after[:, :N_STEPS] == prices(table)[:, :N_STEPS]).all()
        assert after.dtype == np.float32

    def test_without_conditions_it_is_for_all(self, table):
        after = prices(transformed(table, [{"Action": action("ADD", 1.0)}]))
        assert (after[:, N_STEPS:] == prices(table)[:, N_STEPS:] + 1).all()

    @pytest.mark.parametrize(
        ("conditions", "where"),
        [
            ([condition("item_id", "hat")], [[1, 1, 1], [0, 0, 0]]),
            ([condition("item_id", "hat", "NOT_EQUALS")], [[0, 0, 0], [1, 1, 1]]),
            ([condition("ITEM_ID", "coat")], [[0, 0, 0], [0, 0, 0]]),
            ([condition("brand", "acme")], [[1, 1, 1], [0, 0, 0]]),
            ([condition("timestamp", "2024-01-06 00:00:00")], [[0, 1, 0], [0, 1, 0]]),
            ([condition("timestamp", "2024-01-06 00:00:00", "GREATER_THAN")], [[0, 0, 1], [0, 0, 1]]),
            ([condition("Price", "11", "LESS_THAN")], [[1, 1, 1], [0, 0, 0]]),
            ([condition("price", "5", "GREATER_THAN"), condition("item_id", "hat")], [[0, 0, 1], [0, 0, 0]]),
        ],
    )
    def test_all_conditions_must_be_met(self, table, conditions, where):
        after = prices(
            transformed(table, [{"Action": action("ADD", 1.0), "TimeSeriesConditions": conditions}])
        )
        assert (after[:, N_STEPS:] - prices(table)[:, N_STEPS:]).tolist() == where

    def test_one_comes_after_the_other(self, table):
        after = prices(
            transformed(table, [{"Action": action("ADD", 1.0)}, {"Action": action("MULTIPLY", 10.0)}])
        )
        assert (after[:, N_STEPS:] == (prices(table)[:, N_STEPS:] + 1) * 10).all()

    @pytest.mark.parametrize(
        ("given", "conditions", "part"),
        [
            (action(name="colour"), [], "'colour' is no related time series"),
            (action(name="visits"), [], "these are: price"),
            (action("DIVIDE", 0.0), [], "divides by 0"),
            (action(), [condition("price", "cheap")], "'cheap'"),
            (action(), [condition("timestamp", "soon")], "yyyy-MM-dd HH:mm:ss"),
            (action(), [condition("item_id", "hat", "LESS_THAN")], "holds texts"),
        ],
    )
    def test_what_cannot_be_is_named(self, table, given, conditions, part):
        with pytest.raises(ValueError, match=part):
            transformed(table, [{"Action": given, "TimeSeriesConditions": conditions}])


class TestReplaced:
    def rows(self, *rows):
        names = {"item_id": pl.String, "timestamp": pl.Int64, "price": pl.Float64}
        return pl.DataFrame([(key, at(day), value) for key, day, value in rows], schema=names, orient="row")

    def test_cells_that_are_given_hold_and_the_others_stay(self, table):
        rows = self.rows(
            ("hat", 4, 50.0),
            ("shoe", 6, 60.0),
            ("shoe", 5, None),
            ("coat", 4, 1.0),
            ("hat", 3, 1.0),
            ("hat", 7, 1.0),
        )
        expected = prices(table).copy()
        expected[0, 4], expected[1, 6] = 50.0, 60.0
        assert (prices(replaced(table, rows)) == expected).all()

    def test_a_time_within_a_step_is_of_that_step(self, table):
        rows = self.rows(("hat", 4.5, 50.0))
        assert prices(replaced(table, rows))[0, 4] == 50.0

    def test_a_step_that_is_given_twice_is_named(self, table):
        with pytest.raises(ValueError, match=r"item_id 'hat' and the step from 2024-01-05T00:00:00"):
            replaced(table, self.rows(("hat", 4, 1.0), ("hat", 4, 2.0)))

    def test_a_column_that_is_no_related_series_is_named(self, table):
        with pytest.raises(ValueError, match="'colour'"):
            replaced(table, self.rows(("hat", 4, 1.0)).rename({"price": "colour"}))


def at(day):
    return int(FIRST.astype(np.int64) + day * DAY)
