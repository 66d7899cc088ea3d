"""How far apart the steps of a series are: `D`, `15min`, `3M`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

Unit = Literal["min", "H", "D", "W", "M", "Y"]
Instants = NDArray[np.datetime64]
"""Points in time by the data's own clock, without a zone, to the second."""
_SECONDS: Mapping[str, int] = {"min": 60, "H": 3600, "D": 86400, "W": 7 * 86400}
_MONTHS: Mapping[str, int] = {"M": 1, "Y": 12}


@dataclass(frozen=True)
class Frequency:
    """A step of so many units.

    Parameters
    ----------
    multiple : at least 1
    unit : as Amazon Forecast writes it
    """

    multiple: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Self:
        """The frequency that a text such as `W` or `30min` names. Raises ValueError for any other text."""
        match = re.fullmatch(rf"([1-9]\d*)?({'|'.join(get_args(Unit))})", text)
        if not match:
            raise ValueError(
                f"{text!r} is no frequency; it must be a unit of {get_args(Unit)}, or as in 15min"
            )
        unit: Unit = match[2]  # pyright: ignore[reportAssignmentType]
        return cls(int(match[1] or 1), unit)

    def __str__(self) -> str:
        return f"{self.multiple if self.multiple > 1 else ''}{self.unit}"

    @property
    def seconds(self) -> int:
        """How long a step is; of months and years an average."""
        if self.unit in _SECONDS:
            return self.multiple * _SECONDS[self.unit]
        return round(self.multiple * _MONTHS[self.unit] * 86400 * 365.2425 / 12)

    def starts(self, first: np.datetime64, n: int) -> Instants:
        """(n,): where the steps begin, the first one at `first`."""
        k = np.arange(n) * self.multiple
        if self.unit in _SECONDS:
            return first.astype("M8[s]") + (k * _SECONDS[self.unit]).astype("m8[s]")
        month = first.astype("M8[M]")
        within = first.astype("M8[s]") - month.astype("M8[s]")
        return (month + (k * _MONTHS[self.unit]).astype("m8[M]")).astype("M8[s]") + within
