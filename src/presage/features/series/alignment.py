"""Where the steps of a frequency begin: by the clock and the calendar, several units counted from the first.

Source: the Forecast developer guide, "Data aggregation for different forecast frequencies", "Setting the time
alignment boundary".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from presage.recipes.forecasting.frequency import Frequency

_HOUR, _DAY = 3600, 86_400
_WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_MONTHS = (
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE"),
    *("JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"),
)
_BOUNDARIES: Mapping[str, str] = {"D": "Hour", "W": "DayOfWeek", "M": "DayOfMonth", "Y": "Month"}
"""Unit -> the member of a TimeAlignmentBoundary that may go with it."""
_FIRST_MONDAY_DAYS = 4
"""1970-01-05 was a Monday."""
_PLAIN_SECONDS: Mapping[str, int] = {"min": 60, "H": _HOUR}


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """A frequency, and how much later than usual its units begin.

    Parameters
    ----------
    offset : hours after midnight for days, days after Monday for weeks, days after the first for months,
        months after January for years
    """

    frequency: Frequency
    offset: int = 0

    @classmethod
    def parse(cls, frequency: Frequency, boundary: Mapping[str, Any]) -> Self:
        """The alignment with a TimeAlignmentBoundary, which may be empty.

        Raises ValueError for a boundary that does not go with the frequency.
        """
        if not boundary:
            return cls(frequency=frequency)
        member = _BOUNDARIES.get(frequency.unit)
        if member is None or list(boundary) != [member]:
            accepted = f"{member} alone" if member else "nothing"
            raise ValueError(
                f"TimeAlignmentBoundary has {', '.join(boundary)}; with the frequency {frequency} it may have"
                f" {accepted}"
            )
        value = boundary[member]
        offsets: Mapping[str, Mapping[Any, int]] = {
            "Hour": {hour: hour for hour in range(24)},
            "DayOfWeek": {name: n for n, name in enumerate(_WEEKDAYS)},
            "DayOfMonth": {day: day - 1 for day in range(1, 29)},
            "Month": {name: n for n, name in enumerate(_MONTHS)},
        }
        if value not in offsets[member]:
            raise ValueError(
                f"TimeAlignmentBoundary has the {member} {value!r}; it must be one of"
                f" {', '.join(map(str, offsets[member]))}"
            )
        return cls(frequency=frequency, offset=offsets[member][value])

    def unit_of(self, seconds: pl.Expr) -> pl.Expr:
        """The number of the unit in which an instant lies: one more for each unit; seconds since 1970."""
        unit = self.frequency.unit
        if unit in _PLAIN_SECONDS:
            return seconds.floordiv(_PLAIN_SECONDS[unit])
        if unit == "D":
            return (seconds - self.offset * _HOUR).floordiv(_DAY)
        if unit == "W":
            return (seconds.floordiv(_DAY) - _FIRST_MONDAY_DAYS - self.offset).floordiv(7)
        days_later, months_later = (self.offset, 0) if unit == "M" else (0, self.offset)
        day = pl.from_epoch(seconds - days_later * _DAY, "s")
        month = day.dt.year().cast(pl.Int64) * 12 + day.dt.month().cast(pl.Int64) - 1 - months_later
        return month if unit == "M" else month.floordiv(12)

    def start_of(self, unit_number: int) -> np.datetime64:
        """When a unit begins."""
        unit = self.frequency.unit
        if unit in _PLAIN_SECONDS:
            return np.datetime64(unit_number * _PLAIN_SECONDS[unit], "s")
        if unit == "D":
            return np.datetime64(unit_number * _DAY + self.offset * _HOUR, "s")
        if unit == "W":
            return np.datetime64((unit_number * 7 + _FIRST_MONDAY_DAYS + self.offset) * _DAY, "s")
        months, days_later = (
            (unit_number, self.offset) if unit == "M" else (unit_number * 12 + self.offset, 0)
        )
        month = np.datetime64(months - 1970 * 12, "M")
        return month.astype("M8[s]") + np.timedelta64(days_later * _DAY, "s")
