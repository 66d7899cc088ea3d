"""What tells series apart: the values of item id and dimensions, as one text each."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import orjson
import polars as pl
from numpy.typing import NDArray

from presage.features.texts import Names, Texts

Key: TypeAlias = Sequence[str]
"""The values of item id and dimensions, in the order in which these are named."""


def text_of(key: Key) -> str:
    """One text for the values of a key."""
    return orjson.dumps(list(key)).decode()


def key_of(text: str) -> list[str]:
    """The values that `text_of` joined."""
    return orjson.loads(text)


def texts_of(keys: Sequence[Key]) -> Texts:
    """The texts of keys, in their order."""
    return Texts.of(_series(keys))


def in_order(keys: Sequence[Key]) -> tuple[Names, NDArray[np.int64]]:
    """Different keys as names that are found by bisection, and (n,) the row that each name had."""
    texts = _series(keys)
    order = texts.arg_sort().to_numpy().astype(np.int64)
    return Names.of(texts.gather(order)), order


def _series(keys: Sequence[Key]) -> pl.Series:
    return pl.Series([text_of(key) for key in keys], dtype=pl.String)
