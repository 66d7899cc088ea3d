"""Before a log is used: made, brought to the present format, numbered on from where it must be."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import structlog

from presage.files import sync

from .file import FORMAT, NAME, TABLES, connect, last_place, log_errors, transaction
from .mark import heeding_mark, locked_log
from .protocol import LogError, Stream

logger = structlog.get_logger()


def prepare(
    folder: Path, streams: Callable[[], Iterable[Stream]] | None, stored: Callable[[], int] | None
) -> None:
    """Make the folder's log ready to be opened; see `open_log`."""
    path = folder / NAME
    with locked_log(folder), log_errors(path), closing(connect(path, "rwc")) as connection:
        is_new = _bring_up_to_date(connection, path, streams)
        identity = connection.execute("SELECT identity FROM meta").fetchone()[0]
        found = identity, last_place(connection)
        with heeding_mark(folder, str(path), found=found, is_new=is_new, stored=stored) as place:
            if place is not None:
                with transaction(connection):
                    _open_streams(connection, tuple(streams()) if streams else ())
                    _continue_after(connection, place)
            sync(path, folder)


def _bring_up_to_date(
    connection: sqlite3.Connection, path: Path, streams: Callable[[], Iterable[Stream]] | None
) -> bool:
    """Make or migrate the tables; whether the log is a new one."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "meta" not in tables and "log" in tables:
        if streams is None:
            raise LogError(
                f"{path} was written by an older presage;"
                " start `presage serve` on its folder once to bring it up to date"
            )
        with transaction(connection):
            _from_format_1(connection, tuple(streams()))
        return False
    if "meta" not in tables:
        with transaction(connection):
            _make(connection)
        return True
    (found,) = connection.execute("SELECT format FROM meta").fetchone()
    if found > FORMAT:
        raise LogError(
            f"{path} was written by a newer presage (format {found}); this one knows up to {FORMAT}"
        )
    return False


def _make(connection: sqlite3.Connection) -> None:
    for statement in TABLES.split(";"):
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES (?, ?, 0)", [FORMAT, uuid4().hex])


def _from_format_1(connection: sqlite3.Connection, streams: Sequence[Stream]) -> None:
    """Give the streams their new names; those of deleted datasets go with their records."""
    _make(connection)
    for stream in streams:
        connection.execute("UPDATE log SET stream = ? WHERE stream = ?", [stream.name, stream.formerly])
    _open_streams(connection, streams)
    dropped = connection.execute("DELETE FROM log WHERE stream NOT IN (SELECT name FROM streams)")
    logger.info("the event log was brought to format 2", records_of_deleted_datasets_dropped=dropped.rowcount)


def _open_streams(connection: sqlite3.Connection, streams: Sequence[Stream]) -> None:
    connection.executemany(
        "INSERT INTO streams (name, consumer) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(stream.name, stream.consumer) for stream in streams],
    )


def _continue_after(connection: sqlite3.Connection, place: int) -> None:
    raised = connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'log'", [place])
    if not raised.rowcount:
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('log', ?)", [place])
