"""What the tables must know of a dataset: its columns, its key, how its files read, its rules.

The engine of this room (import, fold, read) knows no service. A service's part (`personalize/`) makes a
`Layout` of whatever its users declare, and hands it in with each call.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias, get_args

import polars as pl

Kind: TypeAlias = Literal["string", "int", "long", "float", "double", "boolean"]
KINDS: tuple[str, ...] = get_args(Kind)
NUMBERS = frozenset({"int", "long", "float", "double"})
POLARS_TYPE: Mapping[Kind, pl.DataType] = {
    "string": pl.String(),
    "int": pl.Int32(),
    "long": pl.Int64(),
    "float": pl.Float32(),
    "double": pl.Float64(),
    "boolean": pl.Boolean(),
}
_KIND_IN_WORDS: Mapping[Kind, str] = {
    "string": "a string",
    "int": "a whole number of 32 bits",
    "long": "a whole number of 64 bits",
    "float": "a number",
    "double": "a number",
    "boolean": "true or false",
}


PLACE = "_SEQ"
"""The column of a told row that holds its place in the event log."""


def unchanged(value: Any) -> Any:
    """The value itself."""
    return value


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a dataset.

    Parameters
    ----------
    kind : what is stored
    nullable : whether a cell may be empty
    counts_missing : whether an import says how many cells are empty
    file_kind : what a file's cells are read as, where that is something else, such as a date's text
    convert : from a cell as it was read to what is stored
    wanted : what a cell must be, in words; None = the words for its kind
    time_format : how a Parquet file's dates and instants are written as text, such as `%Y-%m-%d`; empty = a
        Parquet file may have none in this column
    """

    name: str
    kind: Kind
    nullable: bool = False
    counts_missing: bool = False
    file_kind: Kind | None = None
    convert: Callable[[pl.Expr], pl.Expr] = unchanged
    wanted: str | None = None
    time_format: str = ""

    @property
    def read_as(self) -> Kind:
        """What a file's cells are read as."""
        return self.file_kind or self.kind

    @property
    def in_words(self) -> str:
        """What a cell must be."""
        return self.wanted or _KIND_IN_WORDS[self.kind]

    @property
    def stored(self) -> pl.Expr:
        """What is kept of a column that was read: an empty text is null."""
        value = self.convert(pl.col(self.name)).cast(POLARS_TYPE[self.kind])
        return (pl.when(value != "").then(value) if self.kind == "string" else value).alias(self.name)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule:
    """One thing that can be wrong with a column.

    Parameters
    ----------
    broken : true in the rows whose stored values break the rule; null means kept
    text : what would be right, naming the column
    """

    column: str
    broken: pl.Expr
    text: str


IsHeader: TypeAlias = Callable[[Sequence[str]], bool]
"""Whether the first row of a CSV file is a header; a ValueError says how it contradicts the dataset."""
Values: TypeAlias = Callable[[str], set[Any]]
"""The different values of a column that imports brought already, null included if it is there."""
WholeCheck: TypeAlias = Callable[[pl.LazyFrame, int, Values], None]


def _anything(_rows: pl.LazyFrame, _n_rows: int, _values: Values) -> None:
    """Accept every import."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """A dataset, as the tables see it.

    Parameters
    ----------
    columns : in the order in which they are read back
    key : of the rows with equal values in these columns the last holds; empty = all hold, equal rows once
    is_header : CSV files have the columns in this layout's order, whatever a header calls them, and this
        tells whether there is one; None = each begins with column names, by which its columns are found
    rules : what is wrong with single values
    check : raises JobFailure for what is wrong with an import as a whole. It is handed all rows that would be
        stored, how many there are, and the values that imports brought already (none for a FULL import)
    aside : what a told row has beside its columns, all strings: column -> key in the logged record
    tidy : told rows, in the order of their places, -> those that say what somebody did
    learned : the same -> those of them to learn from
    owner : whose a told row is, over rows in the order of their places; None if no user has rows
    """

    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    is_header: IsHeader | None = None
    rules: tuple[Rule, ...] = ()
    check: WholeCheck = _anything
    aside: Mapping[str, str] = field(default_factory=dict[str, str])
    tidy: Callable[[pl.LazyFrame], pl.LazyFrame] = unchanged
    learned: Callable[[pl.LazyFrame], pl.LazyFrame] = unchanged
    owner: pl.Expr | None = None

    def __contains__(self, name: str) -> bool:
        return name in self.types

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(self.types)

    @cached_property
    def types(self) -> Mapping[str, pl.DataType]:
        """Column -> what is stored, in order."""
        return {column.name: POLARS_TYPE[column.kind] for column in self.columns}

    @property
    def counted(self) -> tuple[str, ...]:
        """The columns whose empty cells an import counts."""
        return tuple(column.name for column in self.columns if column.counts_missing)

    @cached_property
    def told_types(self) -> Mapping[str, pl.DataType]:
        """Column -> what is stored, for rows that were told one by one."""
        return {**self.types, PLACE: pl.Int64(), **dict.fromkeys(self.aside, pl.String())}

    @cached_property
    def file_types(self) -> Mapping[str, pl.DataType]:
        """Column -> what a file's cells are read as, in order."""
        return {column.name: POLARS_TYPE[column.read_as] for column in self.columns}
