"""Rows become a panel: aligned to steps, aggregated, filled, with related series, holidays and metadata."""

from collections.abc import Mapping, Sequence

import polars as pl

from presage.recipes.data import Floats
from presage.recipes.forecasting.panel import Panel

from .alignment import Alignment
from .filling import Filling, fill
from .grid import ROW, Grid
from .holidays import country_of, holiday_steps
from .metadata import attributes_of
from .related import check_related, related_series
from .rows import ItemRows, SeriesPlan, SeriesRows
from .table import SeriesTable

MOST_SERIES, MOST_FINE_SERIES = 5_000_000, 100_000
_FINE = ("min", "H")


def series_table(
    plan: SeriesPlan,
    target: SeriesRows,
    related: SeriesRows | None = None,
    items: ItemRows | None = None,
    categories: Mapping[str, Sequence[str]] | None = None,
    *,
    weather: SeriesRows | None = None,
) -> SeriesTable:
    """The series of a dataset group, ready to be forecast.

    Parameters
    ----------
    categories : attribute -> its values in the order of their codes, as an earlier table had them; a value
        that is not among them is not known. None = they are numbered anew
    weather : further related series, those of a place

    Raises ValueError naming the attribute, item or time that breaks a rule.
    """
    check_plan(plan, target, related)
    (number,) = target.numbers
    dimensions = (target.identifier, *plan.dimensions)
    grid = Grid.over(target.frame, Alignment.parse(plan.frequency, plan.boundary))
    cold = _cold(dimensions, items, related) if items and plan.starts_cold else None
    keys = _keys(target.frame, dimensions, cold)
    _check_quotas(plan, keys.height)
    filling = Filling.of_target(plan.transformations.get(number, {}))
    placed = target.frame.join(
        keys.lazy().with_row_index(ROW), on=list(dimensions), how="inner", maintain_order="left"
    )
    values = grid.dense(placed, number, filling.aggregation, keys.height)
    attributes, known = attributes_of(items, keys, categories) if items else ({}, {})
    panel = Panel(
        target=fill(values, grid.n_steps, filling),
        first=grid.first,
        frequency=plan.frequency,
        n_ahead=plan.horizon,
        related={
            name: series
            for rows in (related, weather)
            if rows
            for name, series in related_series(rows, plan, grid, keys, values).items()
        },
        shared=_shared(plan, grid),
        attributes=attributes,
    )
    return SeriesTable(dimensions=dimensions, keys=list(keys.iter_rows()), panel=panel, categories=known)


def check_plan(plan: SeriesPlan, target: SeriesRows, related: SeriesRows | None = None) -> None:
    """Raise ValueError if a plan cannot be carried out, whatever the rows hold."""
    if target.frequency.seconds > plan.frequency.seconds:
        raise ValueError(
            f"the target time series is recorded at the frequency {target.frequency}; the forecast frequency"
            f" is {plan.frequency} and must not be finer"
        )
    for name in plan.dimensions:
        if name not in target.dimensions:
            known = ", ".join(target.dimensions) or "none"
            raise ValueError(
                f"{name!r} is no dimension of the target time series; its dimensions are: {known}"
            )
    Alignment.parse(plan.frequency, plan.boundary)
    if plan.holiday:
        country_of(plan.holiday)
    if related:
        check_related(related, plan)
    _check_transformations(plan, target.numbers, related.numbers if related else ())


def _check_transformations(plan: SeriesPlan, target: Sequence[str], related: Sequence[str]) -> None:
    for name, given in plan.transformations.items():
        able = (*target, *related)
        if name not in able:
            raise ValueError(
                f"{name!r} cannot be aggregated or filled; these attributes can: {', '.join(able)}"
            )
        try:
            (Filling.of_target if name in target else Filling.of_related)(given)
        except ValueError as error:
            raise ValueError(f"the transformations of {name!r}: {error}") from None


def _keys(rows: pl.LazyFrame, dimensions: Sequence[str], cold: pl.LazyFrame | None) -> pl.DataFrame:
    """(n_series,): what tells the series apart, in rising order; also those of items without a row."""
    found = rows.select(dimensions).unique()
    if cold is not None:
        new = cold.join(rows.select(dimensions[0]).unique(), on=dimensions[0], how="anti")
        found = pl.concat([found, new.select(dimensions)])
    return found.sort(dimensions).collect(engine="streaming")


def _cold(dimensions: Sequence[str], items: ItemRows, related: SeriesRows | None) -> pl.LazyFrame | None:
    """What would tell apart the series of items that metadata know; None if nobody knows.

    Where an item has several series, those of a new one are those that related series have.
    """
    if len(dimensions) == 1:
        return items.frame.select(dimensions).unique()
    if related is None or set(dimensions) - {related.identifier, *related.dimensions}:
        return None
    known = items.frame.select(items.identifier)
    return related.frame.select(dimensions).unique().join(known, on=items.identifier, how="semi")


def _check_quotas(plan: SeriesPlan, n_series: int) -> None:
    most = MOST_FINE_SERIES if plan.frequency.unit in _FINE else MOST_SERIES
    if n_series > most:
        raise ValueError(
            f"there are {n_series} series; at the frequency {plan.frequency} there may be at most {most}"
        )


def _shared(plan: SeriesPlan, grid: Grid) -> dict[str, Floats]:
    """What all series have in common, for each step of history and horizon."""
    if not plan.holiday:
        return {}
    bounds = plan.frequency.starts(grid.first, grid.n_steps + plan.horizon + 1)
    return {f"Holiday_{plan.holiday}": holiday_steps(plan.holiday, bounds)}
