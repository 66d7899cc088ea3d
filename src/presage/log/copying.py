"""A log in its other form, a file's in a database or the other way round: same places, same identity."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import psycopg

from presage.postgres import insert_rows, read_rows

from .file import FORMAT as FILE_FORMAT
from .file import NAME, TABLES, connect, last_place, transaction
from .postgres import FORMAT as DATABASE_FORMAT

_TABLES = (
    ("streams", "event_streams", ("name", "consumer", "read_through")),
    ("log", "event_log", ("seq", "stream", "received_at", "record")),
)
"""(in a file, in a database, columns)"""
Counted: TypeAlias = Callable[[Iterable[tuple[Any, ...]]], Iterator[tuple[Any, ...]]]
"""Gives rows on, and counts them for whoever watches."""


def is_copied(folder: Path, database: psycopg.Connection) -> bool:
    """Whether a database holds the log of a folder, and nothing was told to it since."""
    with closing(connect(folder / NAME)) as source:
        return _head(source) == database.execute("SELECT identity, last FROM event_meta").fetchone()


def copy_to_database(folder: Path, database: psycopg.Connection, counted: Counted) -> None:
    """Let a database whose log is empty hold that of a folder, in the transaction that is open."""
    with closing(connect(folder / NAME)) as source:
        for name, theirs, columns in _TABLES:
            rows = source.execute(f"SELECT {', '.join(columns)} FROM {name}")  # noqa: S608
            insert_rows(database, theirs, columns, counted(rows))
        database.execute(
            "UPDATE event_meta SET format = %s, identity = %s, last = %s", [DATABASE_FORMAT, *_head(source)]
        )


def copy_to_folder(database: psycopg.Connection, folder: Path, counted: Counted) -> None:
    """Make the log of a database one in a folder that has none, as the open transaction sees it."""
    identity, last = database.execute("SELECT identity, last FROM event_meta").fetchall()[0]
    with closing(connect(folder / NAME, "rwc")) as target, transaction(target):
        for statement in TABLES.split(";"):
            target.execute(statement)
        target.execute("INSERT INTO meta VALUES (?, ?, 0)", [FILE_FORMAT, identity])
        for name, theirs, columns in _TABLES:
            marks = ", ".join("?" for _ in columns)
            target.executemany(
                f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608
                counted(read_rows(database, theirs, columns)),
            )
        target.execute("DELETE FROM sqlite_sequence WHERE name = 'log'")
        target.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('log', ?)", [last])


def _head(source: sqlite3.Connection) -> tuple[str, int]:
    """Which log it is, and the highest place that it ever gave."""
    return source.execute("SELECT identity FROM meta").fetchone()[0], last_place(source)
