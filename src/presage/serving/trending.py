"""The step that ranks by what is used more and more at the moment."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.columns import ITEM_ID
from presage.recipes.data import Floats
from presage.recipes.ranking.trending import growth, trend

from .catalogue import Catalogue
from .memory import GroupMemory
from .steps import Asked, Mask

MOST_SECONDS = 7200
"""What grows is worked out anew after an interval, or after two hours if that is longer."""


class Trending:
    """Scores by the growth from the last interval but one to the last, from all that the group was told.

    If there are no events in both, or if nothing grows, items are ranked by all events about them.

    Parameters
    ----------
    seconds : the length of an interval
    """

    def __init__(self, *, seconds: int) -> None:
        self._seconds = seconds
        self._until = float("-inf")
        self._grown: dict[str, float] = {}
        self._of: Catalogue | None = None
        self._scores = np.zeros(0, np.float32)

    def __call__(self, scores: Floats, mask: Mask, asked: Asked) -> tuple[Floats, Mask]:
        """The scores of the moment; what the model says is of the time of its training."""
        del scores
        is_due = not 0 <= asked.now - self._until < min(self._seconds, MOST_SECONDS)
        if is_due:
            self._grown, self._until = grown(asked.memory, asked.now, self._seconds), asked.now
        if is_due or self._of is not asked.catalogue:
            self._scores, self._of = _scores(self._grown, asked.catalogue), asked.catalogue
        return self._scores.copy(), mask


def grown(memory: GroupMemory, now: float, seconds: float) -> dict[str, float]:
    """Item -> its growth at a moment, of the items that grow."""
    events = memory.uses_after(now - 2 * seconds).filter(pl.col("time") <= now)
    is_late = pl.col("time") > now - seconds
    counts = events.group_by(ITEM_ID).agg(is_late.sum().alias("lately"), (~is_late).sum().alias("before"))
    rate = growth(counts["lately"].cast(pl.Int64).to_numpy(), counts["before"].cast(pl.Int64).to_numpy())
    found = zip(counts[ITEM_ID].to_list(), rate.tolist(), strict=True)
    return {item_id: rate for item_id, rate in found if rate > 0}


def _scores(grown: dict[str, float], catalogue: Catalogue) -> NDArray[np.float32]:
    rates = np.zeros(len(catalogue.uses))
    for item_id, rate in grown.items():
        row = catalogue.row(item_id)
        if row is not None:
            rates[row] = rate
    return trend(rates, catalogue.uses)
