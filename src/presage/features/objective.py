"""What each item is worth under a solution's optimizationObjective."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.columns import ITEM_ID, by_caseless, caseless
from presage.errors import JobFailure, few

from .texts import Names


def item_rewards(items: pl.DataFrame | None, names: Names, column: str) -> NDArray[np.float64]:
    """(n_items,): the objective's itemAttribute of each item; 0 for an item without a record.

    Parameters
    ----------
    items : the Items dataset; of several rows with one id the last holds; None without a dataset
    names : the items by row
    column : its name in any case

    Raises JobFailure if Items has no such column, or a record has no number in it.
    """
    known = [] if items is None else [name for name in items.columns if name != ITEM_ID]
    column = by_caseless(known).get(caseless(column), column)
    if items is None or column not in known:
        raise JobFailure(
            f"optimizationObjective names the column {column!r}; Items has: {few(known) or 'none'}"
        )
    records = items.unique(ITEM_ID, keep="last", maintain_order=True)
    worth = records.select(ITEM_ID, worth=pl.col(column).cast(pl.Float64, strict=False))
    _check(records.filter(~worth["worth"].is_finite().fill_null(False)), column)
    ids = pl.DataFrame({ITEM_ID: list(names)}, schema={ITEM_ID: pl.String})
    return ids.join(worth, on=ITEM_ID, how="left", maintain_order="left")["worth"].fill_null(0.0).to_numpy()


def _check(wrong: pl.DataFrame, column: str) -> None:
    if len(wrong):
        record = wrong.row(0, named=True)
        raise JobFailure(
            f"optimizationObjective needs a number in {column} of every item;"
            f" item {record[ITEM_ID]!r} has {record[column]!r}"
        )
