"""How many steps a season has."""

from .frequency import Frequency, Unit

_PER_CYCLE: dict[Unit, int] = {"min": 1440, "H": 24, "D": 7, "W": 1, "M": 12, "Y": 1}
"""Units in a day, a week (of days), a year (of months); weeks and years have no season of their own."""


def season_of(frequency: Frequency) -> int:
    """Steps after which a series is expected to repeat itself: 24 of hours, 7 of days, 4 of 3M; 1 = none.

    It is the season of MASE. Steps that do not divide their cycle, as 5D, have none.
    """
    cycle = _PER_CYCLE[frequency.unit]
    return cycle // frequency.multiple if cycle % frequency.multiple == 0 else 1


_TS: dict[str, int] = {"Y": 1, "M": 12, "W": 52, "D": 7, "H": 24}
_TS_MINUTES = {30: 2, 15: 4, 10: 6, 5: 12, 1: 60}


def ts_frequency(frequency: Frequency) -> int:
    """The `frequency` of R's ts objects that Amazon Forecast gives ARIMA and ETS; 1 where its table has none.

    Source: Amazon Forecast developer guide, ARIMA and ETS.
    """
    if frequency.unit == "min":
        return _TS_MINUTES.get(frequency.multiple, 1)
    return _TS[frequency.unit] if frequency.multiple == 1 else 1


def long_seasons(frequency: Frequency) -> list[int]:
    """Seasons in steps, the shortest first; [] = none.

    A day and a week of hours and minutes, a week and a year of days, a year of weeks, else as `season_of`.
    """
    day = season_of(frequency)
    if frequency.unit in {"min", "H"} and day > 1:
        return [day, 7 * day]
    if str(frequency) in {"W", "D"}:
        return [52] if frequency.unit == "W" else [7, 365]
    return [day] if day > 1 else []
