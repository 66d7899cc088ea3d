"""Metadata and context columns as bags of codes that one embedding table covers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..data import Categories, Feature, Floats, Longs, Numbers
from .ragged import bounds, runs

N_BINS = 16


@dataclass(frozen=True, kw_only=True)
class Bags:
    """Row r is the sum of weight[i] * table[code[i]] for i from start[r] to start[r + 1] - 1.

    Parameters
    ----------
    start : (n_rows + 1,)
    code : (n_codes,), rows of an embedding table
    weight : (n_codes,)
    """

    start: Longs
    code: Longs
    weight: Floats

    def embed(self, table: Floats) -> Floats:
        """(n_rows, d): each row's sum over the table (n_values, d)."""
        row = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        out = np.zeros((len(self.start) - 1, table.shape[1]), np.float32)
        np.add.at(out, row, self.weight[:, None] * table[self.code])
        return out

    def take(self, rows: NDArray[Any]) -> "Bags":
        """The bags of `rows`, in that order."""
        length = np.diff(self.start)[rows]
        index = runs(self.start[rows], length)
        return Bags(start=bounds(length), code=self.code[index], weight=self.weight[index])


def no_bags(n_rows: int) -> Bags:
    """Bags that hold nothing."""
    return Bags(
        start=np.zeros(n_rows + 1, np.int64), code=np.zeros(0, np.int64), weight=np.zeros(0, np.float32)
    )


@dataclass(frozen=True, kw_only=True)
class Column:
    """How one column becomes codes: a category's own code, or the bin between `edges` that holds a number."""

    name: str
    n_values: int
    edges: Sequence[float] | None = None

    @classmethod
    def learn(cls, name: str, column: Feature) -> Self:
        """Categories keep their codes; numbers get up to `N_BINS` bins of about equally many rows."""
        if isinstance(column, Categories):
            return cls(name=name, n_values=column.n_values)
        known = column.values[np.isfinite(column.values)]
        if not len(known):
            return cls(name=name, n_values=1, edges=())
        quantiles = np.quantile(known.astype(float), np.arange(1, N_BINS) / N_BINS)
        edges = [float(edge) for edge in np.unique(quantiles)]
        return cls(name=name, n_values=len(edges) + 1, edges=edges)

    def is_like(self, other: "Column") -> bool:
        """Whether the same codes stand for the same values."""
        one, two = ((c.name, c.n_values, c.edges is None, list(c.edges or ())) for c in (self, other))
        return one == two

    def encode(self, column: Feature | None, n_rows: int) -> Bags:
        """The column's codes; what is missing or was unknown in training is left out."""
        if isinstance(column, Categories) and self.edges is None:
            row = np.repeat(np.arange(n_rows), np.diff(column.start))
            known = (column.codes >= 0) & (column.codes < self.n_values)
            code, row = column.codes[known].astype(np.int64), row[known]
        elif isinstance(column, Numbers) and self.edges is not None:
            row = np.flatnonzero(np.isfinite(column.values))
            code = np.searchsorted(np.asarray(self.edges, float), column.values[row], side="right")
        else:
            return no_bags(n_rows)
        count = np.bincount(row, minlength=n_rows)
        return Bags(start=bounds(count), code=code, weight=(1 / count[row]).astype(np.float32))


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """The columns of one kind of thing (items, users or events), side by side in one embedding table."""

    columns: Sequence[Column] = ()

    @classmethod
    def learn(cls, columns: Mapping[str, Feature]) -> Self:
        """What there is to know of these columns, by name."""
        return cls(columns=[Column.learn(name, columns[name]) for name in sorted(columns)])

    @property
    def n_values(self) -> int:
        """The rows of the embedding table."""
        return sum(column.n_values for column in self.columns)

    def encode(self, columns: Mapping[str, Feature], n_rows: int) -> Bags:
        """(n_rows,) bags; columns that training did not have are ignored, missing ones add nothing."""
        parts = [column.encode(columns.get(column.name), n_rows) for column in self.columns]
        offsets = np.cumsum([0, *(column.n_values for column in self.columns)])
        if not parts:
            return no_bags(n_rows)
        row = np.concatenate([np.repeat(np.arange(n_rows), np.diff(part.start)) for part in parts])
        code = np.concatenate([part.code + offset for part, offset in zip(parts, offsets, strict=False)])
        order = np.argsort(row, kind="stable")
        start = bounds(np.bincount(row, minlength=n_rows))
        weight = np.concatenate([part.weight for part in parts])
        return Bags(start=start, code=code[order], weight=weight[order])

    def rows(self) -> dict[str, tuple[Column, slice]]:
        """By column, where its values stand in the embedding table."""
        ends = np.cumsum([column.n_values for column in self.columns]).tolist()
        return {
            column.name: (column, slice(end - column.n_values, end))
            for column, end in zip(self.columns, ends, strict=True)
        }

    def to_json(self) -> list[Any]:
        """[name, n_values, edges or None] per column."""
        return [[c.name, c.n_values, None if c.edges is None else list(c.edges)] for c in self.columns]

    @classmethod
    def from_json(cls, columns: Sequence[Sequence[Any]]) -> Self:
        """The encoding that `to_json` described."""
        return cls(columns=[Column(name=name, n_values=n, edges=edges) for name, n, edges in columns])


def embed_each(encoding: Encoding, table: Floats, rows: Sequence[Mapping[str, Feature]]) -> Floats:
    """(n_rows, d): the table's vectors summed over one row of columns each; what is missing adds nothing."""
    out = np.zeros((len(rows), table.shape[1]), np.float32)
    if encoding.columns:
        for place, columns in enumerate(rows):
            if columns:
                out[place] = encoding.encode(columns, 1).embed(table)[0]
    return out
