"""The step that multiplies scores by a column of the items."""

import numpy as np

from presage.columns import caseless
from presage.recipes.data import Floats

from .catalogue import Catalogue
from .cells import NumberCells
from .steps import Asked, Mask


class Multiply:
    """Each item's score times a number of its record; the scores sum to what they did before.

    An item without the number keeps its score, a number below 0 counts as 0.

    Parameters
    ----------
    column : a column of numbers; as long as the items have none of this name, nothing changes
    """

    def __init__(self, column: str) -> None:
        self._column = caseless(column)
        self._of: Catalogue | None = None
        self._factors: Floats | None = None

    def __call__(self, scores: Floats, mask: Mask, asked: Asked) -> tuple[Floats, Mask]:
        """The scores multiplied, the mask as it is."""
        factors = self._factors_of(asked.catalogue)
        if factors is not None:
            before = scores.sum()
            scores *= factors
            after = scores.sum()
            if after > 0:
                scores *= before / after
        return scores, mask

    def _factors_of(self, catalogue: Catalogue) -> Floats | None:
        """(n_items,); None if the column holds no numbers."""
        if catalogue is not self._of:
            cells = catalogue.cells.column(self._column)
            self._factors = _factors(cells) if isinstance(cells, NumberCells) else None
            self._of = catalogue
        return self._factors


def _factors(cells: NumberCells) -> Floats:
    values = np.asarray(cells.column.values, np.float64)
    is_given = np.isfinite(values)
    if cells.column.is_null is not None:
        is_given &= ~cells.column.is_null
    largest = float(np.finfo(np.float32).max)
    return np.where(is_given, np.clip(values, 0.0, largest), 1.0).astype(np.float32)
