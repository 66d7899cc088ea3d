"""What totals there are, how they are called, and what is known of them."""

import numpy as np
import pytest

from presage.features.series import totals as module
from presage.features.series.table import SeriesTable
from presage.features.series.totals import groupings, totals_of
from presage.recipes.forecasting.frequency import Frequency
from presage.recipes.forecasting.panel import Attribute, Panel

DIMENSIONS = ("item_id", "town")
KEYS = [("hat", "Bern"), ("hat", "Genf"), ("shoe", "Bern")]


def table(keys=KEYS):
    nan = np.nan
    panel = Panel(
        target=np.array([[1.0, 2, nan], [nan, 3, nan], [5, 6, 7]]),
        first=np.datetime64("2024-01-01"),
        frequency=Frequency(1, "D"),
        shared={"Holiday_US": np.array([1.0, 0, 0], np.float32)},
        attributes={"brand": Attribute(code=np.array([0, 0, -1], np.int32), n_values=1)},
    )
    return SeriesTable(dimensions=DIMENSIONS, keys=keys, panel=panel, categories={"brand": ["acme"]})


def test_they_add_up_what_is_known_of_their_parts():
    found = totals_of(table(), groupings("town item_id brand brand+town", DIMENSIONS, ("brand",)))
    nan = np.nan
    target = dict(zip(found.keys, found.panel.target.tolist(), strict=True))
    expected = {
        ("Aggregate", "Aggregate"): [6, 11, 7],
        ("Aggregate", "Bern"): [6, 8, 7],
        ("Aggregate", "Genf"): [nan, 3, nan],
        ("hat", "Aggregate"): [1, 5, nan],
        ("shoe", "Aggregate"): [5, 6, 7],
        ("brand=acme", "Aggregate"): [1, 5, nan],
        ("brand=acme", "Bern"): [1, 2, nan],
        ("brand=acme", "Genf"): [nan, 3, nan],
    }
    assert target.keys() == expected.keys()
    for key, values in expected.items():
        np.testing.assert_array_equal(target[key], values)
    assert found.panel.shared.keys() == {"Holiday_US"}
    assert not found.panel.attributes


def test_everything_is_added_up_always_and_nothing_twice():
    assert groupings("", DIMENSIONS, ()) == [()]
    assert groupings("TOWN town", DIMENSIONS, ()) == [(), ("town",)]
    assert groupings("town+brand brand+town", DIMENSIONS, ("brand",)) == [(), ("brand", "town")]


def test_too_many_and_ambiguous_ones_are_refused(monkeypatch):
    with pytest.raises(ValueError, match="a series is called as a total is: Aggregate, Bern"):
        totals_of(table([("Aggregate", "Bern"), *KEYS[1:]]), [(), ("town",)])
    monkeypatch.setattr(module, "MOST_TOTALS", 2)
    with pytest.raises(ValueError, match="there would be 3 totals; there may be 2"):
        totals_of(table(), [(), ("town",)])
