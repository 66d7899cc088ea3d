"""The database of records: SQLite in the data folder, or Postgres by URL."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ExceptionContext,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    literal_column,
    text,
)
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.schema import CreateIndex, CreateTable

from presage.addresses import for_sqlalchemy, is_postgres
from presage.errors import Unavailable

_BUSY_SECONDS, _LOOK_SECONDS = 30.0, 0.01
"""So long SQLite waits for what others write; so often it is asked where it does not wait by itself."""
metadata = MetaData()
records = Table(
    "records",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("arn", String(320), nullable=False, unique=True),
    Column("service", String(32), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("motion", String(16), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("due_at", Float),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_autoincrement=True,  # a number is never given twice
)
UNDER_WAY = records.c.motion != literal_column("''")
"""Whether something is under way, as the index has it: SQLite knows it again by a constant alone."""
Index("records_by_kind", records.c.service, records.c.kind, records.c.number)
Index(
    "records_under_way",
    records.c.number,
    sqlite_where=UNDER_WAY,
    postgresql_where=UNDER_WAY,
)
Index(
    "records_due",
    records.c.due_at,
    sqlite_where=records.c.due_at.is_not(None),
    postgresql_where=records.c.due_at.is_not(None),
)
links = Table(
    "links",
    metadata,
    Column("child", String(320), primary_key=True),
    Column("parent", String(320), primary_key=True),
    Index("links_by_parent", "parent"),
)
aliases = Table(
    "aliases",
    metadata,
    Column("alias", String(320), primary_key=True),
    Column("arn", String(320), nullable=False),
    Index("aliases_by_arn", "arn"),
)
tags = Table(
    "tags",
    metadata,
    Column("arn", String(320), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("value", String(256), nullable=False),
)
access_keys = Table(
    "access_keys",
    metadata,
    Column("access_key_id", String(128), primary_key=True),
    Column("secret", String(128), nullable=False),
    Column("allow", Text, nullable=False),
    Column("created_at", Float, nullable=False),
)
layout = Table(
    "layout",
    metadata,
    Column("format", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
)
"""One row: the format of the data, and a number that grows with each change of a record."""
_MAKING_TABLES, _WRITING = 4_600_001, 4_600_002  # numbers of ours for Postgres' advisory locks


POSTGRES_SECONDS = 15.0
"""A statement that takes longer fails, also one that waits for the turn of another process."""


class DatabaseOutage(OperationalError, Unavailable):
    """The database cannot be reached, or refuses to work for now."""


def connect(url: str) -> Engine:
    """The engine for a SQLAlchemy URL; a commit is on disk when it returns.

    Its errors name no values of statements. Where Postgres does not answer they are DatabaseOutage.
    """
    if is_postgres(url):
        engine = create_engine(for_sqlalchemy(url), pool_pre_ping=True, max_overflow=-1, hide_parameters=True)
        event.listen(engine, "do_connect", _connect_to_postgres)
        event.listen(engine, "handle_error", _say_outage, retval=True)
    else:
        engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _take_turn)
    return engine


def exclusive(engine: Engine) -> Engine:
    """The engine whose transactions come one after the other, whichever process they are of."""
    return engine.execution_options(exclusive=True)


def open_engine(url: str, tables: MetaData) -> Engine:
    """The engine for a SQLAlchemy URL, with these tables made.

    Any number of processes may open the same new database at once.
    """
    engine = connect(url)
    with engine.begin() as connection:
        make_tables(connection, tables)
    return engine


def _are_there(connection: Connection, tables: MetaData) -> bool:
    """Whether a Postgres database has all of these tables and their indices."""
    indices = (index.name for table in tables.sorted_tables for index in table.indexes)
    names = [*tables.tables, *indices]
    missing = text("SELECT 1 FROM unnest(CAST(:names AS text[])) AS name WHERE to_regclass(name) IS NULL")
    return connection.execute(missing, {"names": names}).first() is None


def make_tables(connection: Connection, tables: MetaData) -> None:
    """Make the tables and indices that are not there yet; others that want to make some wait."""
    if connection.dialect.name == "postgresql":
        if _are_there(connection, tables):  # CREATE INDEX locks a table before it looks, and writers wait
            return
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MAKING_TABLES})"))
    for table in tables.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))


def records_url(url: str, folder: Path) -> str:
    """Where the records are: at `url`, or in `records.sqlite` in `folder` when it is empty."""
    return url or f"sqlite:///{folder.absolute() / 'records.sqlite'}"


def _connect_to_postgres(_dialect: object, _record: object, arguments: Any, named: Any) -> object:
    from presage.postgres import LOOK_UP_SECONDS, Connection  # noqa: PLC0415  (needs its driver)

    connection = Connection.connect(*arguments, **{"connect_timeout": int(LOOK_UP_SECONDS), **named})
    connection.most_seconds = POSTGRES_SECONDS
    return connection


def _say_outage(context: ExceptionContext) -> Exception | None:
    """What may pass leaves as an outage."""
    if not isinstance(context.sqlalchemy_exception, OperationalError | InterfaceError):
        return None
    return DatabaseOutage(context.statement, None, context.original_exception, hide_parameters=True)


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout={int(1000 * _BUSY_SECONDS)}")
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:  # where others make it WAL too, SQLite does not wait
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(_LOOK_SECONDS)
    connection.execute("PRAGMA synchronous=FULL")


def _take_turn(connection: Connection) -> None:
    """Begin an exclusive transaction by waiting for its turn, before it reads anything."""
    if not connection.get_execution_options().get("exclusive"):
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITING})")
