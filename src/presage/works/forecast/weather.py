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


def weather_table(config: Config) -> pl.LazyFrame:
    """The weather table, of which no more is looked at than its columns.

    Raises ValueError if there is none, or naming what is wrong with it.
    """
    if not config.weather:
        raise ValueError(
            "the weather index is asked for, but there is no weather here; name a table of it in the setting"
            " `weather`, import it as a related time series, or leave it out"
        )
    path = Path(config.weather)
    read = pl.scan_parquet if path.suffix == ".parquet" else _scan_csv
    try:
        table = read(path)
        kinds = table.collect_schema()
    except (PolarsError, OSError) as error:
        raise _unreadable(path, error) from None
    if missing := [name for name in (LOCATION, TIMESTAMP) if name not in kinds]:
        raise ValueError(f"the weather table {path} lacks the column {missing[0]!r}")
    if not kinds[TIMESTAMP].is_temporal():
        value = table.select(TIMESTAMP).head(1).collect().item()
        raise ValueError(f"the weather table {path} has the timestamp {value!r}; write yyyy-MM-dd HH:mm:ss")
    if not _numbers(table):
        raise ValueError(f"the weather table {path} has no column of numbers")
    return table


def weather_rows(config: Config, place: str) -> SeriesRows:
    """The rows of the weather table, as series that are related to those of the same place.

    Parameters
    ----------
    place : the dimension that says where a series is

    Raises what `weather_table` raises.
    """
    table = weather_table(config)
    numbers = {name: f"{PREFIX}{name}" for name in _numbers(table)}
    asked = table.select(
        pl.col(LOCATION).cast(pl.String).alias(place),
        pl.col(TIMESTAMP).cast(pl.Datetime("ms")).dt.epoch("s"),
        *(pl.col(name).cast(pl.Float64).alias(called) for name, called in numbers.items()),
    )
    try:
        frame = asked.collect().lazy()
    except (PolarsError, OSError) as error:
        raise _unreadable(Path(config.weather), error) from None
    return SeriesRows(
        frame=frame,
        identifier=place,
        dimensions=(),
        numbers=tuple(numbers.values()),
        frequency=Frequency(1, "min"),
        called="weather table",
    )


def _scan_csv(path: Path) -> pl.LazyFrame:
    return pl.scan_csv(path, try_parse_dates=True, schema_overrides={LOCATION: pl.String}, glob=False)


def _numbers(table: pl.LazyFrame) -> list[str]:
    return [name for name, kind in table.collect_schema().items() if kind.is_numeric()]


def _unreadable(path: Path, error: Exception) -> ValueError:
    return ValueError(f"the weather table {path} cannot be read: {str(error).splitlines()[0]}")
