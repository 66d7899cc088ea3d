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
