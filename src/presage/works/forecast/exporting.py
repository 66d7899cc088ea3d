"""The forecast export job: a row for each series and step, a column for each forecast type."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from presage.errors import JobFailure
from presage.recipes.data import Report
from presage.resources.record import Record
from presage.serving.forecast.keys import key_of
from presage.serving.forecast.stored import StoredForecast, column_name, load_forecast
from presage.stores import Stores

from ..driver import driven
from .files import Parts, n_series_a_part

DATE = "date"


def export_forecast(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Write the forecast that a ForecastExportJob names, in the order of its series."""
    forecast = stores.records.expect(record["ForecastArn"])
    try:
        stored = load_forecast(stores.model_folder(forecast))
    except (OSError, ValueError) as error:
        raise JobFailure(f"{forecast.arn} cannot be read: {error}; create it again") from None
    n_series, step = len(stored.keys), n_series_a_part(len(stored.starts))
    with stores.drafts(record) as drafts:
        parts = Parts(stores, record, drafts)
        for first in range(0, n_series, step):
            report("exporting", first / n_series)
            rows = slice(first, min(first + step, n_series))
            parts.write(frame_of(stored, rows, {column_name(one): one for one in forecast["ForecastTypes"]}))
    return {"_rows": parts.n_rows}


def frame_of(stored: StoredForecast, rows: slice, types: Mapping[str, str]) -> pl.DataFrame:
    """Some series of a forecast as rows.

    Parameters
    ----------
    types : column -> the forecast type that it holds
    """
    values = {name: stored.column(type_)[rows].ravel() for name, type_ in types.items()}
    return pl.DataFrame({**key_columns(stored, rows), **values})


def key_columns(stored: StoredForecast, rows: slice) -> dict[str, pl.Series]:
    """The columns that say which series and step a row is about."""
    horizon = len(stored.starts)
    keys = [key_of(text) for text in stored.keys.some(range(rows.start, rows.stop))]
    each = np.repeat(np.arange(len(keys)), horizon)
    columns = {
        name: pl.Series([key[place] for key in keys], dtype=pl.String).gather(each)
        for place, name in enumerate(stored.dimensions)
    }
    dates = pl.Series([f"{time}Z" for time in stored.timestamps] * len(keys), dtype=pl.String)
    return {**columns, DATE: dates}


run = driven(export_forecast)
