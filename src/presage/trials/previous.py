"""Going on from an older model: which row of it each item of the new data has."""

from collections.abc import Iterable

import numpy as np

from presage.recipes.data import Previous, RankingModel
from presage.recipes.ranking.objective import LiftedModel


def previous_of(model: RankingModel, old: Iterable[str], new: Iterable[str]) -> Previous:
    """An older model for a training on new data.

    Parameters
    ----------
    model : of relevance alone, or lifted by an objective, which is taken off
    old, new : the ids of the items in the rows of the model, and in the rows of the new data
    """
    rows = {item_id: row for row, item_id in enumerate(old)}
    item = np.array([rows.get(item_id, -1) for item_id in new], np.int32)
    return Previous(model=model.inner if isinstance(model, LiftedModel) else model, item=item)
