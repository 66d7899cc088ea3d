"""Where steps are in the hour, the day, the week, the month and the year, as columns of a network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ...data import Floats
from ..frequency import Frequency, Instants, Unit
from ..panel import Doubles


@dataclass(frozen=True)
class Cycle:
    """What repeats itself.

    Parameters
    ----------
    phase : (n,) in [0, 1), where steps are in it
    seconds : how long it is
    n_waves : how many sines and cosines tell it
    """

    phase: Callable[[Instants], Doubles]
    seconds: float
    n_waves: int


def _since(unit: str, seconds: float) -> Callable[[Instants], Doubles]:
    """The part of the cycle that has passed since the last begin of a calendar unit."""

    def phase(starts: Instants) -> Doubles:
        return (starts - starts.astype(f"M8[{unit}]")).astype("m8[s]").astype(float) / seconds

    return phase


def _week(starts: Instants) -> Doubles:
    monday = np.datetime64("1970-01-05", "D")
    return (starts.astype("M8[D]") - monday).astype(np.int64) % 7 / 7


def _months(starts: Instants) -> Doubles:
    return starts.astype("M8[M]").astype(np.int64) % 12 / 12


DAY = 86_400.0
YEAR = 365 * DAY
CYCLES: Mapping[str, Cycle] = {
    "minute-of-hour": Cycle(_since("h", 3600), 3600, 2),
    "hour-of-day": Cycle(_since("D", DAY), DAY, 4),
    "day-of-week": Cycle(_week, 7 * DAY, 3),
    "day-of-month": Cycle(_since("M", 31 * DAY), 30 * DAY, 2),
    "week-of-month": Cycle(_since("M", 31 * DAY), 30 * DAY, 1),
    "day-of-year": Cycle(_since("Y", 366 * DAY), YEAR, 2),
    "week-of-year": Cycle(_since("Y", 366 * DAY), YEAR, 3),
    "month-of-year": Cycle(_months, YEAR, 5),
}
OF_UNIT: Mapping[Unit, tuple[str, ...]] = {
    "min": ("minute-of-hour", "hour-of-day", "day-of-week", "day-of-month", "day-of-year"),
    "H": ("hour-of-day", "day-of-week", "day-of-month", "day-of-year"),
    "D": ("day-of-week", "day-of-month", "day-of-year"),
    "W": ("week-of-month", "week-of-year"),
    "M": ("month-of-year",),
    "Y": (),
}
"""As Amazon Forecast derives them for DeepAR+ and CNN-QR."""
SEEN = 1.5
"""So often a cycle must have been gone through before it is learned."""


def cycles_of(frequency: Frequency, n_steps: int) -> tuple[str, ...]:
    """The names of the cycles that a history of so many steps can teach."""
    span = n_steps * frequency.seconds
    return tuple(
        name for name in OF_UNIT[frequency.unit] if frequency.seconds < CYCLES[name].seconds <= span / SEEN
    )


def clock(starts: Instants, names: tuple[str, ...]) -> Floats:
    """(n, n_columns): sines and cosines of the cycles."""
    columns: list[Doubles] = []
    for name in names:
        cycle = CYCLES[name]
        angle = 2 * np.pi * np.outer(cycle.phase(starts), np.arange(1, cycle.n_waves + 1))
        columns += [np.sin(angle), np.cos(angle)]
    return np.concatenate([np.zeros((len(starts), 0)), *columns], axis=1).astype(np.float32)
