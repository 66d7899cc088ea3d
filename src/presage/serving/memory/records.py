"""The records of a group's items or users, by id."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.features.texts import Names, distinct
from presage.recipes.data import Longs

from .columns import Arrays, Table

PLACE = "#place"
"""A row's place in the event log; 0 if it was imported. No schema may have a column of such a name."""
NO_RECORD = -1
"""The place of an id that only events name."""


@dataclass(frozen=True, kw_only=True)
class Records:
    """A record for each id.

    Parameters
    ----------
    ids : the ids in order
    table : their columns, a row each
    place : (n_ids,), the place in the log at which each record was told; 0 = imported, -1 = there is none
    """

    ids: Names
    table: Table
    place: Longs

    @classmethod
    def of(cls, frame: pl.DataFrame, key: str, others: pl.Series | None = None) -> Self:
        """The records of a frame that has `PLACE`; ids of `others` have none. The last of an id holds.

        Parameters
        ----------
        key : the column that holds the ids
        others : further ids, each at least once
        """
        last = frame.unique(key, keep="last", maintain_order=True).drop_nulls(key)
        ids = distinct(last[key]) if others is None else distinct(last[key], others)
        rows = ids.alias(key).to_frame().join(last, on=key, how="left", maintain_order="left")
        place = rows[PLACE].fill_null(NO_RECORD).cast(pl.Int64).to_numpy()
        return cls(ids=Names.of(ids), table=Table.of(rows.drop(key, PLACE)), place=place)

    @property
    def has_record(self) -> NDArray[np.bool_]:
        """(n_ids,): whether an id has one, or only events name it."""
        return self.place != NO_RECORD

    def row(self, id_: str) -> int | None:
        """The row of an id that has a record."""
        row = self.ids.row(id_)
        return None if row is None or self.place[row] == NO_RECORD else row

    def record(self, row: int) -> dict[str, Any]:
        """A record by column."""
        return self.table.records(np.array([row]))[0]

    def beyond(self, place: int) -> Self:
        """Those that were told after a place in the log."""
        return self.take(np.flatnonzero(self.place > place))

    def take(self, rows: NDArray[np.int64]) -> Self:
        """Some of them, in their order."""
        return type(self)(ids=self.ids.take(rows), table=self.table.take(rows), place=self.place[rows])

    def with_told(self, frame: pl.DataFrame, key: str) -> Self:
        """These, and records of a frame as `of` takes it, which hold where both have an id."""
        return type(self).of(pl.concat([self.frame(key), frame], how="diagonal_relaxed"), key)

    def frame(self, key: str) -> pl.DataFrame:
        """What `of` made the records from, without ids that have none."""
        ids = self.ids.series().alias(key)
        frame = self.table.frame().with_columns(ids, pl.Series(PLACE, self.place))
        return frame.filter(pl.col(PLACE) != NO_RECORD)

    @property
    def nbytes(self) -> int:
        """The bytes that they take."""
        return self.ids.nbytes + self.table.nbytes + self.place.nbytes

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """The records as arrays, by names that begin with `prefix`."""
        own = {f"{prefix}.place": self.place, **self.ids.arrays(f"{prefix}.ids")}
        return own | self.table.arrays(f"{prefix}.columns")

    @classmethod
    def from_arrays(cls, arrays: Arrays, columns: list[str], prefix: str) -> Self:
        """What `arrays` gave; the arrays may be memory-mapped."""
        return cls(
            ids=Names.from_arrays(arrays, f"{prefix}.ids"),
            table=Table.from_arrays(arrays, columns, f"{prefix}.columns"),
            place=arrays[f"{prefix}.place"],
        )
