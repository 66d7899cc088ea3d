"""The data of a Forecast dataset group, as series on one grid of steps."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

import polars as pl

from presage.errors import JobFailure
from presage.features.series.build import check_plan, series_table
from presage.features.series.rows import ItemRows, SeriesPlan, SeriesRows
from presage.features.series.table import SeriesTable
from presage.recipes.forecasting.frequency import Frequency
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.stores import Stores
from presage.tables.forecast.schema import GEOLOCATION, METADATA, RELATED, TARGET, check_multiple, read_schema

from .sources import datasets_of
from .weather import weather_rows

Categories = Mapping[str, Sequence[str]]


def series_of(
    stores: Stores, group: Record, plan: SeriesPlan, categories: Categories | None = None
) -> SeriesTable:
    """The series of a dataset group, from what its datasets hold now; see `series_table`.

    Raises JobFailure naming what is wrong with the plan or the data.
    """
    datasets = {k: one for k, one in datasets_of(stores.records, group).items() if "_folder" in one.body}
    with ExitStack() as reading:
        for dataset in datasets.values():
            reading.enter_context(stores.table(dataset).reading())
        frames = {kind: _rows(stores, dataset) for kind, dataset in datasets.items()}
        if TARGET not in frames:
            raise JobFailure(f"{group.arn} has no {TARGET} dataset that holds data")
        try:
            return series_table(
                plan,
                _series(datasets[TARGET], frames[TARGET]),
                _series(datasets[RELATED], frames[RELATED]) if RELATED in frames else None,
                _items(datasets[METADATA], frames[METADATA]) if METADATA in frames else None,
                categories,
                weather=weather_rows(stores.config, place_of(datasets[TARGET], plan))
                if plan.weather
                else None,
            )
        except ValueError as error:
            raise JobFailure(str(error)) from None


def target_series(stores: Stores, group: Record, plan: SeriesPlan) -> SeriesTable:
    """The target series of a dataset group, without what is known beside them; raises JobFailure."""
    target = datasets_of(stores.records, group).get(TARGET)
    if target is None or "_folder" not in target.body:
        raise JobFailure(f"{group.arn} has no {TARGET} dataset that holds data")
    name = read_schema(target.body).target
    transformations = {name: plan.transformations.get(name, {})}
    alone = replace(plan, transformations=transformations, holiday="", weather=False, starts_cold=False)
    with stores.table(target).reading():
        try:
            return series_table(alone, _series(target, _rows(stores, target)))
        except ValueError as error:
            raise JobFailure(str(error)) from None


def items_of(stores: Stores, group: Record) -> pl.DataFrame | None:
    """What the metadata of a dataset group say: the item id, then the attributes; None without metadata."""
    items = datasets_of(stores.records, group).get(METADATA)
    if items is None or "_folder" not in items.body:
        return None
    with stores.table(items).reading():
        found = _items(items, _rows(stores, items))
        return found.frame.select(found.identifier, *found.categories).collect(engine="streaming")


def check_series(records: Reader, group: Record, plan: SeriesPlan) -> None:
    """Raise ValueError if a plan cannot be carried out with the datasets of a group, whatever these hold."""
    check_multiple("ForecastFrequency", str(plan.frequency))
    datasets = datasets_of(records, group)
    if TARGET not in datasets:
        raise ValueError(f"{group.arn} has no {TARGET} dataset; add one with UpdateDatasetGroup")
    nothing = pl.LazyFrame()
    related = _series(datasets[RELATED], nothing) if RELATED in datasets else None
    check_plan(plan, _series(datasets[TARGET], nothing), related)
    if plan.weather:
        place_of(datasets[TARGET], plan)


def place_of(target: Record, plan: SeriesPlan) -> str:
    """The dimension that says where a series is; raises ValueError if there is none."""
    kinds = read_schema(target.body).types
    for name in plan.dimensions:
        if kinds.get(name) == GEOLOCATION:
            return name
    raise ValueError(
        "the weather index is asked for, but ForecastDimensions names no attribute of the type geolocation"
    )


def _rows(stores: Stores, dataset: Record) -> pl.LazyFrame:
    """What imports brought, of rows with one key what the last of them did."""
    schema = read_schema(dataset.body)
    return stores.table(dataset).bulk(stores.series_layout(dataset), schema.key)


def _series(dataset: Record, frame: pl.LazyFrame) -> SeriesRows:
    schema = read_schema(dataset.body)
    return SeriesRows(
        frame=frame,
        identifier=schema.identifier,
        dimensions=schema.dimensions,
        numbers=schema.features if schema.dataset_type == RELATED else (schema.target,),
        frequency=Frequency.parse(dataset["DataFrequency"]),
    )


def _items(dataset: Record, frame: pl.LazyFrame) -> ItemRows:
    schema = read_schema(dataset.body)
    return ItemRows(frame=frame, identifier=schema.identifier, categories=schema.categories)
