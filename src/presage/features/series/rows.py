"""The rows of a dataset group, as a panel of series is made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from presage.recipes.forecasting.frequency import Frequency

TIMESTAMP = "timestamp"
"""The column of times: whole seconds since 1970 by the data's own clock."""


@dataclass(frozen=True, kw_only=True)
class SeriesRows:
    """Rows of a target series, or of series related to it.

    Parameters
    ----------
    frame : the columns that are named here, and `timestamp`; numbers are float64, null or NaN = missing
    identifier : the column that names an item
    dimensions : the columns that tell apart the series of an item
    numbers : the target, or the related attributes
    frequency : at which the rows were recorded
    called : what messages call them, if they are related series
    """

    frame: pl.LazyFrame
    identifier: str
    dimensions: tuple[str, ...]
    numbers: tuple[str, ...]
    frequency: Frequency
    called: str = "related time series"


@dataclass(frozen=True, kw_only=True)
class ItemRows:
    """Rows of item metadata, one for an item.

    Parameters
    ----------
    frame : the columns that are named here, all texts, null = not known
    categories : what they tell of an item
    """

    frame: pl.LazyFrame
    identifier: str
    categories: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SeriesPlan:
    """How a panel is made of rows.

    Parameters
    ----------
    horizon : how many steps will be forecast
    dimensions : those of the target's dimensions that tell series apart; over others it is aggregated
    transformations : attribute -> how it is aggregated and filled, as Forecast writes it
    boundary : a TimeAlignmentBoundary, as Forecast writes it; empty = by default
    holiday : country code; empty = no holidays
    weather : whether series know the weather where they are
    starts_cold : whether items of which only metadata are known become series too
    """

    frequency: Frequency
    horizon: int
    dimensions: tuple[str, ...] = ()
    transformations: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    boundary: Mapping[str, Any] = field(default_factory=dict[str, Any])
    holiday: str = ""
    weather: bool = False
    starts_cold: bool = False
