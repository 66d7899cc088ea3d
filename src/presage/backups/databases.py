"""What the SQLite files of a data folder hold, in a Postgres database, and the other way round.

A back-up holds SQLite files, wherever its records were. Either way all is copied in one transaction: it is
there as a whole, or not at all.
"""

import sqlite3
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
from sqlalchemy import MetaData, Table

from presage.addresses import without_secrets
from presage.buckets.index import TABLES as OF_BUCKETS
from presage.buckets.index import Index
from presage.config import Config
from presage.deliveries import outbox
from presage.log import open_log
from presage.log.copying import copy_to_database, copy_to_folder, is_copied
from presage.pipelines import stored
from presage.postgres import Connection, insert_rows, read_rows
from presage.resources import alarms, counts, database, displays, measured, secret
from presage.resources.database import exclusive, make_tables
from presage.resources.migrations import open_database
from presage.stores import Stores, open_stores

from .repository import Progress
from .snapshot import INDEX, LOG, RECORDS

METADATA: tuple[MetaData, ...] = tuple(
    one.metadata for one in (database, alarms, counts, displays, measured, secret, outbox, stored)
)
"""The tables beside the records."""
_OF_RECORDS: dict[str, Table] = {name: one for metadata in METADATA for name, one in metadata.tables.items()}
_LAYOUT = database.layout.name
_MOST_SECONDS = 600.0
"""A statement that takes longer fails: the database does not answer."""
_ROWS_A_STEP = 10_000


def fill_database(config: Config, folder: Path, progress: Progress) -> None:
    """Move what the SQLite files of a folder that nobody uses hold into the configured database.

    What is there already, for a restore died between this and its end, is not copied again. Raises ValueError
    if the database holds anything else, or a file what this presage does not know; RuntimeError if it fails.
    """
    with open_stores(Config(data=folder)) as stores:
        stores.log.last_place()  # all are of today's formats now
    buckets = [folder / INDEX] if config.object_store and (folder / INDEX).exists() else []
    files = [folder / RECORDS, folder / LOG, *buckets]
    with closing(sqlite3.connect(folder / RECORDS)) as records, _filling(config) as target:
        names = _known(records)
        if not (_shape(records, names) == _shape(target, names) and is_copied(folder, target)):
            _refuse_if_used(config, target)
            count = _Count(progress, sum(map(_n_rows, files)))
            _copy_in(records, names, target, count)
            _number_on(records, target)
            copy_to_database(folder, target, count)
            for file in buckets:
                with closing(sqlite3.connect(file)) as index:
                    _copy_in(index, OF_BUCKETS, target, count)
    for file in files:
        file.unlink()


def dump_database(stores: Stores, into: Path) -> None:
    """Make SQLite files in a folder of what a server's Postgres database holds at one moment."""
    engine = open_database("", into)
    with engine.begin() as connection:
        for metadata in METADATA:
            make_tables(connection, metadata)
    engine.dispose()
    stores.log.last_place()  # its tables are there
    with (
        stores.engine.execution_options(isolation_level="REPEATABLE READ").connect() as connection,
        closing(sqlite3.connect(into / RECORDS)) as records,
    ):
        source = _driver_of(connection.connection.driver_connection)
        with records:
            _copy_out(source, _OF_RECORDS, records)
            _keep_numbers(source, records)
        copy_to_folder(source, into, iter)
        if stores.config.object_store:
            (into / INDEX).parent.mkdir(exist_ok=True)
            Index(f"sqlite:///{into.absolute() / INDEX}").close()
            with closing(sqlite3.connect(into / INDEX)) as index, index:
                _copy_out(source, OF_BUCKETS, index)


@contextmanager
def _filling(config: Config) -> Generator[Connection]:
    """The transaction that fills the configured database: its tables are made, nobody else writes."""
    with tempfile.TemporaryDirectory(prefix="presage-") as scratch:  # a mark there is of no use to anybody
        open_log(Path(scratch), config.database).close()
    if config.object_store:
        Index(config.database).close()
    engine = open_database(config.database, config.data)
    try:
        with engine.begin() as connection:
            for metadata in METADATA:
                make_tables(connection, metadata)
        with exclusive(engine).begin() as connection:
            yield _driver_of(connection.connection.driver_connection)
    except psycopg.Error as error:
        raise RuntimeError(f"{without_secrets(config.database)} is not filled: {error}") from None
    finally:
        engine.dispose()


