"""The weather that predictors may ask for: a table of the machine's own, which the setting `weather` names.

There is no source of weather here. The table has a row for each place and time: `location`, written as the
target time series write it; `timestamp`, by the clock of the place, as theirs are; and numbers.
"""

from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from presage.config import Config
from presage.features.series.rows import TIMESTAMP, SeriesRows
from presage.recipes.forecasting.frequency import Frequency

LOCATION = "location"
PREFIX = "Weather_"
"""What the names of its numbers begin with, as those of holidays do with Holiday_."""


def weather_rows(config: Config, place: str) -> SeriesRows:
    """The rows of the weather table, as series that are related to those of the same place.

    Parameters
    ----------
    place : the dimension that says where a series is

    Raises ValueError if there is no table, or naming what is wrong with it.
    """
    if not config.weather:
        raise ValueError(
            "the weather index is asked for, but there is no weather here; name a table of it in the setting"
            " `weather`, import it as a related time series, or leave it out"
        )
    table = _read(Path(config.weather))
    kinds = table.collect_schema()
    if missing := [name for name in (LOCATION, TIMESTAMP) if name not in kinds]:
        raise ValueError(f"the weather table {config.weather} lacks the column {missing[0]!r}")
    if not kinds[TIMESTAMP].is_temporal():
        value = table.select(TIMESTAMP).head(1).collect().item()
        raise ValueError(
            f"the weather table {config.weather} has the timestamp {value!r}; write yyyy-MM-dd HH:mm:ss"
        )
    numbers = [name for name, kind in kinds.items() if kind.is_numeric() and name != TIMESTAMP]
    if not numbers:
        raise ValueError(f"the weather table {config.weather} has no column of numbers")
    frame = table.select(
        pl.col(LOCATION).cast(pl.String).alias(place),
        pl.col(TIMESTAMP).cast(pl.Datetime("ms")).dt.epoch("s"),
        *(pl.col(name).cast(pl.Float64).alias(f"{PREFIX}{name}") for name in numbers),
    )
    return SeriesRows(
        frame=frame,
        identifier=place,
        dimensions=(),
        numbers=tuple(f"{PREFIX}{name}" for name in numbers),
        frequency=Frequency(1, "min"),
        called="weather table",
    )


def _read(path: Path) -> pl.LazyFrame:
    """The columns of a CSV or Parquet file."""
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path).lazy()
        return pl.read_csv(path, try_parse_dates=True, schema_overrides={LOCATION: pl.String}).lazy()
    except (PolarsError, OSError) as error:
        raise ValueError(f"the weather table {path} cannot be read: {str(error).splitlines()[0]}") from None
