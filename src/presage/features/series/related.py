"""Related series on the steps of the target: which of them are known ahead, and what must not be missing.

Source: the Forecast developer guide, "Using related time series datasets".
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.recipes.forecasting.panel import Related

from .filling import Doubles, Filling, fill
from .grid import ROW, Grid
from .rows import SeriesPlan, SeriesRows

_MOST_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class _Target:
    """The target series that others are related to.

    Parameters
    ----------
    keys : (n_series,), the item id and dimensions of each row of the panel
    begins : (n_series,), the first step that has a value; n_steps where there is none
    """

    grid: Grid
    keys: pl.DataFrame
    begins: NDArray[np.int64]

    @property
    def is_there(self) -> NDArray[np.bool_]:
        """(n_series,): whether a series has any value."""
        return self.begins < self.grid.n_steps

    def name(self, row: int) -> str:
        """A series in words."""
        return ", ".join(f"{name} {value!r}" for name, value in self.keys.row(row, named=True).items())


def related_series(
    rows: SeriesRows, plan: SeriesPlan, grid: Grid, keys: pl.DataFrame, values: Doubles
) -> dict[str, Related]:
    """Attribute -> its series. It is known ahead if it has any value after the last step of the history.

    Parameters
    ----------
    keys : (n_series,), the item id and dimensions of each row of the panel
    values : (n_series, n_steps), the target, not filled yet

    Raises ValueError if a value is missing that no filling is named for: from the first step of an item's
    target on all must be there.
    """
    check_related(rows, plan)
    on = [rows.identifier, *rows.dimensions]
    placed = rows.frame.join(keys.lazy().with_row_index(ROW), on=on, how="inner", maintain_order="left")
    known = ~np.isnan(values)
    begins = np.where(known.any(axis=1), known.argmax(axis=1), grid.n_steps)
    target = _Target(grid=grid, keys=keys, begins=begins)
    _check_there(placed, target, rows.called)
    return {name: _one(name, placed, plan, target, rows.called) for name in rows.numbers}


def check_related(rows: SeriesRows, plan: SeriesPlan) -> None:
    """Raise ValueError if related series cannot go with the target series as they are forecast."""
    others = [name for name in rows.dimensions if name not in plan.dimensions]
    if others:
        raise ValueError(
            f"the related time series have the dimension {others[0]!r}, which ForecastDimensions lacks;"
            " attributes in its schema must be integer or float, or be forecast dimensions"
        )
    if rows.frequency.seconds > plan.frequency.seconds:
        raise ValueError(
            f"the related time series are recorded at the frequency {rows.frequency}; to forecast at"
            f" {plan.frequency} they must not be recorded less often"
        )


def _one(name: str, placed: pl.LazyFrame, plan: SeriesPlan, target: _Target, called: str) -> Related:
    n_steps = target.grid.n_steps
    filling = Filling.of_related(plan.transformations.get(name, {}))
    values = target.grid.dense(placed, name, filling.aggregation, target.keys.height, plan.horizon)
    is_known_ahead = not np.isnan(values[:, n_steps:]).all()
    if not is_known_ahead:
        values = values[:, :n_steps]
    filled = fill(values, n_steps, filling)
    _check_filled(name, filled, values, target, called)
    return Related(values=filled.astype(np.float32), is_known_ahead=is_known_ahead)


def _check_there(placed: pl.LazyFrame, target: _Target, called: str) -> None:
    """Raise ValueError naming the series of the target that the related ones lack."""
    there = placed.select(pl.col(ROW).unique()).collect(engine="streaming")[ROW].to_numpy()
    lacking = np.setdiff1d(np.flatnonzero(target.is_there), there)
    if len(lacking):
        listed = "; ".join(map(target.name, lacking[:_MOST_SHOWN].tolist()))
        more = f" and {len(lacking) - _MOST_SHOWN} more" if len(lacking) > _MOST_SHOWN else ""
        raise ValueError(
            f"{len(lacking)} of {target.keys.height} target time series are missing in the {called}, which"
            f" must have all of them: {listed}{more}"
        )


def _check_filled(name: str, filled: Doubles, values: Doubles, target: _Target, called: str) -> None:
    """Raise ValueError naming the first value that is missing, and the filling that would put one there."""
    n_steps = target.grid.n_steps
    is_asked = np.arange(filled.shape[1]) >= target.begins[:, None]
    missing = np.isnan(filled) & is_asked & target.is_there[:, None]
    if not missing.any():
        return
    row, step = (int(one) for one in np.argwhere(missing)[0])
    known = np.flatnonzero(~np.isnan(values[row]))
    if not len(known) or step < known[0]:
        advice = "it must begin when the target of the item does, or before"
    else:
        gap = "futurefill" if step >= n_steps else "middlefill" if step < known[-1] else "backfill"
        advice = f"name a {gap} for it, or import the values"
    raise ValueError(
        f"{name!r} of the {called} is missing {int(missing.sum())} times, first for"
        f" {target.name(row)} at {str(target.grid.start(step)).replace('T', ' ')}; {advice}"
    )
