"""The step that loads: batch answers, forecasts or any CSV become a database table, swapped in at once."""

import contextlib
import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars
from msgspec import field

from presage.errors import shown
from presage.pipelines.language.faults import RUNTIME, TASK_FAILED, StateError
from presage.pipelines.lengths import seconds
from presage.pipelines.tasks import Call

from . import places
from .arguments import Arguments, told
from .clients import Tools

if TYPE_CHECKING:
    from sqlalchemy import Engine, Table

N_ROWS = 5_000
"""So many rows are written at once."""
LONGEST_NAME = 40
LONGEST_WAIT_SECONDS = 3_600
Row = Mapping[str, Any]
ANSWER_COLUMNS: Mapping[str, type] = {"user_id": str, "rank": int, "item_id": str, "score": float}
"""The columns of batch answers: a row for each item of each user; rank 1 is best."""


class Load(Arguments, frozen=True, kw_only=True, rename={"source": "from"}):
    """What `load` is told.

    Parameters
    ----------
    source : the file or folder that `batch` or `forecast` wrote, or a CSV file
    database : its name or URL
    table : what the rows become; it is replaced in one transaction
    index : the columns by which it is looked up; by default the first
    wait : how long it waits while others hold the database or table, each time; such as 90s, 1h at most
    """

    source: str
    database: str
    table: str
    index: list[str] = field(default_factory=list[str])
    wait: int | str = places.WAIT_SECONDS


def load(tools: Tools, call: Call) -> dict[str, Any]:
    """Replace a table by rows: readers see all of the old ones, or all of the new ones."""
    wanted = told(Load, call.arguments)
    if not wanted.table.replace("_", "a").isalnum() or len(wanted.table) > LONGEST_NAME:
        text = f"it must have letters, digits and _ alone, {LONGEST_NAME} at most"
        raise StateError(RUNTIME, f"the table is {shown(wanted.table)}; {text}")
    try:
        wait_seconds = seconds(wanted.wait, LONGEST_WAIT_SECONDS)
    except ValueError as error:
        raise StateError(RUNTIME, f"wait: {error}") from None
    with places.scratch(tools) as folder, places.opened(tools, wanted.database, wait_seconds) as engine:
        paths = _files(tools, wanted.source, folder)
        columns = _columns(paths)
        index = wanted.index or list(columns)[:1]
        if unknown := [name for name in index if name not in columns]:
            raise StateError(
                RUNTIME, f"index names {shown(unknown[0])}; the columns are: {', '.join(columns)}"
            )
        staging = f"{wanted.table}__{call.name[-12:]}"
        table = _table(staging, columns, index)
        try:
            n_rows = _fill(engine, table, _rows(paths, columns), call.tell)
            _swap(engine, staging, wanted.table)
        except Exception:
            _drop(engine, table)
            raise
    return {"table": wanted.table, "rows": n_rows}


def _files(tools: Tools, place: str, folder: Path) -> list[Path]:
    """The files with rows: of a folder those of a batch job, or else the CSV files."""
    found = places.fetch(tools, place, folder)
    if len(found) == 1 and not place.endswith("/"):
        return found
    for ending in (".out", ".csv"):
        if files := [path for path in found if path.name.endswith(ending)]:
            return files
    raise StateError(TASK_FAILED, f"{shown(place)} holds neither .out nor .csv files")


def _columns(paths: Sequence[Path]) -> Mapping[str, type]:
    """The columns of files, and what they hold."""
    if paths[0].name.endswith(".out"):
        return ANSWER_COLUMNS
    header = _header(paths[0])
    for path in paths[1:]:
        if _header(path) != header:
            raise StateError(TASK_FAILED, f"{path.name} has other columns than {paths[0].name}")
    try:
        schema = polars.scan_csv(list(paths), infer_schema_length=None).collect_schema()
    except polars.exceptions.PolarsError as error:
        raise StateError(TASK_FAILED, f"{paths[0].name} is no CSV: {error}") from None
    kinds: Mapping[Any, type] = {polars.Int64: int, polars.Float64: float}
    return {name: kinds.get(kind, str) for name, kind in zip(header, schema.dtypes(), strict=True)}


def _header(path: Path) -> list[str]:
    """The names of a CSV file's columns. Raises StateError unless they can be those of a table."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            names = next(csv.reader(file), [])
    except UnicodeDecodeError:
        raise StateError(TASK_FAILED, f"{path.name} is no text in UTF-8") from None
    if not all(names) or len(set(names)) < len(names) or not names:
        text = "it must name each column, and none twice"
        raise StateError(TASK_FAILED, f"the first line of {path.name} is {shown(','.join(names))}; {text}")
    if len(names) == 1 and any(sign in names[0] for sign in ";\t|"):
        text = f"{path.name} has one column, {shown(names[0])}; there must be commas between columns"
        raise StateError(TASK_FAILED, text)
    return names


def _rows(paths: Sequence[Path], columns: Mapping[str, type]) -> Iterator[Row]:
    """The rows of files; of batch answers one for each item."""
    for path in paths:
        with path.open(newline="", encoding="utf-8-sig") as file:
            if path.name.endswith(".out"):
                for line in file:
                    yield from _answers(line, path)
            else:
                for row in csv.DictReader(file):
                    yield {name: kind(row[name]) if row[name] else None for name, kind in columns.items()}


def _answers(line: str, path: Path) -> Iterator[Row]:
    """The rows of a line of a batch job's answers. Raises StateError if the question had none."""
    answer = json.loads(line)
    if answer.get("error"):
        raise StateError(
            TASK_FAILED, f"{path.name} holds a question without an answer: {shown(line.strip())}"
        )
    asked, output = answer["input"], answer["output"]
    items = output.get("recommendedItems") or output.get("usersList") or []
    scores = output.get("scores") or [None] * len(items)
    user = str(asked.get("userId") or asked.get("itemId"))
    for rank, (item, score) in enumerate(zip(items, scores, strict=True), 1):
        yield {"user_id": user, "rank": rank, "item_id": item, "score": score}


def _table(name: str, columns: Mapping[str, type], index: Sequence[str]) -> "Table":
    from sqlalchemy import BigInteger, Column, Float, Index, MetaData, Table, Text  # noqa: PLC0415

    kinds = {int: BigInteger, float: Float, str: Text}
    table = Table(name, MetaData(), *(Column(column, kinds[kind]()) for column, kind in columns.items()))
    Index(f"ix_{name}", *(table.c[column] for column in index))
    return table


def _fill(engine: "Engine", table: "Table", rows: Iterator[Row], tell: Callable[[str], None]) -> int:
    """Make a table and fill it, some rows at a time so that others may write meanwhile; how many they are."""
    n_rows = 0
    with engine.begin() as connection:
        table.drop(connection, checkfirst=True)
        table.create(connection)
    while some := list(islice(rows, N_ROWS)):
        with engine.begin() as connection:
            connection.execute(table.insert(), some)
        n_rows += len(some)
        tell(f"{n_rows} rows")
    return n_rows


def _drop(engine: "Engine", table: "Table") -> None:
    """Leave nothing of a load that failed, if the database lets us at once."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    with contextlib.suppress(SQLAlchemyError), engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA busy_timeout = 1000")
        table.drop(connection, checkfirst=True)


def _swap(engine: "Engine", staging: str, name: str) -> None:
    """Let a table take the place of another, in one transaction."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":  # its driver begins no transaction before such statements
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')
        connection.exec_driver_sql(f'ALTER TABLE "{staging}" RENAME TO "{name}"')
        connection.commit()
