"""The items or actions that a version can answer with: those of its training, and those told since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.columns import ITEM_ID
from presage.features.texts import Names
from presage.recipes.data import Longs, UserModel
from presage.recipes.ranking.trending import TrendingModel

from .item_cells import ItemCells
from .memory import ItemsNow
from .version import Version

SECONDS_PER_DAY = 86_400
FEW_ITEMS = 50_000
"""The ids of so few items are kept as strings, quicker to give out and to find, for about 150 bytes each."""
MOST_NEW = 10_000
"""So many new items take part, or as many as the model was trained on: those that were told last."""


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Every item's row, id, age and uses at a moment; actions have one too, and stand in it as items.

    Parameters
    ----------
    model : scores all of them; of actions those of the training alone
    trained : ids of the items of the training, which come first
    new : ids of the others, which the model knows by their features alone
    age_days : (n_items,), at the newest event of all; NaN if nothing tells
    uses : (n_items,), how many events are about each
    shown : (n_items,), how often each was shown beside what was used
    items : what the group knows of its items
    """

    model: UserModel
    trained: Names
    new: Sequence[str]
    age_days: NDArray[np.float64]
    uses: Longs
    shown: Longs
    items: ItemsNow

    def row(self, item_id: str) -> int | None:
        """The row of an item, None if the model does not know it."""
        few = self._few_rows
        if few is not None:
            return few.get(item_id)
        new = self._new_rows.get(item_id)
        return self.trained.row(item_id) if new is None else new

    def ids(self, rows: Iterable[int]) -> list[str]:
        """The ids of some rows."""
        known = self._few
        if known is not None:
            return [known[row] for row in rows]
        n_trained = len(self.trained)
        return [self.trained[row] if row < n_trained else self.new[row - n_trained] for row in rows]

    @cached_property
    def cells(self) -> ItemCells:
        """What is known of the items, for filters."""
        return ItemCells(self._ids, self.items)

    def _ids(self) -> pl.Series:
        return pl.concat([self.trained.series(), pl.Series(self.new, dtype=pl.String)])

    @cached_property
    def _few(self) -> list[str] | None:
        return [*self.trained, *self.new] if len(self.uses) <= FEW_ITEMS else None

    @cached_property
    def _few_rows(self) -> dict[str, int] | None:
        return None if self._few is None else {item_id: row for row, item_id in enumerate(self._few)}

    @cached_property
    def _new_rows(self) -> dict[str, int]:
        return {item_id: row for row, item_id in enumerate(self.new, len(self.trained))}


def catalogue_of(version: Version, items: ItemsNow) -> Catalogue:
    """A version's catalogue of items at a moment."""
    names = version.vocabulary.items
    by_events = isinstance(version.model, TrendingModel)  # its items need no record
    new = _new(names, items, used=by_events)
    features = {name: codec.column(_column(new, name)) for name, codec in version.vocabulary.item.items()}
    model = version.model.extended(features, len(new)) if len(new) else version.model
    return _catalogue(model, names, new, items)


def action_catalogue_of(version: Version, actions: ItemsNow) -> Catalogue:
    """A version's catalogue of actions at a moment."""
    names = version.vocabulary.actions
    return _catalogue(version.model, names, _new(names, actions), actions)


def _new(names: Names, items: ItemsNow, *, used: bool = False) -> pl.DataFrame:
    """The records of items that are not among some, not too many; `used`: those with events alone too."""
    return items.beside(names.series(), used=used).tail(max(MOST_NEW, len(names)))


def _catalogue(model: UserModel, names: Names, new: pl.DataFrame, items: ItemsNow) -> Catalogue:
    created_at, uses, shown = items.history(pl.concat([names.series(), new[ITEM_ID]]))
    age_seconds = items.newest_at - created_at.cast(pl.Float64).fill_null(nan).to_numpy()
    return Catalogue(
        model=model,
        trained=names,
        new=new[ITEM_ID].to_list(),
        age_days=age_seconds / SECONDS_PER_DAY,
        uses=uses.to_numpy(),
        shown=shown.to_numpy(),
        items=items,
    )


def _column(records: pl.DataFrame, name: str) -> pl.Series:
    """A column of records; null where the group's items have none of this name."""
    if name in records.columns:
        return records[name]
    return pl.repeat(None, len(records), dtype=pl.String, eager=True)
