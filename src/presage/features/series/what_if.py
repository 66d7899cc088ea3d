"""What if a related series were another? Transformations and replacements of its values in the horizon."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from presage.recipes.forecasting.panel import Panel, Related

from .grid import ROW
from .rows import TIMESTAMP
from .table import SeriesTable

Transformation: TypeAlias = Mapping[str, Any]
Mask: TypeAlias = NDArray[np.bool_]
STEP = "_step"
OPERATIONS = {"ADD": np.add, "SUBTRACT": np.subtract, "MULTIPLY": np.multiply, "DIVIDE": np.divide}
COMPARISONS = {
    "EQUALS": np.equal,
    "NOT_EQUALS": np.not_equal,
    "LESS_THAN": np.less,
    "GREATER_THAN": np.greater,
}
OF_TEXTS = ("EQUALS", "NOT_EQUALS")
"""The conditions that a text may meet."""


def transformed(table: SeriesTable, transformations: Sequence[Transformation]) -> SeriesTable:
    """The series as they would be after transformations, one after the other, of steps in the horizon.

    Parameters
    ----------
    transformations : as Forecast writes them: an Action, and TimeSeriesConditions that must all be met

    Raises ValueError naming the attribute, value or operation that cannot be.
    """
    for one in transformations:
        action: Mapping[str, Any] = one["Action"]
        name, values = _ahead(table.panel, action["AttributeName"])
        where = np.ones(values.shape, bool)
        for condition in one.get("TimeSeriesConditions", ()):
            where &= _met(table, condition)
        if action["Operation"] == "DIVIDE" and action["Value"] == 0:
            raise ValueError(f"the Action on {name!r} divides by 0; divide by another value")
        after = OPERATIONS[action["Operation"]](values, action["Value"])
        table = _with(table, name, np.where(where, after, values))
    return table


def replaced(table: SeriesTable, rows: pl.DataFrame) -> SeriesTable:
    """The series with other values of related ones; unknown series and other times do not matter.

    Parameters
    ----------
    rows : the table's dimensions, `timestamp` in seconds since 1970 by the data's own clock, and related
        series by name; what is null stays as it is

    Raises ValueError for a name that is no related series, or two rows of one series and step.
    """
    panel = table.panel
    bounds = panel.starts(panel.n_ahead + 1)[panel.n_steps :].astype(np.int64)
    step = np.searchsorted(bounds, rows[TIMESTAMP].to_numpy(), side="right") - 1
    keys = pl.DataFrame(table.keys, schema=list(table.dimensions), orient="row").with_row_index(ROW)
    placed = (
        rows.with_columns(pl.Series(STEP, step))
        .filter(pl.col(STEP).is_between(0, panel.n_ahead - 1))
        .join(keys, on=list(table.dimensions), how="inner")
    )
    twice = placed.filter(placed.select(ROW, STEP).is_duplicated())
    if len(twice):
        row = twice.row(0, named=True)
        named = ", ".join(f"{name} {row[name]!r}" for name in table.dimensions)
        raise ValueError(f"two rows are of {named} and the step from {np.datetime64(row[TIMESTAMP], 's')}")
    for given in rows.columns:
        if given in (*table.dimensions, TIMESTAMP):
            continue
        name, ahead = _ahead(table.panel, given)
        known = placed.filter(pl.col(given).is_not_null())
        ahead[known[ROW].to_numpy(), known[STEP].to_numpy()] = known[given].to_numpy()
        table = _with(table, name, ahead)
    return table


def _ahead(panel: Panel, name: str) -> tuple[str, NDArray[np.float64]]:
    """A related series as the panel calls it, and (n_series, n_ahead) its values in the horizon."""
    able = {known.lower(): known for known, one in panel.related.items() if one.is_known_ahead}
    if name.lower() not in able:
        raise ValueError(
            f"{name!r} is no related time series that reaches the end of the forecast horizon; these are:"
            f" {', '.join(able.values()) or 'none'}"
        )
    known = able[name.lower()]
    return known, panel.related[known].values[:, panel.n_steps :].astype(np.float64)


def _with(table: SeriesTable, name: str, ahead: NDArray[np.float64]) -> SeriesTable:
    """A table with other values of a related series in the horizon."""
    panel = table.panel
    values = panel.related[name].values
    after = np.concatenate([values[:, : panel.n_steps], ahead.astype(values.dtype)], axis=1)
    related = {**panel.related, name: Related(values=after, is_known_ahead=True)}
    return replace(table, panel=replace(panel, related=related))


def _starts(panel: Panel) -> NDArray[np.datetime64]:
    return panel.starts(panel.n_ahead)[panel.n_steps :]


def _met(table: SeriesTable, condition: Mapping[str, str]) -> Mask:
    """(n_series, n_ahead): where a condition is met."""
    name, value, compare = condition["AttributeName"], condition["AttributeValue"], condition["Condition"]
    panel, shape = table.panel, (table.panel.n_series, table.panel.n_ahead)
    if name.lower() == TIMESTAMP:
        try:
            instant = np.datetime64(value.replace(" ", "T"), "s")
        except ValueError:
            raise ValueError(
                f"the condition on timestamp has the value {value!r}; write yyyy-MM-dd HH:mm:ss"
            ) from None
        return np.broadcast_to(COMPARISONS[compare](_starts(panel), instant), shape)
    texts = _texts(table, name)
    if texts is not None:
        if compare not in OF_TEXTS:
            raise ValueError(
                f"{name!r} holds texts; its Condition must be {' or '.join(OF_TEXTS)}, not {compare}"
            )
        return np.broadcast_to(COMPARISONS[compare](texts, value)[:, None], shape)
    _, values = _ahead(panel, name)
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"the condition on {name!r} has the value {value!r}; it must be a number") from None
    return COMPARISONS[compare](values, number)


def _texts(table: SeriesTable, name: str) -> NDArray[np.object_] | None:
    """(n_series,): what a dimension or an attribute says of each series; None for any other name."""
    dimensions = [one.lower() for one in table.dimensions]
    if name.lower() in dimensions:
        place = dimensions.index(name.lower())
        return np.array([key[place] for key in table.keys], object)
    known = {one.lower(): one for one in table.panel.attributes}
    if name.lower() not in known:
        return None
    attribute = known[name.lower()]
    words = np.array([*table.categories[attribute], ""], object)  # the last one for -1
    return words[table.panel.attributes[attribute].code]
