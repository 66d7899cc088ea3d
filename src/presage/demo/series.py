"""A file of time series as people have it: which column is what, and how far apart its steps are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

ITEM, TIME, VALUE = "item_id", "timestamp", "target_value"
EVERYTHING = "all"
"""The item of a file that has no column of items."""
FORMATS = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m", "%Y/%m/%d"),
    *("%d.%m.%Y", "%d.%m.%Y %H:%M", "%m/%d/%Y", "%m/%d/%Y %H:%M", "%d/%m/%Y", "%d/%m/%Y %H:%M", "%Y%m%d"),
)
"""How times are written; the first that reads them all."""
_MINUTE, _HOUR, _DAY, _MONTH = 60, 3600, 86_400, 28 * 86_400


@dataclass(frozen=True, kw_only=True)
class Series:
    """Time series of some items.

    Parameters
    ----------
    rows : item_id (text), timestamp (datetime), target_value (number, null = not known), by item and time
    frequency : as Amazon Forecast writes it, such as D
    columns : what the file calls the item (empty if it has none), the time and the value
    """

    rows: pl.DataFrame
    frequency: str
    columns: tuple[str, str, str]


def read_series(
    path: Path, *, item: str = "", time: str = "", value: str = "", frequency: str = ""
) -> Series:
    """The series of a CSV or Parquet file.

    Parameters
    ----------
    item, time, value : the columns' names; empty = found by what they hold
    frequency : empty = found by how far apart times are

    Raises ValueError that says what is missing.
    """
    table = _table(path)
    times = {name: moment for name in table.columns if (moment := _moments(table[name])) is not None}
    time = _chosen(table, path, "time", time, list(times))
    numbers = [name for name in table.columns if name not in times and _is_number(table[name])]
    value = _chosen(table, path, "value", value, numbers[::-1])
    ids = _ids(table, [name for name in table.columns if name not in {*times, value}], times)
    item = _chosen(table, path, "item", item, ids) if item or ids else ""
    if time not in times:
        found = table[time][0]
        raise ValueError(f"{path}: column {time!r} holds {found!r}, which is no time; write 2025-12-31")
    rows = pl.DataFrame(
        {
            ITEM: table[item] if item else pl.repeat(EVERYTHING, table.height, eager=True),
            TIME: times[time],
            VALUE: table[value].str.strip_chars().cast(pl.Float64, strict=False),
        }
    ).sort(ITEM, TIME)
    frequency = frequency or frequency_of(rows[TIME], path)
    return Series(rows=rows, frequency=frequency, columns=(item, time, value))


def frequency_of(times: pl.Series, path: Path) -> str:
    """The frequency at which times follow each other mostly. Raises ValueError if none is plain."""
    distinct = times.drop_nulls().unique().sort()
    if len(distinct) < 2:
        raise ValueError(f"{path} has {len(distinct)} different times; a forecast needs a longer history")
    gaps = distinct.diff().drop_nulls().dt.total_seconds()
    gap = int(gaps.mode().sort()[0])
    if gap >= _MONTH:
        n_months = round(gap / (30.44 * _DAY))
        if n_months % 12 == 0:
            return "Y"
        return _multiple(n_months, "M")
    for seconds, unit in ((7 * _DAY, "W"), (_DAY, "D"), (_HOUR, "H"), (_MINUTE, "min")):
        if gap % seconds == 0:
            return _multiple(gap // seconds, unit)
    raise ValueError(f"{path}: times are {gap} s apart; name a frequency, for instance --frequency H")


def _multiple(n: int, unit: str) -> str:
    return f"{n}{unit}" if n > 1 or unit == "min" else unit


def _table(path: Path) -> pl.DataFrame:
    """All cells as text; a file without a header gets columns that are called by their numbers."""
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    try:
        if path.suffix.lower() in {".parquet", ".parq", ".pqt"}:
            return pl.read_parquet(path).cast(pl.String)
        table = pl.read_csv(path, has_header=False, infer_schema=False, truncate_ragged_lines=True)
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    table = table.rename({name: f"column {k + 1}" for k, name in enumerate(table.columns)})
    first = [str(cell or "").strip() for cell in table.row(0)]
    if any(_is_data(cell) for cell in first if cell):
        return table
    if len(set(first)) < len(first) or "" in first or table.height < 2:
        raise ValueError(
            f"{path}: {first} are no names of columns with rows below; each needs a name of its own"
        )
    return table[1:].rename(dict(zip(table.columns, first, strict=True)))


def _is_data(cell: str) -> bool:
    """Whether a cell is a number or a time, and so no column's name."""
    alone = pl.Series([cell])
    return _is_number(alone) or _moments(alone) is not None


def _moments(cells: pl.Series) -> pl.Series | None:
    """A column's times; None if one of its cells is no time."""
    text = cells.str.strip_chars()
    if text.null_count() == len(text):
        return None
    for form in FORMATS:
        is_month = form == "%Y-%m"
        whole, form_ = (text + "-01", "%Y-%m-%d") if is_month else (text, form)
        found = whole.str.to_datetime(form_, strict=False, time_unit="ms")
        if found.null_count() == text.null_count():
            return found
    return None


def _is_number(cells: pl.Series) -> bool:
    """Whether most of a column's cells are numbers, and the others are empty or nearly none."""
    text = cells.str.strip_chars()
    there = text.filter(text.is_not_null() & (text != "") & (text.str.to_lowercase() != "nan"))
    return len(there) > 0 and there.cast(pl.Float64, strict=False).null_count() <= len(there) // 20


def _ids(table: pl.DataFrame, columns: Sequence[str], times: Mapping[str, pl.Series]) -> list[str]:
    """The columns that may name items: texts that come again, or numbers where times do."""
    repeats = any(moment.n_unique() < len(moment) for moment in times.values())
    again = [name for name in columns if 2 * table[name].n_unique() <= table.height]
    texts = [name for name in again if not _is_number(table[name])]
    return texts or (again if repeats else [])


def _chosen(table: pl.DataFrame, path: Path, what: str, named: str, found: Sequence[str]) -> str:
    """The column that was named, or else the first that was found."""
    if named:
        matching = [name for name in table.columns if name.lower() == named.lower()]
        if not matching:
            raise ValueError(f"{path} has no column {named!r}; it has: {', '.join(table.columns)}")
        return matching[0]
    if not found:
        columns = ", ".join(table.columns)
        raise ValueError(f"{path} has no column that holds {what}s; it has: {columns}. Name it with --{what}")
    return found[0]
