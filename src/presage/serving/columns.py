"""Feature columns on disk and in memory: to arrays and back, rows of them, one after the other."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from presage.recipes.data import Categories, Feature, Numbers, State

Columns: TypeAlias = Mapping[str, Feature]


def columns_state(columns: Columns, prefix: str) -> State:
    """Columns as arrays, by names that begin with `prefix`, and what JSON must remember of them."""
    arrays: dict[str, NDArray[Any]] = {}
    known: list[dict[str, Any]] = []
    for place, (name, column) in enumerate(columns.items()):
        if isinstance(column, Numbers):
            arrays[f"{prefix}.{place}.values"] = column.values
            known.append({"name": name})
        else:
            arrays[f"{prefix}.{place}.start"] = column.start
            arrays[f"{prefix}.{place}.codes"] = column.codes
            known.append({"name": name, "n_values": column.n_values})
    return arrays, {prefix: known}


def columns_from(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any], prefix: str) -> Columns:
    """The columns that `columns_state` described."""
    return {
        column["name"]: _column(arrays, f"{prefix}.{place}", column.get("n_values"))
        for place, column in enumerate(meta[prefix])
    }


def rows_between(columns: Columns, start: int, stop: int) -> dict[str, Feature]:
    """Rows start..stop of each column."""
    return {name: _between(column, start, stop) for name, column in columns.items()}


def joined(before: Columns, after: Columns) -> dict[str, Feature]:
    """The rows of `before`, then those of `after`; both have the same columns."""
    return {name: _joined(column, after[name]) for name, column in before.items()}


def _column(arrays: Mapping[str, NDArray[Any]], prefix: str, n_values: int | None) -> Feature:
    if n_values is None:
        return Numbers(values=arrays[f"{prefix}.values"])
    return Categories(start=arrays[f"{prefix}.start"], codes=arrays[f"{prefix}.codes"], n_values=n_values)


def _between(column: Feature, start: int, stop: int) -> Feature:
    if isinstance(column, Numbers):
        return Numbers(values=column.values[start:stop])
    bounds = column.start[start : stop + 1]
    codes = column.codes[bounds[0] : bounds[-1]]
    return Categories(start=bounds - bounds[0], codes=codes, n_values=column.n_values)


def _joined(before: Feature, after: Feature) -> Feature:
    if isinstance(before, Numbers) and isinstance(after, Numbers):
        return Numbers(values=np.concatenate([before.values, after.values]))
    if isinstance(before, Categories) and isinstance(after, Categories):
        return Categories(
            start=np.concatenate([before.start, after.start[1:] + before.start[-1]]),
            codes=np.concatenate([before.codes, after.codes]),
            n_values=before.n_values,
        )
    raise TypeError(f"{type(before).__name__} cannot be followed by {type(after).__name__}")
