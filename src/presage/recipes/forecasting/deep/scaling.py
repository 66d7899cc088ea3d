"""By what windows are scaled: their level and spread, and those of series without a history."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ...data import Longs
from ..panel import Doubles

PRIOR = 2.0
"""The usual spread counts as much as so many values."""
ENOUGH = 5
"""A value of an attribute tells the level of cold series if so many series with it have a history."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What values are scaled by: (value - loc) / spread. Each (n,); NaN where nothing is known."""

    loc: Doubles
    spread: Doubles


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """What the series of a training have in common.

    Parameters
    ----------
    share : the usual spread, as a part of the level
    unit : the spread of a window that has none
    is_centred : whether the level is taken off; else values are only divided by their mean size
    """

    share: float
    unit: float
    is_centred: bool

    @classmethod
    def learn(cls, target: Doubles, *, is_centred: bool) -> Self:
        """From all series (n_series, n_steps)."""
        plain = cls(share=0.0, unit=1.0, is_centred=is_centred).of(target)
        level, spread = np.abs(plain.loc), plain.spread
        usual = np.isfinite(spread) & (level > 0)
        share = float(np.median(spread[usual] / level[usual])) if usual.any() else 0.0
        known = spread[np.isfinite(spread)]
        return cls(share=share, unit=float(np.median(known)) if len(known) else 1.0, is_centred=is_centred)

    def of(self, values: Doubles) -> Scale:
        """Of windows (n, n_steps) with NaN, by the values that are known."""
        known = np.isfinite(values)
        n = known.sum(axis=1)
        loc = np.where(known, values, 0).sum(axis=1) / np.maximum(n, 1)
        centre = loc if self.is_centred else np.zeros_like(loc)
        off = np.where(known, np.abs(values - centre[:, None]), 0).sum(axis=1)
        usual = self.share * np.abs(loc) if self.is_centred else np.abs(loc)
        spread = (off + PRIOR * usual) / (n + PRIOR)
        spread = np.where(spread > 0, spread, self.unit)
        return Scale(loc=np.where(n > 0, centre, np.nan), spread=np.where(n > 0, spread, np.nan))

    def to_json(self) -> dict[str, Any]:
        """The same for JSON."""
        return {"share": self.share, "unit": self.unit, "is_centred": self.is_centred}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """What `to_json` told."""
        return cls(**told)


def scale_by_attributes(scaling: Scaling, target: Doubles, codes: Longs) -> Scale:
    """(n_series,): the scale of each series as its attributes would tell it; NaN where they do not.

    It is the mean, over its attributes, of what is usual among the series of the same value. Spreads are wide
    enough for how far the levels of these series are apart.

    Parameters
    ----------
    codes : (n_series, n_attributes), 0 = not known
    """
    own = scaling.of(target)
    warm = np.isfinite(own.loc)
    loc, spread, n = np.zeros(len(target)), np.zeros(len(target)), np.zeros(len(target))
    for code in codes.T:
        for value in np.unique(code[code > 0]):
            alike = code == value
            like = alike & warm
            if like.sum() >= ENOUGH:
                middle = np.median(own.loc[like])
                loc[alike] += middle
                spread[alike] += np.median(np.abs(own.loc[like] - middle) + own.spread[like])
                n[alike] += 1
    none = np.where(n > 0, n, np.nan)
    return Scale(loc=loc / none, spread=spread / none)
