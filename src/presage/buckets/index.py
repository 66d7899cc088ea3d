"""The index of the buckets: which file holds which object. SQLite beside the files, or a shared database.

The statements are those that SQLite and Postgres both know.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, event

from presage.resources.database import connect, exclusive

_TABLES = """
CREATE TABLE IF NOT EXISTS bucket (
    name TEXT PRIMARY KEY, created_at REAL NOT NULL, policy TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS setting (
    bucket TEXT NOT NULL REFERENCES bucket ON DELETE CASCADE, name TEXT NOT NULL, document BLOB NOT NULL,
    PRIMARY KEY (bucket, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS object (
    bucket TEXT NOT NULL REFERENCES bucket, key BLOB NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL,
    etag TEXT NOT NULL, modified_at REAL NOT NULL, headers TEXT NOT NULL, checksums TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS object_file ON object (file);
CREATE TABLE IF NOT EXISTS upload (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL REFERENCES bucket ON DELETE CASCADE, key BLOB NOT NULL,
    created_at REAL NOT NULL, headers TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (
    upload TEXT NOT NULL REFERENCES upload ON DELETE CASCADE, number INTEGER NOT NULL, file TEXT NOT NULL,
    size INTEGER NOT NULL, etag TEXT NOT NULL, modified_at REAL NOT NULL, checksums TEXT NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
"""
TABLES = ("bucket", "setting", "object", "upload", "part")
"""Their names, each after those that it refers to."""
_IN_POSTGRES = {"BLOB": "BYTEA", "REAL": "DOUBLE PRECISION", "INTEGER": "BIGINT", ") WITHOUT ROWID": ")"}
Row: TypeAlias = Mapping[str, Any]
"""A row by column."""


class Transaction:
    """A writing transaction; no other is under way meanwhile. Values take the place of question marks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, query: str, *values: Any) -> list[Row]:
        """The answer to a reading query."""
        return [dict(row) for row in _run(self._connection, query, values).mappings()]

    def write(self, statement: str, *values: Any) -> int:
        """How many rows a statement changed."""
        return _run(self._connection, statement, values).rowcount


class Index:
    """The index; safe for several threads and processes at once.

    Parameters
    ----------
    url : SQLAlchemy URL of the database
    """

    def __init__(self, url: str) -> None:
        self._engine = connect(url)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _set_up_sqlite)
        self._exclusive = exclusive(self._engine)
        self._make_tables()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def rows(self, query: str, *values: Any) -> list[Row]:
        """The answer to one reading query."""
        with self._engine.connect() as connection:
            return Transaction(connection).rows(query, *values)

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """A writing transaction: on disk when the block ends, undone when it raises."""
        with self._exclusive.begin() as connection:
            yield Transaction(connection)

    def _make_tables(self) -> None:
        with self._exclusive.begin() as connection:
            for statement in filter(str.strip, _TABLES.split(";")):
                _run(connection, _in_words_of(self._engine, statement), ())


def _run(connection: Connection, statement: str, values: tuple[Any, ...]) -> Any:
    if connection.dialect.name == "postgresql":
        statement = statement.replace("?", "%s")
    return connection.exec_driver_sql(statement, values)


def _in_words_of(engine: Engine, statement: str) -> str:
    for word, other in _IN_POSTGRES.items() if engine.dialect.name == "postgresql" else ():
        statement = statement.replace(word, other)
    return statement


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
