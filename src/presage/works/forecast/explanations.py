"""The explainability export job: a row for each series and step that is explained, and for them together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from presage.errors import JobFailure
from presage.recipes.data import Report
from presage.recipes.forecasting.panel import Doubles
from presage.resources.record import Record
from presage.serving.forecast.explanation import StoredExplanation, load_explanation
from presage.serving.forecast.keys import Key
from presage.serving.forecast.stored import as_texts
from presage.stores import Stores
from presage.tables.forecast.schema import TIMESTAMP
from presage.trials.forecasting.explaining import normalised, together

from ..driver import driven
from .files import Parts, dimension_columns

AGGREGATE, SPECIFIC = "Aggregate", "SPECIFIC"
NORMALISED, RAW = "-NormalizedImpactScore", "-RawImpactScore"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Scores of one granularity.

    Parameters
    ----------
    keys, times : of the rows, each key with each time
    impact : (n_keys, n_times, n_features)
    is_of_all : whether they are of all series together
    """

    keys: Sequence[Key]
    times: Sequence[str]
    impact: Doubles
    is_of_all: bool = False


def export_explanation(stores: Stores, record: Record, report: Report) -> Mapping[str, Any]:
    """Write the scores of the Explainability that an ExplainabilityExport names."""
    report("exporting", 0.0)
    explainability = stores.records.expect(record["ExplainabilityArn"])
    try:
        stored = load_explanation(stores.model(explainability))
    except (OSError, ValueError) as error:
        raise JobFailure(f"{explainability.arn} cannot be read: {error}; create it again") from None
    config: Mapping[str, str] = explainability["ExplainabilityConfig"]
    by_series = config["TimeSeriesGranularity"] == SPECIFIC
    by_step = config["TimePointGranularity"] == SPECIFIC
    frames = [
        _frame(stored, rows, has_raw=by_series)
        for rows in _levels(stored, by_series=by_series, by_step=by_step)
    ]
    with stores.drafts(record) as drafts:
        parts = Parts(stores, record, drafts)
        parts.write(pl.concat(frames))
    return {"_rows": parts.n_rows}


def _levels(stored: StoredExplanation, *, by_series: bool, by_step: bool) -> Iterator[Rows]:
    """What there are scores of: series and steps, and each of them together."""
    whole = [[AGGREGATE] * len(stored.dimensions)]
    times = [f"{time}Z" for time in as_texts(stored.starts)]
    of_all = together(stored.impact, axis=0)[None]
    if by_series and by_step:
        yield Rows(keys=stored.keys, times=times, impact=stored.impact)
    if by_series:
        yield Rows(keys=stored.keys, times=[AGGREGATE], impact=together(stored.impact, axis=1)[:, None])
    if by_step:
        yield Rows(keys=whole, times=times, impact=of_all, is_of_all=True)
    yield Rows(keys=whole, times=[AGGREGATE], impact=together(of_all, axis=1)[:, None], is_of_all=True)


def _frame(stored: StoredExplanation, rows: Rows, *, has_raw: bool) -> pl.DataFrame:
    """A row for each key with each time; raw scores of all series together are left out."""
    columns: dict[str, Any] = {**dimension_columns(stored.dimensions, rows.keys, len(rows.times))}
    columns[TIMESTAMP] = [time for _ in rows.keys for time in rows.times]
    scores = normalised(rows.impact)
    for place, name in enumerate(stored.features):
        columns[name + NORMALISED] = scores[:, :, place].ravel()
        if has_raw:
            raw = pl.Series(rows.impact[:, :, place].ravel())
            columns[name + RAW] = pl.Series([None] * len(raw), dtype=pl.Float64) if rows.is_of_all else raw
    return pl.DataFrame(columns)


run = driven(export_explanation)
