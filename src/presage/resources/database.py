"""The database of records: SQLite in the data folder, or Postgres by URL."""

from pathlib import Path

from sqlalchemy import (
    Column,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.schema import CreateIndex, CreateTable

FORMAT = 1
"""The layout that this presage writes; an older one is migrated when it is opened."""

metadata = MetaData()
records = Table(
    "records",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("arn", String(320), nullable=False, unique=True),
    Column("kind", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("status", String(32), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Column("body", Text, nullable=False),
    Index("records_by_kind", "kind", "number"),
)
links = Table(
    "links",
    metadata,
    Column("child", String(320), primary_key=True),
    Column("parent", String(320), primary_key=True),
    Index("links_by_parent", "parent"),
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
_MAKING_TABLES = 4_600_001  # a number of ours for Postgres' advisory locks
layout = Table("layout", metadata, Column("format", Integer, nullable=False))


def open_engine(url: str, tables: MetaData) -> Engine:
    """The engine for a SQLAlchemy URL, with these tables made; a commit is on disk when it returns.

    Any number of processes may open the same new database at once.
    """
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MAKING_TABLES})"))
        for table in tables.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))
    return engine


def open_database(url: str, folder: Path) -> Engine:
    """The engine of the records: for `url`, or for `records.sqlite` in `folder` when the URL is empty.

    Raises RuntimeError when the data was written by a newer presage.
    """
    engine = open_engine(url or f"sqlite:///{folder.absolute() / 'records.sqlite'}", metadata)
    with engine.begin() as connection:
        found = connection.execute(select(func.max(layout.c.format))).scalar()
        if found is None:
            connection.execute(insert(layout).values(format=FORMAT))
        elif found > FORMAT:
            raise RuntimeError(
                f"the data was written by a newer presage (format {found}); this one knows up to {FORMAT}"
            )
    return engine


def _set_up_sqlite(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # pyright: ignore[reportAttributeAccessIssue]
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
