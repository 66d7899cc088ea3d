"""A forecast at rest: quantiles and means by series and step, memory-mapped, and the index of its series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from presage.artifacts import load, save
from presage.features.texts import Names
from presage.recipes.forecasting.frequency import Instants
from presage.recipes.forecasting.panel import Doubles, Forecast

from .keys import Key, in_order, text_of

MEAN = "mean"


@dataclass(frozen=True, kw_only=True)
class StoredForecast:
    """A forecast of many series.

    Parameters
    ----------
    dimensions : what the parts of a key are, such as item_id and location
    keys : the series, in the order of the rows below
    starts : (horizon,), when each step begins
    levels : of the quantiles, rising
    quantiles : (n_series, horizon, n_levels)
    mean : (n_series, horizon)
    """

    dimensions: Sequence[str]
    keys: Names
    starts: Instants
    levels: Sequence[float]
    quantiles: Doubles
    mean: Doubles

    def row(self, key: Key) -> int | None:
        """The row of a series; None if there is no such series."""
        return self.keys.row(text_of(key))

    def series(self, row: int, types: Sequence[str], steps: slice = slice(None)) -> dict[str, list[float]]:
        """Forecast type -> values of one series; a type is `mean` or a level as Forecast writes it."""
        return {one: self.column(one)[row, steps].tolist() for one in types}

    def column(self, type_: str) -> Doubles:
        """(n_series, horizon) of a forecast type."""
        return self.mean if type_ == MEAN else self.quantiles[:, :, self._place[round(float(type_), 2)]]

    @cached_property
    def _place(self) -> Mapping[float, int]:
        return {round(level, 2): place for place, level in enumerate(self.levels)}

    @cached_property
    def timestamps(self) -> list[str]:
        """(horizon,): when each step begins, as `yyyy-MM-ddTHH:mm:ss`."""
        return as_texts(self.starts)


def as_texts(instants: Instants) -> list[str]:
    """Instants as `yyyy-MM-ddTHH:mm:ss`."""
    return [str(one) for one in instants.astype("M8[s]")]


def levels_of(types: Sequence[str]) -> tuple[float, ...]:
    """The levels of the quantiles among forecast types, rising."""
    return tuple(sorted({round(float(one), 2) for one in types if one != MEAN}))


def column_name(type_: str) -> str:
    """How answers and files call a forecast type: `mean`, `p10`, `p5`."""
    return type_ if type_ == MEAN else f"p{round(float(type_) * 100)}"


def save_forecast(
    folder: Path,
    *,
    dimensions: Sequence[str],
    keys: Sequence[Key],
    starts: Instants,
    levels: Sequence[float],
    forecast: Forecast,
) -> None:
    """Write a forecast so that `folder` holds all of it or does not exist.

    Parameters
    ----------
    keys : (n_series,), all different, in the order of the forecast's rows
    """
    names, order = in_order(keys)
    arrays: dict[str, NDArray[np.generic]] = {
        **names.arrays("keys"),
        "starts": starts.astype("M8[s]").astype(np.int64),
        "quantiles": forecast.quantiles[order],
        "mean": forecast.mean[order],
    }
    save(folder, arrays, {"dimensions": list(dimensions), "levels": list(levels)})


def load_forecast(folder: Path) -> StoredForecast:
    """The forecast in a folder, memory-mapped.

    Raises FileNotFoundError if there is none, ValueError if it cannot be read.
    """
    arrays, meta = load(folder)
    return StoredForecast(
        dimensions=meta["dimensions"],
        keys=Names.from_arrays(arrays, "keys"),
        starts=arrays["starts"].astype("M8[s]"),
        levels=meta["levels"],
        quantiles=arrays["quantiles"],
        mean=arrays["mean"],
    )
