from datetime import datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.features.series.alignment import Alignment
from presage.recipes.forecasting.frequency import Frequency

from .calendar import BOUNDARIES, next_start, seconds, unit_start

TIMES = st.datetimes(datetime(1940, 1, 1), datetime(2060, 1, 1)).map(lambda at: at.replace(microsecond=0))
UNITS = st.sampled_from(list(BOUNDARIES)).flatmap(
    lambda unit: st.tuples(st.just(unit), st.sampled_from(BOUNDARIES[unit]))
)


def unit_of(alignment, at):
    return pl.select(alignment.unit_of(pl.lit(seconds(at)))).item()


@given(TIMES, UNITS)
def test_a_unit_begins_where_the_calendar_says(at, unit_and_boundary):
    unit, boundary = unit_and_boundary
    alignment = Alignment.parse(Frequency(1, unit), boundary)
    start = unit_start(at, unit, boundary)
    number = unit_of(alignment, at)
    assert alignment.start_of(number) == np.datetime64(start)
    assert unit_of(alignment, start) == number
    assert alignment.start_of(number + 1) == np.datetime64(next_start(start, unit, boundary))


@pytest.mark.parametrize(
    ("frequency", "boundary", "says"),
    [
        ("H", {"Hour": 3}, "with the frequency H it may have nothing"),
        ("D", {"DayOfWeek": "MONDAY"}, "Hour alone"),
        ("M", {"Month": "MAY", "DayOfMonth": 2}, "DayOfMonth alone"),
        ("M", {"DayOfMonth": 29}, "DayOfMonth 29"),
        ("D", {"Hour": 24}, "Hour 24"),
    ],
)
def test_a_boundary_that_does_not_go_with_the_frequency_is_named(frequency, boundary, says):
    with pytest.raises(ValueError, match=says):
        Alignment.parse(Frequency.parse(frequency), boundary)
