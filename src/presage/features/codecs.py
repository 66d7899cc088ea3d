"""How cells become features: a codec learns a column once, then reads columns and single values alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite, nan
from typing import Self, TypeAlias
from zlib import crc32

import numpy as np
import polars as pl

from presage.recipes.data import Categories, Numbers
from presage.recipes.ranking.ragged import bounds, runs
from presage.recipes.ranking.selection import take

from .texts import Names, distinct, rows_among

N_TEXT_CODES = 2**15
"""Words and parts of words share so many codes."""
SEPARATOR = "|"
"""Joins several categories in one cell."""


@dataclass(frozen=True, kw_only=True)
class CategoryCodec:
    """Reads categories: a value has none, one or several, joined by `|`.

    Parameters
    ----------
    names : every category met in training; others are not coded
    """

    names: Names

    @classmethod
    def learn(cls, cells: pl.Series) -> Self:
        """The codec for a column of strings."""
        return cls(names=Names.of(distinct(_split(cells.drop_nulls().unique())["category"])))

    def column(self, cells: pl.Series) -> Categories:
        """(n_rows,) strings as a feature."""
        different = cells.drop_nulls().unique()
        parts = _split(different)
        codes = rows_among(pl.Series(list(self.names), dtype=pl.String), parts["category"])
        known = codes >= 0
        n_codes = np.bincount(parts["row"].to_numpy()[known], minlength=len(different) + 1)
        start = np.concatenate([[0], np.cumsum(n_codes)])
        by_kind = Categories(start=start, codes=codes[known], n_values=len(self.names))
        index = pl.DataFrame({"cell": different, "row": np.arange(len(different))})
        found = cells.to_frame("cell").join(index, on="cell", how="left", maintain_order="left")["row"]
        return take(by_kind, found.fill_null(len(different)).to_numpy())  # pyright: ignore[reportReturnType]

    def values(self, values: Iterable[object]) -> Categories:
        """Values as they come in requests and events, as a feature of one row each."""
        codes: list[int] = []
        start = [0]
        for value in values:
            parts = dict.fromkeys(_text(value).split(SEPARATOR))
            codes += [row for part in parts if part and (row := self.names.row(part)) is not None]
            start.append(len(codes))
        return Categories(
            start=np.array(start, np.int64), codes=np.array(codes, np.int32), n_values=len(self.names)
        )


@dataclass(frozen=True, kw_only=True)
class NumberCodec:
    """Reads numbers, shifted and scaled so that the training's have mean 0 and standard deviation 1."""

    mean: float
    std: float

    @classmethod
    def learn(cls, cells: pl.Series) -> Self:
        """The codec for a numeric column; missing, NaN and infinite cells are left out."""
        numbers = _finite(cells).drop_nulls()
        if not len(numbers):
            return cls(mean=0.0, std=1.0)
        values = numbers.to_numpy()
        return cls(mean=float(values.mean()), std=float(values.std()) or 1.0)

    def column(self, cells: pl.Series) -> Numbers:
        """(n_rows,) numbers as a feature."""
        return self._scaled(_finite(cells).fill_null(nan).to_numpy())

    def values(self, values: Iterable[object]) -> Numbers:
        """Values as they come in requests and events, as a feature of one row each; no number is missing."""
        return self._scaled(np.array([_number(value) for value in values], np.float64))

    def _scaled(self, values: np.ndarray) -> Numbers:
        return Numbers(values=((values - self.mean) / self.std).astype(np.float32))


@dataclass(frozen=True, kw_only=True)
class TextCodec:
    """Reads texts as codes of their words and of each three letters in a row; it has nothing to learn."""

    def column(self, cells: pl.Series) -> Categories:
        """(n_rows,) strings as a feature; a word that is repeated has its codes as often."""
        words = cells.cast(pl.String).fill_null("").str.to_lowercase().str.extract_all(r"[\p{L}\p{N}]+")
        n_words, all_words = words.list.len().to_numpy(), words.explode().drop_nulls()
        different = distinct(all_words)
        codes = [_word_codes(word) for word in different.to_list()]
        by_word = Categories(
            start=bounds(np.array([len(some) for some in codes], np.int64)),
            codes=np.array([code for some in codes for code in some], np.int32),
            n_values=N_TEXT_CODES,
        )
        word = rows_among(different, all_words)
        n_codes = np.diff(by_word.start)[word]
        row_ends = bounds(n_words.astype(np.int64))
        return Categories(
            start=bounds(n_codes)[row_ends],
            codes=by_word.codes[runs(by_word.start[word], n_codes)],
            n_values=N_TEXT_CODES,
        )

    def values(self, values: Iterable[object]) -> Categories:
        """Values as they come in requests and events, as a feature of one row each."""
        return self.column(pl.Series([_text(value) for value in values], dtype=pl.String))


Codec: TypeAlias = CategoryCodec | NumberCodec | TextCodec


def _word_codes(word: str) -> list[int]:
    """The code of a word, and of each three letters in a row; its ends count as letters."""
    marked = f"<{word}>"
    parts = [marked, *(marked[place : place + 3] for place in range(len(marked) - 2))]
    return [crc32(part.encode(errors="surrogatepass")) % N_TEXT_CODES for part in parts]


def _split(cells: pl.Series) -> pl.DataFrame:
    """Columns row, category: each different non-empty category of each cell."""
    frame = pl.DataFrame(
        {"row": np.arange(len(cells)), "category": cells.cast(pl.String).str.split(SEPARATOR)}
    )
    frame = frame.explode("category").filter(pl.col("category") != "")
    return frame.unique(["row", "category"], maintain_order=True)


def _finite(cells: pl.Series) -> pl.Series:
    numbers = cells.cast(pl.Float64)
    return pl.select(pl.when(numbers.is_finite()).then(numbers)).to_series()


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        return nan
    return number if isfinite(number) else nan
