"""The file that somebody brought: read as text whatever its separator, written anew as datasets want it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from presage.errors import InvalidInputException

from .beginning import PARQUET, head_of, read_beginning
from .columns import BY_KEY
from .times import FORMS

SAMPLE_ROWS = 5_000
MOST_COLUMNS = 200
MOST_ID_CHARACTERS = 256
MOST_CHARACTERS = 1_000
IDS = ("USER_ID", "ITEM_ID")
NAME = "ITEM_NAME"
NO_TYPE = "event"
"""What an event without a type is called, if others have one."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How the columns of a file are taken.

    Parameters
    ----------
    roles : column -> the key of its role; see `columns.ROLES`
    form : the key of the form of its times; see `times.FORMS`
    """

    roles: Mapping[str, str]
    form: str

    def rows(self, table: pl.LazyFrame) -> pl.LazyFrame:
        """The rows as datasets want them, a column a role; what cannot be read is null."""
        columns = {role: pl.col(column) for column, role in self.roles.items()}
        read: dict[str, Callable[[pl.Expr], pl.Expr]] = {
            "TIMESTAMP": FORMS[self.form].read,
            "EVENT_VALUE": _number,
            "EVENT_TYPE": lambda text: _text(text).fill_null(NO_TYPE),
            **dict.fromkeys(IDS, _id),
        }
        return table.select(
            read.get(role, _text)(columns[role]).alias(role) for role in BY_KEY if role in columns
        )


@dataclass(frozen=True)
class Converted:
    """What was made of a file.

    Parameters
    ----------
    n_rows, n_kept : how many rows it has, and how many of them have a user, a thing and a time
    """

    n_rows: int
    n_kept: int
    n_users: int
    n_items: int


def open_table(path: Path) -> pl.LazyFrame:
    """A file of rows, all of it text: Parquet, or CSV with any usual separator, packed with gzip or not.

    Raises InvalidInputException that says what is wrong.
    """
    head = head_of(path)
    try:
        table = _scan_parquet(path) if head.startswith(PARQUET) else _scan_csv(path, head)
        names = table.collect_schema()
    except (PolarsError, OSError) as error:
        raise InvalidInputException(f"the file cannot be read as CSV: {str(error).splitlines()[0]}") from None
    if not 2 <= len(names) <= MOST_COLUMNS:
        raise InvalidInputException(
            f"the file has {len(names)} column{'s' * (len(names) != 1)}; it must have from 2 to"
            f" {MOST_COLUMNS}, with a comma, semicolon, tab or bar between them,"
            " and their names in its first line"
        )
    return table.filter(~pl.all_horizontal(pl.all().is_null()))


def _scan_parquet(path: Path) -> pl.LazyFrame:
    table = pl.scan_parquet(path, glob=False)
    return table.select(_as_text(name, kind) for name, kind in table.collect_schema().items())


def _scan_csv(path: Path, head: bytes, quotes: str | None = '"') -> pl.LazyFrame:
    begins = read_beginning(head)
    return pl.scan_csv(
        path,
        separator=begins.separator,
        skip_lines=begins.n_skipped,
        has_header=begins.has_names,
        eol_char=begins.ends_line,
        quote_char=quotes,
        infer_schema=False,
        encoding="utf8-lossy",
        truncate_ragged_lines=True,
        glob=False,
    )


def mend_quotes(path: Path) -> None:
    """Write a CSV file anew in which quotation marks stand alone, as in 5" pipes: as signs like any other.

    Raises InvalidInputException if it cannot be read so either.
    """
    head = head_of(path)
    if head.startswith(PARQUET):
        return
    try:
        _scan_csv(path, head).select(pl.all().str.len_bytes().sum()).collect(engine="streaming")
    except (PolarsError, OSError):
        draft = path.with_suffix(".mended")
        try:
            plain = _scan_csv(path, head, None).select(pl.all().str.replace(r'^\s*"(.*)"\s*$', "${1}"))
            plain.sink_csv(draft)
        except (PolarsError, OSError) as error:
            text = f"the file cannot be read as CSV: {str(error).splitlines()[0]}"
            raise InvalidInputException(text) from None
        draft.replace(path)


def sample_of(table: pl.LazyFrame) -> pl.DataFrame:
    """The first rows. Raises InvalidInputException."""
    try:
        return table.head(SAMPLE_ROWS).collect()
    except PolarsError as error:
        raise InvalidInputException(f"the file cannot be read: {str(error).splitlines()[0]}") from None


def write_datasets(table: pl.LazyFrame, reading: Reading, folder: Path) -> Converted:
    """Write `interactions.parquet`, and `items.parquet` if things have names, into a folder.

    Raises InvalidInputException if the file cannot be read.
    """
    needed = [role.key for role in BY_KEY.values() if role.is_needed]
    is_whole = pl.all_horizontal(pl.col(needed).is_not_null()) & (pl.col("TIMESTAMP") >= 0)
    draft = folder / "whole.parquet"
    try:
        n_rows = table.select(pl.len()).collect(engine="streaming").item()
        reading.rows(table).filter(is_whole).sink_parquet(draft)
    except PolarsError as error:
        raise InvalidInputException(f"the file cannot be read: {str(error).splitlines()[0]}") from None
    whole = pl.scan_parquet(draft)
    whole.drop(NAME, strict=False).sink_parquet(folder / "interactions.parquet")
    if NAME in reading.roles.values():
        _names(whole).sink_parquet(folder / "items.parquet")
    ids = [pl.col(column).n_unique().alias(column) for column in IDS]
    n_kept, n_users, n_items = whole.select(pl.len().alias("n"), *ids).collect(engine="streaming").row(0)
    draft.unlink()
    return Converted(n_rows=n_rows, n_kept=n_kept, n_users=n_users, n_items=n_items)


def _names(rows: pl.LazyFrame) -> pl.LazyFrame:
    """A thing has the name that most of its rows give; of several, the first by the alphabet."""
    named = rows.filter(pl.col(NAME).is_not_null()).group_by("ITEM_ID", NAME).len()
    best_first = named.sort("ITEM_ID", "len", NAME, descending=[False, True, False])
    return best_first.unique("ITEM_ID", keep="first", maintain_order=True).select("ITEM_ID", NAME)


def _as_text(name: str, kind: pl.DataType) -> pl.Expr:
    if kind.is_temporal():
        return pl.col(name).cast(pl.Datetime("ms")).dt.to_string("%Y-%m-%d %H:%M:%S").alias(name)
    return pl.col(name).cast(pl.String, strict=False)


def _id(text: pl.Expr) -> pl.Expr:
    """An id; a spreadsheet that took ids for numbers has left `.0` at their ends."""
    plain = _text(text).str.replace(r"^(\d+)\.0$", "${1}")
    return pl.when(plain.str.len_chars() <= MOST_ID_CHARACTERS).then(plain)


def _text(text: pl.Expr) -> pl.Expr:
    plain = text.str.strip_chars().str.replace_all(r"\s+", " ").str.slice(0, MOST_CHARACTERS)
    return pl.when(plain != "").then(plain)


def _number(text: pl.Expr) -> pl.Expr:
    """A number, with or without a currency's sign; 1.234,5 and 1,234.5 are the same."""
    plain = text.str.replace_all(r"[^\d.,\-]", "")
    point = plain.str.contains(r",\d{1,2}$")
    english, other = plain.str.replace_all(",", ""), plain.str.replace_all(r"\.", "").str.replace(",", ".")
    return pl.when(point).then(other).otherwise(english).cast(pl.Float64, strict=False)
