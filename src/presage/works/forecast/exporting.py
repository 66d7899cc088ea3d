"""The forecast export job: a row for each series and step, a column for each forecast type."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from presage.errors import JobFailure
from presage.recipes.data import Report
from presage.resources.record import Record
from presage.serving.forecast.keys import key_of
from presage.serving.forecast.stored import StoredForecast, column_name, load_forecast
from presage.stores import Stores

from ..driver import driven
from .files import Parts, dimension_columns, n_series_a_part
from .series import items_of

DATE = "date"


def export_forecast(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Write the forecast that a ForecastExportJob names, in the order of its series."""
    forecast = stores.records.expect(record["ForecastArn"])
    stored = loaded(stores, forecast)
    types = forecast["ForecastTypes"]
    # As AWS has it: metadata stand in the files of series that items alone tell apart.
    items = items_of(stores, stores.records.expect(forecast["DatasetGroupArn"]))
    known = items if len(stored.dimensions) == 1 else None

    def frame(rows: slice) -> pl.DataFrame:
        texts = stored.keys.some(range(rows.start, rows.stop))
        values = {column_name(one): stored.column(one)[rows].ravel() for one in types}
        table = pl.DataFrame({**key_columns(stored, texts), **values})
        if known is None:
            return table
        return table.join(known, on=known.columns[0], how="left", maintain_order="left")

    return {"_rows": write_parts(stores, record, stored.mean.shape, frame, report)}


def loaded(stores: Stores, forecast: Record) -> StoredForecast:
    """What a forecast, or a what-if forecast, holds; raises JobFailure if it cannot be read."""
    try:
        return load_forecast(stores.model(forecast))
    except (OSError, ValueError) as error:
        raise JobFailure(f"{forecast.arn} cannot be read: {error}; create it again") from None


def write_parts(
    stores: Stores,
    record: Record,
    shape: tuple[int, int],
    frame: Callable[[slice], pl.DataFrame],
    report: Report,
) -> int:
    """Write all rows to where an export job says; how many there are.

    Parameters
    ----------
    shape : how many series, and how many steps of each
    frame : some of the series -> a row for each of their steps
    """
    n_series, step = shape[0], n_series_a_part(shape[1])
    with stores.drafts(record) as drafts:
        parts = Parts(stores, record, drafts)
        for first in range(0, n_series, step):
            report("exporting", first / n_series)
            parts.write(frame(slice(first, min(first + step, n_series))))
    return parts.n_rows


def key_columns(stored: StoredForecast, texts: Sequence[str]) -> dict[str, pl.Series]:
    """The columns that say which series and step each row is about.

    Parameters
    ----------
    texts : of the keys of the series, as `Names` hold them
    """
    keys = [key_of(text) for text in texts]
    columns = dimension_columns(stored.dimensions, keys, len(stored.starts))
    dates = pl.Series([f"{time}Z" for time in stored.timestamps] * len(keys), dtype=pl.String)
    return {**columns, DATE: dates}


run = driven(export_forecast)
