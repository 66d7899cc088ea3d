"""Columns of cells that a filter's conditions are held against: all items at once, or one user."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.features.texts import Names, distinct, rows_among
from presage.filters.tree import Condition, Number, Operator, Strings
from presage.recipes.data import Longs
from presage.recipes.ranking.ragged import bounds

from .memory.columns import NumberColumn

Bools: TypeAlias = NDArray[np.bool_]
BETWEEN = "|"
"""Stands between the values of a text that has several."""
COMPARE: Mapping[Operator, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
WIDTHS: Mapping[pl.DataType | None, Callable[[Any], Any]] = {
    pl.Int32(): np.int64,
    pl.Int64(): np.int64,
    pl.Float32(): np.float32,
    pl.Float64(): np.float64,
}
"""Type of a column of numbers -> one of its cells as NumPy compares it."""
_VALUE, _ROW = "value", "row"


@dataclass(frozen=True, kw_only=True)
class TextCells:
    """Strings, of which a cell may have several, and where each is.

    Parameters
    ----------
    cells : the column as it was
    values : each value, and each cell of several values as a whole
    present : (n_rows,), which rows have a record
    start, rows : value v is in rows[start[v]:start[v + 1]]
    """

    cells: pl.Series
    values: Names
    start: Longs
    rows: Longs
    present: Bools

    @classmethod
    def of(cls, cells: pl.Series, present: Bools) -> Self:
        """The cells of a column of strings."""
        whole = cells.alias(_VALUE).to_frame().with_row_index(_ROW).drop_nulls()
        several = whole.filter(pl.col(_VALUE).str.contains(BETWEEN, literal=True))
        single = whole.with_columns(pl.col(_VALUE).str.split(BETWEEN)).explode(_VALUE)
        both = pl.concat([single, several])
        values = distinct(both[_VALUE])
        value = rows_among(values, both[_VALUE])
        order = np.argsort(value, kind="stable")
        return cls(
            cells=cells,
            present=present,
            values=Names.of(values),
            start=bounds(np.bincount(value, minlength=len(values))),
            rows=both[_ROW].cast(pl.Int64).to_numpy()[order],
        )

    def among(self, strings: Strings) -> Bools:
        """(n_rows,): which cells have one of some values."""
        found = np.zeros(len(self.cells), bool)
        for string in strings:
            value = self.values.row(string)
            if value is not None:
                found[self.rows[self.start[value] : self.start[value + 1]]] = True
        return found

    def operand(self, row: int) -> Strings:
        """The values of a cell, to compare others with."""
        return values_of(self.cells[row])

    def met(self, condition: Condition) -> Bools:
        """(n_rows,): where a condition is met."""
        operand = condition.operand
        if not operand or not isinstance(operand, tuple):
            return np.zeros(len(self.cells), bool)
        among = self.among(operand)
        if condition.operator == "NOT IN":
            return self.present & ~among
        return self.cells.is_not_null().to_numpy() & ~among if condition.operator == "!=" else among


@dataclass(frozen=True, kw_only=True)
class NumberCells:
    """Numbers, of which some are missing."""

    column: NumberColumn

    def operand(self, row: int) -> Number | Strings:
        """A cell, to compare others with; nothing if it is missing."""
        (value,) = self.column.cells(slice(row, row + 1))
        return () if value is None else value

    def met(self, condition: Condition) -> Bools:
        """(n_rows,): where a condition is met."""
        operand = condition.operand
        if not isinstance(operand, int | float) or condition.operator not in COMPARE:
            return np.zeros(len(self.column), bool)
        found = _compare(condition.operator, self.column.values, operand)
        return found if self.column.is_null is None else found & ~self.column.is_null


@dataclass(frozen=True, kw_only=True)
class NoCells:
    """A column that is not there."""

    present: Bools

    def operand(self, _row: int) -> Strings:
        """Nothing."""
        return ()

    def met(self, condition: Condition) -> Bools:
        """(n_rows,): where a condition is met."""
        is_met = condition.operator == "NOT IN" and bool(condition.operand)
        return self.present & is_met


Cells: TypeAlias = TextCells | NumberCells | NoCells


def cells_of(series: pl.Series, present: Bools) -> Cells:
    """A column as conditions are held against it.

    Parameters
    ----------
    present : (n_rows,), which rows have a record
    """
    if series.dtype == pl.String:
        return TextCells.of(series, present)
    is_number = series.dtype.is_numeric()
    return NumberCells(column=NumberColumn.of(series)) if is_number else NoCells(present=present)


def values_of(cell: str | None) -> Strings:
    """The values of one cell of text."""
    return () if cell is None else (*dict.fromkeys(cell.split(BETWEEN)), *([cell] if BETWEEN in cell else ()))


def is_met(condition: Condition, cell: Any, type_: pl.DataType | None) -> bool:
    """Whether one cell meets a condition, as it would in a column of its type; None = there is no column."""
    operand = condition.operand
    if type_ in WIDTHS:
        is_comparable = isinstance(cell, int | float) and isinstance(operand, int | float)
        by = condition.operator
        return is_comparable and by in COMPARE and bool(_compare(by, WIDTHS[type_](cell), operand))
    if not operand or not isinstance(operand, tuple):
        return False
    is_among = not set(operand).isdisjoint(values_of(cell))
    if condition.operator == "NOT IN":
        return not is_among
    return cell is not None and is_among == (condition.operator != "!=")


def _compare(by: Operator, values: Any, number: Any) -> Any:
    """Numbers of any width with one that was written down: what fits no 32 bits is more than all of them."""
    with np.errstate(over="ignore"):
        return COMPARE[by](values, number)
