"""Cases of backtests laid on top of each other: what weights are learned from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..panel import Doubles
from .backtest import Case
from .pool import GRID

MOST_SERIES = 3000
"""Of more series some are drawn to learn from."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Cases laid on top of each other.

    Parameters
    ----------
    quantiles : (n_members, n, horizon, len(GRID))
    actual : (n, horizon)
    scale, size : (n,)
    """

    quantiles: Doubles
    actual: Doubles
    scale: Doubles
    size: Doubles

    @property
    def inner(self) -> Doubles:
        """(n_members, n, horizon, len(LEVELS)): quantiles without the outermost ones."""
        return self.quantiles[..., 1:-1]

    def take(self, rows: NDArray[Any]) -> "Stack":
        """Some of the rows."""
        return Stack(
            quantiles=self.quantiles[:, rows],
            actual=self.actual[rows],
            scale=self.scale[rows],
            size=self.size[rows],
        )


def stacked(cases: Sequence[Case], sizes: Sequence[Doubles], levels: Sequence[float], seed: int) -> Stack:
    """All series with a value in a window, of all cases; of very many series some are drawn."""
    place = [list(levels).index(level) for level in GRID]
    rng = np.random.default_rng(seed)
    parts: list[Stack] = []
    for case, size in zip(cases, sizes, strict=True):
        rows = np.flatnonzero(np.isfinite(case.actual).any(axis=1))
        if len(rows) > MOST_SERIES:
            rows = np.sort(rng.choice(rows, MOST_SERIES, replace=False))
        quantiles = np.stack([one.quantiles[rows][:, :, place] for one in case.forecasts.values()])
        parts.append(
            Stack(
                quantiles=quantiles,
                actual=case.actual[rows],
                scale=case.scale[rows],
                size=size[rows],
            )
        )
    return Stack(
        quantiles=np.concatenate([part.quantiles for part in parts], axis=1),
        actual=np.concatenate([part.actual for part in parts]),
        scale=np.concatenate([part.scale for part in parts]),
        size=np.concatenate([part.size for part in parts]),
    )
