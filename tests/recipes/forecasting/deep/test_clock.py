"""Which cycles of the calendar a network reads."""

import numpy as np
import pytest

from presage.recipes.forecasting.deep.clock import CYCLES, OF_UNIT, clock, cycles_of
from presage.recipes.forecasting.frequency import Frequency


@pytest.mark.parametrize(
    ("frequency", "n_steps", "expected"),
    [
        ("H", 20_000, {"hour-of-day", "day-of-week", "day-of-month", "day-of-year"}),
        ("H", 300, {"hour-of-day", "day-of-week"}),
        ("15min", 300, {"minute-of-hour", "hour-of-day"}),
        ("D", 365, {"day-of-week", "day-of-month"}),
        ("W", 120, {"week-of-month", "week-of-year"}),
        ("M", 17, set()),
        ("M", 18, {"month-of-year"}),
        ("Y", 90, set()),
    ],
)
def test_a_cycle_is_read_that_the_history_has_gone_through_one_and_a_half_times(frequency, n_steps, expected):
    assert set(cycles_of(Frequency.parse(frequency), n_steps)) == expected


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("minute-of-hour", "2024-01-01T03:15", "2024-05-06T10:15"),
        ("hour-of-day", "2024-01-01T03:00", "2024-05-06T03:00"),
        ("day-of-week", "2024-01-01T03:00", "2024-05-06T10:00"),
        ("day-of-month", "2024-01-06T03:00", "2024-05-06T03:00"),
        ("day-of-year", "2023-05-06T03:00", "2022-05-06T03:00"),
        ("month-of-year", "2023-05-06T03:00", "2022-05-01T03:00"),
    ],
)
def test_steps_at_the_same_place_of_a_cycle_look_the_same_and_others_do_not(name, first, second):
    starts = np.array([first, second, first], "M8[s]")
    starts[2] += np.timedelta64(int(CYCLES[name].seconds // 2), "s")
    one, same, other = clock(starts, (name,))
    np.testing.assert_allclose(one, same, atol=1e-6)
    assert np.abs(one - other).max() > 0.5


def test_every_cycle_is_read_somewhere():
    assert {name for names in OF_UNIT.values() for name in names} == set(CYCLES)
