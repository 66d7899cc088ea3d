"""The steps of a panel, and how the rows of a series come to lie on them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .alignment import Alignment
from .filling import Doubles
from .rows import TIMESTAMP

ROW = "_row"
"""The column that says to which row of the panel a value belongs."""
_STEP, _VALUE = "_step", "_value"
MOST_CELLS = 1_000_000_000
ROWS_AT_ONCE = 1_000_000
Cells = NDArray[np.int64]
"""(n_values,), of each value row * n_steps + step."""
Batches = Iterable[tuple[Cells, Doubles]]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Steps of a frequency, several units each if it has a multiple; the first begins with a unit.

    Parameters
    ----------
    first_unit : the number of the first unit of the first step
    n_steps : of the history
    """

    alignment: Alignment
    first_unit: int
    n_steps: int

    @classmethod
    def over(cls, rows: pl.LazyFrame, alignment: Alignment) -> "Grid":
        """The steps from the first to the last time of some rows; raises ValueError if there is none."""
        time = pl.col(TIMESTAMP)
        ends = rows.select(first=alignment.unit_of(time.min()), last=alignment.unit_of(time.max()))
        first, last = ends.collect(engine="streaming").row(0)
        if first is None:
            raise ValueError("the target time series has no row; import its data first")
        n_steps = (last - first) // alignment.frequency.multiple + 1
        return cls(alignment=alignment, first_unit=first, n_steps=n_steps)

    @property
    def first(self) -> np.datetime64:
        """When the first step begins."""
        return self.alignment.start_of(self.first_unit)

    def start(self, step: int) -> np.datetime64:
        """When a step begins."""
        return self.alignment.start_of(self.first_unit + step * self.alignment.frequency.multiple)

    def dense(
        self, rows: pl.LazyFrame, number: str, aggregation: str, n_series: int, n_ahead: int = 0
    ) -> Doubles:
        """(n_series, n_steps + n_ahead): the values of each step made one; NaN where there is none.

        Parameters
        ----------
        rows : ROW, the time and the number; other times than those of the steps are passed over
        aggregation : one of AGGREGATIONS
        """
        n_steps = self.n_steps + n_ahead
        if n_series * n_steps > MOST_CELLS:
            raise ValueError(
                f"{n_series} series of {n_steps} steps, the first at {self.first}, are more than {MOST_CELLS}"
                " values; take a coarser frequency or fewer series, and look whether the first time is right"
            )
        found = rows.select(
            ROW,
            TIMESTAMP,
            self._step().alias(_STEP),
            pl.col(number).cast(pl.Float64).fill_nan(None).alias(_VALUE),
        ).filter(pl.col(_STEP).is_between(0, n_steps - 1), pl.col(_VALUE).is_not_null())
        if aggregation == "first":
            found = found.sort(TIMESTAMP, maintain_order=True)
        table = found.select(pl.col(ROW).cast(pl.Int64) * n_steps + pl.col(_STEP), _VALUE)
        batches = table.collect_batches(chunk_size=ROWS_AT_ONCE, maintain_order=True, engine="streaming")
        pairs = ((batch[ROW].to_numpy(), batch[_VALUE].to_numpy()) for batch in batches)
        return _AGGREGATE[aggregation](pairs, n_series * n_steps).reshape(n_series, n_steps)

    def _step(self) -> pl.Expr:
        unit = self.alignment.unit_of(pl.col(TIMESTAMP))
        return (unit - self.first_unit).floordiv(self.alignment.frequency.multiple)


def _sum(batches: Batches, n: int) -> Doubles:
    total, is_known = np.zeros(n), np.zeros(n, np.bool_)
    for cells, values in batches:
        np.add.at(total, cells, values)
        is_known[cells] = True
    total[~is_known] = np.nan
    return total


def _mean(batches: Batches, n: int) -> Doubles:
    total, count = np.zeros(n), np.zeros(n, np.int32)
    for cells, values in batches:
        np.add.at(total, cells, values)
        np.add.at(count, cells, 1)
    return np.divide(total, count, out=np.full(n, np.nan), where=count > 0)


def _first(batches: Batches, n: int) -> Doubles:
    found = np.full(n, np.nan)
    for cells, values in batches:
        back = np.flatnonzero(np.isnan(found[cells]))[::-1]
        found[cells[back]] = values[back]  # of several the one that is written last stays: the first
    return found


def _least(batches: Batches, n: int) -> Doubles:
    found = np.full(n, np.nan)
    for cells, values in batches:
        np.fmin.at(found, cells, values)
    return found


def _most(batches: Batches, n: int) -> Doubles:
    found = np.full(n, np.nan)
    for cells, values in batches:
        np.fmax.at(found, cells, values)
    return found


_AGGREGATE: Mapping[str, Callable[[Batches, int], Doubles]] = {
    "sum": _sum,
    "avg": _mean,
    "first": _first,
    "min": _least,
    "max": _most,
}
