"""Values as networks see them: as they are, or their logarithms where changes go by ratios."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ..panel import Doubles

LEAST_VALUES = 8
HEADROOM = 10.0


@dataclass(frozen=True, kw_only=True)
class Logs:
    """log(1 + value / unit), or the value itself.

    Parameters
    ----------
    unit : 0 = values stay as they are
    most : no value beyond this is told back
    """

    unit: float
    most: float

    @classmethod
    def none(cls) -> Self:
        """Values stay as they are."""
        return cls(unit=0.0, most=0.0)

    @classmethod
    def learn(cls, target: Doubles) -> Self:
        """Logarithms if no value is below 0 and they are nearer to normal within each series.

        The unit is the value that a twentieth of the positive ones is below.
        Source: Box & Cox, An analysis of transformations, 1964: the likelihoods are compared.
        """
        positive = target[target > 0]
        if not len(positive) or (target < 0).any():
            return cls.none()
        logs = cls(unit=float(np.quantile(positive, 0.05)), most=HEADROOM * float(positive.max()))
        known = np.isfinite(target)
        n = known.sum(axis=1)
        slope = np.where(known, np.log(target + logs.unit), 0).sum(axis=1)
        plain = -n / 2 * np.log(_variance(target))
        logged = -n / 2 * np.log(_variance(logs.of(target))) - slope
        usable = (n >= LEAST_VALUES) & np.isfinite(plain) & np.isfinite(logged)
        return logs if logged[usable].sum() > plain[usable].sum() else cls.none()

    def of(self, values: Doubles) -> Doubles:
        """What the network sees of values; NaN stays."""
        return np.log1p(np.maximum(values, 0) / self.unit) if self.unit else values

    def slope(self, seen: Doubles) -> Doubles:
        """How many units of value a step of what the network sees is worth."""
        return self.unit + self.back(seen) if self.unit else np.ones_like(seen)

    def back(self, seen: Doubles) -> Doubles:
        """The values of what the network sees."""
        if not self.unit:
            return seen
        return self.unit * np.expm1(np.clip(seen, 0, np.log1p(self.most / self.unit)))


def _variance(values: Doubles) -> Doubles:
    """(n_series,), of the known values; NaN where it is 0 or nothing is known."""
    known = np.isfinite(values)
    n = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, values, 0).sum(axis=1) / n
    found = np.where(known, values - mean[:, None], 0).__pow__(2).sum(axis=1) / n
    return np.where(found > 0, found, np.nan)
