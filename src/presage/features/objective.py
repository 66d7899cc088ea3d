"""What each item is worth under a solution's optimizationObjective."""

import numpy as np
import orjson
from numpy.typing import NDArray

from presage.errors import JobFailure

from .encode import Encoded


def item_rewards(encoded: Encoded, column: str) -> NDArray[np.float64]:
    """(n_items,): the objective's itemAttribute of each item; 0 for an item without a record.

    Raises JobFailure if Items has no such column, or a record has no number in it.
    """
    if column not in encoded.item_columns:
        known = ", ".join(encoded.item_columns) or "none"
        raise JobFailure(f"optimizationObjective names the column {column!r}; Items has: {known}")
    rewards = np.zeros(len(encoded.item_records))
    for row, record in enumerate(encoded.item_records):
        if record:
            rewards[row] = _number(orjson.loads(record).get(column), column, encoded.vocabulary.items[row])
    return rewards


def _number(text: str | None, column: str, item_id: str) -> float:
    try:
        return float(text or "")
    except ValueError:
        raise JobFailure(
            f"optimizationObjective needs a number in {column} of every item; item {item_id!r} has {text!r}"
        ) from None