def _driver_of(connection: object) -> Connection:
    driver = cast("Connection", connection)
    driver.most_seconds = _MOST_SECONDS
    return driver


def _shape(held: sqlite3.Connection | Connection, names: Iterable[str]) -> list[tuple[Any, ...]]:
    """What changes with each use: the count of changes of records, and how many rows each table has."""
    parts = ", ".join(f'(SELECT count(*) FROM "{name}")' for name in names)  # noqa: S608
    return cast("Any", held).execute(f"SELECT format, revision, {parts} FROM {_LAYOUT}").fetchall()  # noqa: S608


def _refuse_if_used(config: Config, target: Connection) -> None:
    """Raise ValueError if the database holds more than tables without rows."""
    for name in (*_OF_RECORDS, "event_log", "event_streams", *(OF_BUCKETS if config.object_store else ())):
        if name != _LAYOUT and target.ask(f'SELECT 1 FROM "{name}" LIMIT 1'):  # noqa: S608
            raise ValueError(
                f"{without_secrets(config.database)} is in use already: its table {name} is not empty;"
                " name a new database"
            )


def _known(records: sqlite3.Connection) -> list[str]:
    """The tables of a file of records. Raises ValueError for one that no room of this presage keeps."""
    found = records.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    names = [name for (name,) in found]
    if unknown := set(names) - set(_OF_RECORDS):
        raise ValueError(
            f"{RECORDS} has tables that this presage does not know: {', '.join(sorted(unknown))}"
        )
    return names


def _copy_in(source: sqlite3.Connection, names: Iterable[str], target: Connection, count: "_Count") -> None:
    """Let tables of the database be as those of a file."""
    for name in names:
        rows = source.execute(f'SELECT * FROM "{name}"')  # noqa: S608
        target.ask(f'DELETE FROM "{name}"')  # noqa: S608
        insert_rows(target, name, [column[0] for column in rows.description], count(rows))


def _copy_out(source: Connection, names: Iterable[str], target: sqlite3.Connection) -> None:
    """Let tables of a file be as those of the database; one that the database has not yet stays empty."""
    for name in names:
        if source.ask("SELECT to_regclass(%s)::text", [name])[0][0]:
            columns = [one[0] for one in target.execute(f'SELECT * FROM "{name}" LIMIT 0').description]  # noqa: S608
            marks = ", ".join("?" for _ in columns)
            rows = read_rows(source, name, columns)
            target.execute(f'DELETE FROM "{name}"')  # noqa: S608
            target.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)  # noqa: S608


def _numbered() -> Iterator[tuple[str, str]]:
    """(table, column) of each whose rows are numbered by their database."""
    for name, table in _OF_RECORDS.items():
        if (column := table.autoincrement_column) is not None:
            yield name, column.name


def _number_on(records: sqlite3.Connection, target: Connection) -> None:
    """Let the database give no number again that the file ever gave."""
    given = dict(records.execute("SELECT name, seq FROM sqlite_sequence"))
    for name, column in _numbered():
        ((most,),) = target.ask(f'SELECT coalesce(max("{column}"), 0) FROM "{name}"')  # noqa: S608
        if last := max(most, given.get(name, 0)):
            target.ask("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [name, column, last])


def _keep_numbers(source: Connection, records: sqlite3.Connection) -> None:
    """The same the other way round, for the table whose numbers are never given twice."""
    name = database.records.name
    ((last,),) = source.ask(
        "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(%s, 'number')::regclass), 0)", [name]
    )
    records.execute("DELETE FROM sqlite_sequence WHERE name = ?", [name])
    records.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", [name, last])


def _n_rows(file: Path) -> int:
    """How many rows all tables of a file have."""
    with closing(sqlite3.connect(file)) as source:
        names = source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return sum(source.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names)  # noqa: S608


class _Count:
    """Gives rows on, and tells how far of all they are."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, max(1, total), 0

    def __call__(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            if self._done % _ROWS_A_STEP == 0:
                self._progress(f"{self._done:,} of {self._total:,} rows", self._done / self._total)
            self._done += 1
            yield row
