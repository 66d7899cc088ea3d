"""A panel of series, and what each of its rows is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from presage.recipes.forecasting.panel import Panel

Key = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SeriesTable:
    """Series on one grid of steps.

    Parameters
    ----------
    dimensions : what tells series apart: the item id first
    keys : (n_series,), the values of these of each row of the panel, in rising order
    categories : attribute of the panel -> its values, in the order of their codes
    """

    dimensions: tuple[str, ...]
    keys: Sequence[Key]
    panel: Panel
    categories: Mapping[str, Sequence[str]]

    def take(self, rows: Sequence[int] | NDArray[np.integer]) -> Self:
        """Some of the series, in the order of these rows."""
        picked = np.asarray(rows, np.int64)
        return replace(self, keys=[self.keys[row] for row in picked], panel=self.panel.take(picked))
