"""The what-if jobs: forecasts of series whose related series are other than the data say, and their files."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from presage.errors import JobFailure
from presage.features.series.table import SeriesTable
from presage.features.series.what_if import replaced, transformed
from presage.recipes.data import Report
from presage.resources.record import Record
from presage.serving.forecast.stored import StoredForecast, column_name
from presage.stores import Stores

from ..driver import driven
from .exporting import key_columns, loaded, write_parts
from .forecasting import check_same_data, look_ahead, model_and_series
from .replacements import replacement_rows
from .selecting import selected

BASELINE = "Baseline"


def analyse(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Check that a WhatIfAnalysis has series whose related series reach into the horizon."""
    report("reading", 0.0)
    forecast = stores.records.expect(record["ForecastArn"])
    _, series = model_and_series(stores, stores.records.expect(forecast["PredictorArn"]))
    series = selected(stores, record, selected(stores, forecast, series))
    if not any(one.is_known_ahead for one in series.panel.related.values()):
        raise JobFailure(
            f"no related time series of {forecast['DatasetGroupArn']} reaches the end of the horizon; import"
            " one that does"
        )
    return {"_n_series": len(series.keys)}


def make_what_if(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Forecast the series of a WhatIfForecast's analysis, with their related series as it says."""
    report("reading", 0.0)
    analysis = stores.records.expect(record["WhatIfAnalysisArn"])
    forecast = stores.records.expect(analysis["ForecastArn"])
    predictor = stores.records.expect(forecast["PredictorArn"])
    check_same_data(stores, forecast)
    model, series = model_and_series(stores, predictor)
    series = _changed(stores, record, selected(stores, analysis, selected(stores, forecast, series)))
    look_ahead(stores, record, model, series, report)
    return {"_n_series": len(series.keys)}


def _changed(stores: Stores, record: Record, series: SeriesTable) -> SeriesTable:
    try:
        if "TimeSeriesReplacementsDataSource" in record.body:
            rows = replacement_rows(stores, record["TimeSeriesReplacementsDataSource"], series.dimensions)
            series = replaced(series, rows)
        return transformed(series, record.get("TimeSeriesTransformations", ()))
    except ValueError as error:
        raise JobFailure(str(error)) from None


def export_what_if(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Write what-if forecasts beside the forecast that they depart from, for all series of any of them."""
    given = [stores.records.expect(arn) for arn in record["WhatIfForecastArns"]]
    analysis = stores.records.expect(given[0]["WhatIfAnalysisArn"])
    baseline = stores.records.expect(analysis["ForecastArn"])
    stored = {one.name: loaded(stores, one) for one in given}
    series = sorted({text for one in stored.values() for text in one.keys})
    whole = loaded(stores, baseline)
    columns = {BASELINE: whole, **stored}

    def frame(rows: slice) -> pl.DataFrame:
        texts = series[rows]
        values = {
            f"{name}_{column_name(type_)}": _values(one, texts, type_)
            for name, one in columns.items()
            for type_ in baseline["ForecastTypes"]
        }
        return pl.DataFrame({**key_columns(whole, texts), **values})

    return {"_rows": write_parts(stores, record, (len(series), len(whole.starts)), frame, report)}


def _values(stored: StoredForecast, texts: Sequence[str], type_: str) -> pl.Series:
    """A forecast type of some series, one after the other; null for those that are not in it."""
    rows = [stored.keys.row(text) for text in texts]
    column = stored.column(type_)
    nothing = np.full(column.shape[1], np.nan)
    values = [nothing if row is None else column[row] for row in rows]
    return pl.Series(np.concatenate(values)).fill_nan(None)


run_analysis, run, run_export = driven(analyse), driven(make_what_if), driven(export_what_if)
