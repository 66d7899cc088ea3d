"""Panels: what is known ahead, and what was known earlier; steps of every unit."""

from dataclasses import replace

import numpy as np
import pytest

from presage.recipes.forecasting.frequency import Frequency
from presage.recipes.forecasting.panel import Attribute, Panel, Related

from .panels import awkward


@pytest.mark.parametrize(
    ("text", "first", "third"),
    [
        ("15min", "2024-02-28T23:45:00", "2024-02-29T00:15:00"),
        ("2H", "2024-02-28T23:00:00", "2024-02-29T03:00:00"),
        ("D", "2024-02-28T06:00:00", "2024-03-01T06:00:00"),
        ("W", "2024-02-26T00:00:00", "2024-03-11T00:00:00"),
        ("M", "2023-12-15T00:00:00", "2024-02-15T00:00:00"),
        ("3M", "2023-11-01T00:00:00", "2024-05-01T00:00:00"),
        ("Y", "2023-04-01T00:00:00", "2025-04-01T00:00:00"),
    ],
)
def test_steps_begin_where_the_calendar_says(text, first, third):
    frequency = Frequency.parse(text)
    assert str(frequency) == text
    assert frequency.starts(np.datetime64(first), 3)[2] == np.datetime64(third)


@pytest.mark.parametrize("text", ["", "0D", "d", "D2", "1.5H", "15 min", "Q"])
def test_other_texts_are_no_frequencies(text):
    with pytest.raises(ValueError, match="frequency"):
        Frequency.parse(text)


def panel():
    return Panel(
        target=np.arange(12.0).reshape(2, 6),
        first=np.datetime64("2024-01-01"),
        frequency=Frequency.parse("D"),
        n_ahead=2,
        related={
            "price": Related(values=np.arange(16, dtype=np.float32).reshape(2, 8), is_known_ahead=True),
            "visits": Related(values=np.arange(12, dtype=np.float32).reshape(2, 6), is_known_ahead=False),
        },
        shared={"holiday": np.zeros(8, np.float32)},
        attributes={"brand": Attribute(code=np.array([1, -1], np.int32), n_values=2)},
    )


def test_an_earlier_panel_knows_ahead_what_was_known_ahead_and_no_more():
    earlier = panel().until(4)
    assert (earlier.n_steps, earlier.n_ahead) == (4, 4)
    assert earlier.target.tolist() == [[0, 1, 2, 3], [6, 7, 8, 9]]
    assert earlier.related["price"].values.shape == (2, 8)
    assert earlier.related["visits"].values.shape == (2, 4)
    assert earlier.starts(1)[-1] == np.datetime64("2024-01-05")


def test_some_series_keep_what_belongs_to_them():
    one = panel().take(np.array([1]))
    assert (one.n_series, one.target[0, 0]) == (1, 6)
    assert one.related["price"].values[0, 0] == 8
    assert one.attributes["brand"].code.tolist() == [-1]


def test_a_digest_tells_panels_apart_by_all_that_they_hold():
    panel = awkward()
    target = panel.target.copy()
    target[0, 0] += 1e-9
    price, brand = panel.related["price"], panel.attributes["brand"]
    others = [
        replace(panel, target=target),
        replace(panel, first=panel.first + 1),
        replace(panel, n_ahead=8),
        replace(panel, related={"price": price}),
        replace(panel, related={**panel.related, "price": replace(price, values=price.values + 1)}),
        replace(panel, attributes={"brand": replace(brand, code=brand.code[::-1])}),
        panel.take(np.arange(9)),
    ]
    assert len({one.digest() for one in (panel, *others)}) == 8
    assert awkward().digest() == panel.digest()
