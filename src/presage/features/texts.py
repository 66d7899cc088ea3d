"""Many strings in two arrays: a file of them is memory-mapped and ready, however many there are."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.recipes.ranking.ragged import bounds, runs


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Strings by row.

    Parameters
    ----------
    start : (n + 1,), string r is utf8[start[r]:start[r + 1]]
    utf8 : (n_bytes,)
    """

    start: NDArray[np.int64]
    utf8: NDArray[np.uint8]

    @classmethod
    def of(cls, strings: pl.Series) -> Self:
        """The strings of a column; null becomes the empty string."""
        strings = strings.cast(pl.String).fill_null("")
        start = np.zeros(len(strings) + 1, np.int64)
        np.cumsum(strings.str.len_bytes().to_numpy(), out=start[1:])
        joined: str = strings.str.join("").item() or ""
        return cls(start=start, utf8=np.frombuffer(joined.encode(), np.uint8))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], prefix: str) -> Self:
        """What `arrays` gave, under the same prefix."""
        return cls(start=arrays[f"{prefix}.start"], utf8=arrays[f"{prefix}.utf8"])

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """The two arrays, by names that begin with `prefix`."""
        return {f"{prefix}.start": self.start, f"{prefix}.utf8": self.utf8}

    def __len__(self) -> int:
        return len(self.start) - 1

    def __getitem__(self, row: int) -> str:
        return self.some([row])[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self.some(range(len(self))))

    def some(self, rows: Iterable[int]) -> list[str]:
        """The strings of some rows."""
        start, utf8 = self._views
        return [str(utf8[start[row] : start[row + 1]], "utf-8") for row in rows]

    def take(self, rows: NDArray[Any]) -> Self:
        """The strings of these rows, in that order; of `Names` the rows must be different and in order."""
        length = np.diff(self.start)[rows]
        return type(self)(start=bounds(length), utf8=self.utf8[runs(self.start[rows], length)])

    @property
    def nbytes(self) -> int:
        """The bytes that they take."""
        return self.start.nbytes + self.utf8.nbytes

    def series(self) -> pl.Series:
        """The strings as Polars holds them."""
        return pl.Series(list(self), dtype=pl.String)

    def raw(self, row: int) -> bytes:
        """String `row` as UTF-8."""
        start, utf8 = self._views
        return bytes(utf8[start[row] : start[row + 1]])

    @cached_property
    def _views(self) -> tuple[memoryview, memoryview]:
        # indexing a memoryview gives plain integers, four times as fast as indexing the array
        return self.start.data, self.utf8.data


@dataclass(frozen=True, kw_only=True)
class Names(Texts):
    """Different strings in the order of their UTF-8 bytes, so that the row of one is found by bisection."""

    def row(self, name: str) -> int | None:
        """The row of a name, or None if it is not among them."""
        key = name.encode(errors="surrogatepass")
        low = max(0, bisect_right(self._signposts, key) - 1) * SIGNPOST
        high = min(low + SIGNPOST, len(self))
        row = bisect_left(range(high), key, lo=low, key=self.raw)
        return row if row < high and self.raw(row) == key else None

    @cached_property
    def _signposts(self) -> list[bytes]:
        """Every 32nd name: bisecting this list is quick, and leaves 5 steps that decode a name each."""
        return [self.raw(row) for row in range(0, len(self), SIGNPOST)]


SIGNPOST = 32


def distinct(*columns: pl.Series) -> pl.Series:
    """Every different string of the columns in the order of `Names`, null left out."""
    strings = [column.cast(pl.String).drop_nulls().unique() for column in columns]
    return pl.concat([pl.Series([], dtype=pl.String), *strings]).unique().sort()


def rows_among(names: pl.Series, strings: pl.Series) -> NDArray[np.int32]:
    """(n,): the row of each string among `distinct` names; -1 for null and for strings that are not there."""
    rows = pl.LazyFrame({"name": names, "row": np.arange(len(names), dtype=np.int32)})
    asked = strings.cast(pl.String).alias("name").to_frame().lazy()
    found = asked.join(rows, on="name", how="left", maintain_order="left")  # a join lets other threads go on
    return found.select(pl.col("row").fill_null(-1)).collect()["row"].to_numpy()
