"""A trained predictor on disk: its model, and beside it what it forecast of the backtest windows.

model      the model's own state, and the categories that it knows attributes by
backtest   of each window: what came, what was forecast, how far off each series was
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from presage.artifacts import load, save
from presage.features.texts import Texts
from presage.recipes import load_forecast_model
from presage.recipes.forecasting.frequency import Instants
from presage.recipes.forecasting.panel import Doubles, Forecast, ForecastModel

from .keys import Key, key_of, texts_of

MODEL, BACKTEST = "model", "backtest"
Categories = Mapping[str, Sequence[str]]
"""Attribute -> its values, in the order of the codes that a model knows them by."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """A backtest window, and the series that were judged in it.

    Parameters
    ----------
    starts : (horizon,), when each step begins
    keys : (n,)
    actual : (n, horizon), NaN where nothing is known
    forecast : of these series
    figures : (n, n_figures), of each series, in the order of the backtest's `figures`
    """

    starts: Instants
    keys: Sequence[Key]
    actual: Doubles
    forecast: Forecast
    figures: Doubles


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """What a predictor forecast of its backtest windows, the latest first.

    Parameters
    ----------
    dimensions : what the parts of a key are
    levels : of the quantiles, rising
    figures : how far off each series was, by the names of the measures
    """

    dimensions: Sequence[str]
    levels: Sequence[float]
    figures: Sequence[str]
    windows: Sequence[Window]


def save_model(folder: Path, model: ForecastModel, categories: Categories) -> None:
    """Write a predictor's model, so that it is there whole or not at all."""
    arrays, meta = model.state()
    save(folder / MODEL, arrays, {"model": meta, "categories": {k: list(v) for k, v in categories.items()}})


def load_model(folder: Path) -> tuple[ForecastModel, Categories]:
    """A predictor's model, memory-mapped.

    Raises FileNotFoundError if there is none, ValueError if it cannot be read.
    """
    arrays, meta = load(folder / MODEL)
    return load_forecast_model(arrays, meta["model"]), meta["categories"]


def save_backtest(folder: Path, backtest: Backtest) -> None:
    """Write what a predictor forecast of its backtest windows."""
    arrays: dict[str, NDArray[Any]] = {}
    for number, window in enumerate(backtest.windows):
        arrays |= {f"{number}.{name}": array for name, array in _arrays(window).items()}
    meta = {
        "dimensions": list(backtest.dimensions),
        "levels": list(backtest.levels),
        "figures": list(backtest.figures),
        "n_windows": len(backtest.windows),
    }
    save(folder / BACKTEST, arrays, meta)


def load_backtest(folder: Path) -> Backtest:
    """What a predictor forecast of its backtest windows; raises what `load_model` does."""
    arrays, meta = load(folder / BACKTEST)
    return Backtest(
        dimensions=meta["dimensions"],
        levels=meta["levels"],
        figures=meta["figures"],
        windows=[_window(arrays, f"{number}") for number in range(meta["n_windows"])],
    )


def _arrays(window: Window) -> dict[str, NDArray[Any]]:
    return {
        **texts_of(window.keys).arrays("keys"),
        "starts": window.starts.astype("M8[s]").astype(np.int64),
        "actual": window.actual,
        "quantiles": window.forecast.quantiles,
        "mean": window.forecast.mean,
        "figures": window.figures,
    }


def _window(arrays: Mapping[str, NDArray[Any]], prefix: str) -> Window:
    return Window(
        starts=arrays[f"{prefix}.starts"].astype("M8[s]"),
        keys=[key_of(text) for text in Texts.from_arrays(arrays, f"{prefix}.keys")],
        actual=arrays[f"{prefix}.actual"],
        forecast=Forecast(quantiles=arrays[f"{prefix}.quantiles"], mean=arrays[f"{prefix}.mean"]),
        figures=arrays[f"{prefix}.figures"],
    )
