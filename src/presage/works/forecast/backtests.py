"""The backtest export job: what a predictor forecast of its backtest windows, and how far off that was."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.errors import JobFailure
from presage.recipes.data import Report
from presage.resources.record import Record
from presage.serving.forecast.predictor import Backtest, Window, load_backtest
from presage.serving.forecast.stored import MEAN, as_texts, column_name
from presage.stores import Stores

from ..driver import driven
from .files import Parts, dimension_columns, n_series_a_part

VALUES, ACCURACY = "forecasted-values/", "accuracy-metrics-values/"
START, END, WINDOW = "backtestwindow_start_time", "backtestwindow_end_time", "backtest_window"
TITLES = {"average_wql": "Average wQL", "rmse": "RMSE", "wape": "WAPE", "mape": "MAPE", "mase": "MASE"}
"""Figure -> its column, in the order of the columns; those of the quantiles come before."""


def export_backtest(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Write the two folders that a PredictorBacktestExportJob asks for."""
    predictor = stores.records.expect(record["PredictorArn"])
    try:
        backtest = load_backtest(stores.model(predictor))
    except (OSError, ValueError) as error:
        raise JobFailure(f"the backtest of {predictor.arn} cannot be read: {error}; train it again") from None
    types = {column_name(one): one for one in predictor["ForecastTypes"]}
    with stores.drafts(record) as drafts:
        values = Parts(stores, record, drafts, VALUES)
        for number, window in enumerate(backtest.windows):
            report("exporting forecasts", 0.8 * number / len(backtest.windows))
            step = n_series_a_part(len(window.starts))
            for first in range(0, len(window.keys), step):
                values.write(_values(backtest, window, slice(first, first + step), types))
        report("exporting accuracies", 0.8)
        accuracy = Parts(stores, record, drafts, ACCURACY)
        for window in backtest.windows:
            accuracy.write(_computed(backtest, window))
        accuracy.write(_summary(backtest))
    return {"_rows": values.n_rows}


def _values(backtest: Backtest, window: Window, rows: slice, types: Mapping[str, str]) -> pl.DataFrame:
    """A row for each series and step of a window."""
    keys, horizon = window.keys[rows], len(window.starts)
    quantiles, mean = window.forecast.quantiles[rows], window.forecast.mean[rows]
    columns: dict[str, Any] = {**dimension_columns(backtest.dimensions, keys, horizon)}
    columns |= {"timestamp": as_texts(window.starts) * len(keys), "target_value": window.actual[rows].ravel()}
    columns |= _bounds(window)
    for name, type_ in types.items():
        values = mean if type_ == MEAN else quantiles[:, :, _place(backtest.levels, float(type_))]
        columns[name] = values.ravel()
    return pl.DataFrame(columns, strict=False).with_columns(pl.col("target_value").fill_nan(None))


def _computed(backtest: Backtest, window: Window) -> pl.DataFrame:
    """A row for each series of a window."""
    columns = {**dimension_columns(backtest.dimensions, window.keys), WINDOW: "Computed", **_bounds(window)}
    return pl.DataFrame({**columns, **_figures(backtest, window.figures)})


def _summary(backtest: Backtest) -> pl.DataFrame:
    """A row for each series: the mean over the windows in which it was judged."""
    names = list(backtest.dimensions)
    windows = [_computed(backtest, window) for window in backtest.windows]
    figures = [*_figures(backtest, backtest.windows[0].figures)]
    together = pl.concat(windows).group_by(names, maintain_order=True).agg(pl.col(figures).mean())
    starts = np.concatenate([window.starts for window in backtest.windows])
    start, end = as_texts(np.array([starts.min(), starts.max()]))
    return together.select(
        *names,
        pl.lit("Summary").alias(WINDOW),
        pl.lit(start).alias(START),
        pl.lit(end).alias(END),
        *figures,
    )


def _bounds(window: Window) -> dict[str, str]:
    """When a window begins, and when its last step does."""
    start, end = as_texts(window.starts[[0, -1]])
    return {START: start, END: end}


def _figures(backtest: Backtest, figures: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """The columns of accuracy, in AWS's order."""
    by_name = dict(zip(backtest.figures, figures.T, strict=True))
    losses = {f"wQL[{level:g}]": by_name[f"{level:g}"] for level in backtest.levels}
    return losses | {title: by_name[name] for name, title in TITLES.items()}


def _place(levels: Sequence[float], level: float) -> int:
    return int(np.argmin([abs(one - level) for one in levels]))


run = driven(export_backtest)
