"""The records of a catalogue's items as columns, for filters: each is made when it is first asked for."""

from collections.abc import Callable, Iterable
from functools import cached_property

import numpy as np
import polars as pl
from cachetools import LRUCache

from presage.columns import ITEM_ID, by_caseless
from presage.features.texts import distinct, rows_among
from presage.filters.tree import All, Condition
from presage.recipes.data import Ints

from .cells import Bools, Cells, cells_of
from .memory import ItemsNow

MOST_BYTES = 64 * 2**20
"""So many bytes of masks are kept, of those asked for last; one takes a byte an item."""


class ItemCells:
    """What is known of some items at a moment. It belongs to one thread.

    Parameters
    ----------
    ids : gives the items, each once
    items : what the group knows of them
    """

    def __init__(self, ids: Callable[[], pl.Series], items: ItemsNow) -> None:
        self._ids_of, self._items = ids, items
        self._columns: dict[str, Cells] = {}
        self._masks: LRUCache[tuple[All, ...], Bools] = LRUCache(
            MOST_BYTES, getsizeof=lambda mask: mask.nbytes
        )

    def met(self, alternatives: tuple[All, ...]) -> Bools:
        """(n_items,): which items meet all conditions of an alternative; not to be changed."""
        found = self._masks.get(alternatives)
        if found is None:
            found = np.zeros(len(self._ids), bool)
            for conditions in alternatives:
                found |= self._all(conditions)
            if found.nbytes <= MOST_BYTES:
                self._masks[alternatives] = found
        return found

    @property
    def ready(self) -> set[str]:
        """The names of the columns that are made."""
        return set(self._columns)

    def prepare(self, before: "ItemCells") -> None:
        """Make the columns that were asked of others; any thread, before this is asked anything."""
        for name in before.ready:
            self.column(name)

    def column(self, name: str) -> Cells:
        """A column by its name in upper case."""
        if name not in self._columns:
            self._columns[name] = cells_of(self._series(name), self.present)
        return self._columns[name]

    def _all(self, conditions: Iterable[Condition]) -> Bools:
        found = self.present.copy()
        for condition in conditions:
            found &= self.column(condition.field).met(condition)
        return found

    @cached_property
    def _ids(self) -> pl.Series:
        return self._ids_of()

    @cached_property
    def present(self) -> Bools:
        """(n_items,): which items have a record."""
        return (self._stored_row >= 0) | (self._told_row >= 0)

    def _series(self, name: str) -> pl.Series:
        """A column of the records: what was told last holds; null where there is none."""
        if name == self._items.key:
            return pl.select(pl.when(pl.Series(self.present)).then(self._ids)).to_series()
        columns = self._items.stored.table.columns
        stored, told = by_caseless(columns).get(name), by_caseless(self._told.columns).get(name)
        of_stored = _gathered(columns[stored].series() if stored else None, self._stored_row)
        of_told = _gathered(self._told[told] if told else None, self._told_row)
        return pl.select(
            pl.when(pl.Series(self._told_row >= 0)).then(of_told).otherwise(of_stored)
        ).to_series()

    @cached_property
    def _stored_row(self) -> Ints:
        """(n_items,), rows of the stored records, -1 = none."""
        stored = self._items.stored
        rows = rows_among(stored.ids.series(), self._ids)
        return np.where((rows >= 0) & stored.has_record[rows], rows, -1) if len(stored.ids) else rows

    @cached_property
    def _told(self) -> pl.DataFrame:
        return self._items.told.unique(ITEM_ID, keep="last").drop_nulls(ITEM_ID).sort(ITEM_ID)

    @cached_property
    def _told_row(self) -> Ints:
        """(n_items,), rows of the told records, -1 = none."""
        return rows_among(distinct(self._told[ITEM_ID]), self._ids)


def _gathered(column: pl.Series | None, rows: Ints) -> pl.Series:
    """The cells of some rows; null for row -1."""
    if column is None or not len(column):
        dtype = pl.Null() if column is None else column.dtype
        return pl.repeat(None, len(rows), dtype=dtype, eager=True)
    wanted = pl.Series(rows)
    return column.gather(pl.select(pl.when(wanted >= 0).then(wanted)).to_series())
