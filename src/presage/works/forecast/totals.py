"""Forecasts with rows of totals, where a forecast asks for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from presage.features.series.table import Key, SeriesTable
from presage.features.series.totals import groupings, totals_of
from presage.recipes.data import Training
from presage.recipes.forecasting.panel import Forecast, ForecastModel
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.stores import Stores
from presage.tables.forecast.schema import METADATA, TARGET, read_schema
from presage.trials.forecasting.automatic import AUTO
from presage.trials.forecasting.plan import PredictorPlan
from presage.trials.forecasting.totals import METHODS, add_up, train_totals

from .asked import series_plan
from .sources import datasets_of
from .training import budgeted

TOTALS, RECONCILIATION = "presage:totals", "presage:reconciliation"
"""The tags of a forecast that ask for totals; AWS has no member for them, but any client can send tags."""
TRAINED = 0.5
"""The part of the work after which the totals have a model of their own."""
ASKED = "_totals"
"""The member that holds what was asked for."""


def asked_totals(records: Reader, predictor: Record, tags: Mapping[str, str]) -> dict[str, Any]:
    """What the tags of a forecast ask for, as its record holds it; nothing without a tag for totals.

    Raises ValueError for names that cannot be added up by, or a way that is none.
    """
    if TOTALS not in tags:
        return {}
    method = tags.get(RECONCILIATION, METHODS[0])
    if method not in METHODS:
        raise ValueError(f"the tag {RECONCILIATION} is {method!r}; it must be {' or '.join(METHODS)}")
    datasets = datasets_of(records, records.expect(predictor["DatasetGroupArn"]))
    identifier = read_schema(datasets[TARGET].body).identifier
    attributes = read_schema(datasets[METADATA].body).categories if METADATA in datasets else ()
    dimensions = (identifier, *series_plan(predictor.body).dimensions)
    try:
        by = groupings(tags[TOTALS], dimensions, attributes)
    except ValueError as error:
        raise ValueError(f"the tag {TOTALS} is {tags[TOTALS]!r}: {error}") from None
    return {ASKED: {"by": by, "method": method}}


def with_totals(  # noqa: PLR0917, each is one of its own
    stores: Stores,
    asked: Mapping[str, Any],
    model: ForecastModel,
    series: SeriesTable,
    forecast: Forecast,
    levels: tuple[float, ...],
    training: Training,
) -> tuple[Sequence[Key], Forecast]:
    """The keys of series and totals, and what is forecast of both.

    Parameters
    ----------
    asked : as `asked_totals` has it
    model, forecast : of the series

    Raises ValueError naming what is wrong with the totals.
    """
    totals = totals_of(series, [tuple(one) for one in asked["by"]])
    plan = PredictorPlan(recipe=AUTO, horizon=forecast.mean.shape[1], levels=levels)
    own = train_totals(totals, budgeted(plan, stores.config), training.part(0, TRAINED))
    rest = training.part(TRAINED, 1)
    found = add_up(model, series.panel, forecast, totals, own, levels, asked["method"], rest)
    return [*series.keys, *totals.keys], found
