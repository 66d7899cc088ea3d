"""Columns of exact, nullable values: built from Polars, kept as arrays, read cell by cell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.features.texts import Names, distinct, rows_among
from presage.recipes.data import Ints

Arrays: TypeAlias = Mapping[str, NDArray[Any]]
Rows: TypeAlias = slice | NDArray[Any]
NULL = -1
"""The code of a text that is missing."""


@dataclass(frozen=True, kw_only=True)
class TextColumn:
    """A column of strings.

    Parameters
    ----------
    codes : (n_rows,), rows of `names`, or -1 for null
    names : each string that occurs, once
    """

    codes: Ints
    names: Names

    @classmethod
    def of(cls, series: pl.Series) -> Self:
        """The column that holds these strings."""
        names = distinct(series)
        return cls(codes=rows_among(names, series), names=Names.of(names))

    def __len__(self) -> int:
        return len(self.codes)

    def cells(self, rows: Rows) -> list[str | None]:
        """The values of some rows."""
        codes: list[int] = self.codes[rows].tolist()
        texts = dict(zip(known := set(codes) - {NULL}, self.names.some(known), strict=True))
        return [texts.get(code) for code in codes]

    def text(self, row: int) -> str | None:
        """A cell as text; None for null."""
        return self.cells(slice(row, row + 1))[0]

    def take(self, rows: Rows) -> Self:
        """The column of these rows, in that order."""
        return type(self)(codes=self.codes[rows], names=self.names)

    def series(self) -> pl.Series:
        """The column as Polars holds it."""
        codes = pl.Series(self.codes)
        return self.names.series().gather(pl.select(pl.when(codes >= 0).then(codes)).to_series())

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Its arrays, by names that begin with `prefix`."""
        return {f"{prefix}.codes": self.codes, **self.names.arrays(f"{prefix}.names")}


@dataclass(frozen=True, kw_only=True)
class NumberColumn:
    """A column of numbers or booleans.

    Parameters
    ----------
    values : (n_rows,), 0 where a cell is null
    is_null : (n_rows,), or None without nulls
    """

    values: NDArray[Any]
    is_null: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, series: pl.Series) -> Self:
        """The column that holds these values."""
        is_null = series.is_null().to_numpy() if series.null_count() else None
        zero = False if series.dtype == pl.Boolean else 0
        return cls(values=series.fill_null(zero).to_numpy(), is_null=is_null)

    def __len__(self) -> int:
        return len(self.values)

    def cells(self, rows: Rows) -> list[Any]:
        """The values of some rows."""
        values = self.values[rows].tolist()
        if self.is_null is None:
            return values
        missing = self.is_null[rows].tolist()
        return [None if null else value for value, null in zip(values, missing, strict=True)]

    def text(self, row: int) -> str | None:
        """A cell as text, with no more digits than its width holds; None for null."""
        if self.is_null is not None and self.is_null[row]:
            return None
        text = str(self.values[row])
        return text.lower() if self.values.dtype == bool else text

    def take(self, rows: Rows) -> Self:
        """The column of these rows, in that order."""
        return type(self)(
            values=self.values[rows], is_null=None if self.is_null is None else self.is_null[rows]
        )

    def series(self) -> pl.Series:
        """The column as Polars holds it."""
        values = pl.Series(self.values)
        if self.is_null is None:
            return values
        return pl.select(pl.when(~pl.Series(self.is_null)).then(values)).to_series()

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Its arrays, by names that begin with `prefix`."""
        held = {f"{prefix}.values": self.values}
        return held if self.is_null is None else held | {f"{prefix}.null": self.is_null}


Column: TypeAlias = TextColumn | NumberColumn


def column_of(series: pl.Series) -> Column:
    """The column that holds these values."""
    return TextColumn.of(series) if series.dtype == pl.String else NumberColumn.of(series)


def column_from(arrays: Arrays, prefix: str) -> Column:
    """The column whose `arrays` were given this prefix; they may be memory-mapped."""
    if f"{prefix}.codes" in arrays:
        return TextColumn(codes=arrays[f"{prefix}.codes"], names=Names.from_arrays(arrays, f"{prefix}.names"))
    return NumberColumn(values=arrays[f"{prefix}.values"], is_null=arrays.get(f"{prefix}.null"))


@dataclass(frozen=True, kw_only=True)
class Table:
    """Columns of equally many rows, by name."""

    columns: Mapping[str, Column]

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Self:
        """The table that holds what a frame holds."""
        return cls(columns={name: column_of(frame[name]) for name in frame.columns})

    @classmethod
    def from_arrays(cls, arrays: Arrays, names: Iterable[str], prefix: str) -> Self:
        """What `arrays` gave, for columns of these names in this order."""
        return cls(
            columns={name: column_from(arrays, f"{prefix}.{place}") for place, name in enumerate(names)}
        )

    def records(self, rows: NDArray[Any]) -> list[dict[str, Any]]:
        """Some rows as mappings of column to value."""
        if not self.columns:
            return [{} for _ in rows]
        cells = (column.cells(rows) for column in self.columns.values())
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*cells, strict=True)]

    def take(self, rows: Rows) -> Self:
        """The table of these rows, in that order."""
        return type(self)(columns={name: column.take(rows) for name, column in self.columns.items()})

    def frame(self) -> pl.DataFrame:
        """The table as Polars holds it."""
        return pl.DataFrame({name: column.series() for name, column in self.columns.items()})

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """The arrays of all columns, by names that begin with `prefix`."""
        return {
            name: array
            for place, column in enumerate(self.columns.values())
            for name, array in column.arrays(f"{prefix}.{place}").items()
        }

    @cached_property
    def nbytes(self) -> int:
        """The bytes that it takes."""
        return sum(array.nbytes for array in self.arrays("").values())
