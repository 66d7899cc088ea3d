"""Trend with changes, seasons by Fourier terms, holidays and regressors, series by series: `Prophet`."""

import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data import DEFAULT_TRAINING, Training
from .local import Local, LocalModel
from .panel import Doubles, Forecast, Panel
from .series import One, each_series

if TYPE_CHECKING:
    from pandas import DataFrame

MOST = 2000


def is_installed() -> bool:
    """Whether the library is there, which is an extra."""
    return find_spec("prophet") is not None


@dataclass(frozen=True, kw_only=True)
class ProphetRecipe(Local):
    """Prophet with its defaults; what is known ahead is a regressor, related series and holidays alike.

    Quantiles are those of its simulated paths. Of a long series the last 2,000 values are looked at.
    Source: Taylor & Letham, Forecasting at scale, 2018.
    """

    def fit(self, panel: Panel, horizon: int, training: Training = DEFAULT_TRAINING) -> LocalModel:
        """The settings as a model; raises ValueError if the library is not installed."""
        if not is_installed():
            raise ValueError(
                "Prophet is not installed here; install presage[prophet], or choose another algorithm"
            )
        return super().fit(panel, horizon, training)

    def predict(self, panel: Panel, horizon: int, levels: Sequence[float], training: Training) -> Forecast:
        """Quantiles of simulated paths."""

        def one(row: int, y: Doubles) -> One:
            return _forecast(y, _table(panel, row, len(y), horizon), levels, training.seed)

        return each_series(panel, horizon, levels, training, one, least=5, most=MOST)


def _table(panel: Panel, row: int, n: int, horizon: int) -> "DataFrame":
    """(n + horizon) rows: when each step is, and the regressors, their gaps filled by their last values."""
    from pandas import DataFrame  # noqa: PLC0415, slow to import

    end = panel.n_steps + horizon
    steps = slice(panel.n_steps - n, end)
    columns: dict[str, Any] = {"ds": panel.frequency.starts(panel.first, end)[steps]}
    known = {name: one.values[row] for name, one in panel.related.items() if one.is_known_ahead}
    known |= dict(panel.shared)
    for number, values in enumerate(known.values()):
        if len(values) >= end:
            columns[f"x{number}"] = values[steps]
    return DataFrame(columns).ffill().bfill().dropna(axis=1)


def _forecast(y: Doubles, table: "DataFrame", levels: Sequence[float], seed: int) -> One:
    from prophet import Prophet  # noqa: PLC0415, an extra

    with _quiet(), _seeded(seed):
        model = Prophet()
        for name in table.columns.drop("ds"):
            if table[name].iloc[: len(y)].nunique() > 1:
                model.add_regressor(name)
        model.fit(table.iloc[: len(y)].assign(y=y), seed=seed)
        paths: Mapping[str, Any] = model.predictive_samples(table.iloc[len(y) :])
    sampled = np.asarray(paths["yhat"], float)  # (horizon, n_paths)
    return np.quantile(sampled, levels, axis=1).T, sampled.mean(axis=1)


@contextmanager
def _quiet() -> Generator[None]:
    """Without what the libraries tell of every fit."""
    loggers = [logging.getLogger(name) for name in ("cmdstanpy", "prophet")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextmanager
def _seeded(seed: int) -> Generator[None]:
    """With NumPy's global generator, which Prophet draws from, set and put back."""
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)
