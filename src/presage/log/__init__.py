"""The event log: what callers told, on disk before they are answered, in the order of its arrival.

`protocol.py` says what a log offers. `open_log` opens one of two forms: `local.py`, one SQLite file in the
data folder, or `postgres.py`, tables of a Postgres database. Nobody outside this room knows what keeps it.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from presage.files import make_folder

from .local import LocalLog
from .opening import prepare
from .protocol import (
    Backlog,
    Lines,
    Log,
    LogError,
    LoggedRecord,
    LogOutage,
    NoSuchStream,
    Record,
    Stream,
    Write,
)
from .reading import read_on, read_parts

__all__ = [
    "Backlog",
    "Lines",
    "Log",
    "LogError",
    "LogOutage",
    "LoggedRecord",
    "NoSuchStream",
    "Record",
    "Stream",
    "Write",
    "open_log",
    "read_on",
    "read_parts",
]


def open_log(
    folder: Path,
    url: str = "",
    *,
    streams: Callable[[], Iterable[Stream]] | None = None,
    stored: Callable[[], int] | None = None,
    clock: Callable[[], float] = time.time,
) -> Log:
    """The log of a data folder, or of a Postgres database at a URL; it is made if it is not there.

    A log that was lost or went back to an older copy goes on after the highest place that `Log.raise_mark`
    was told, so that no new record takes the place of one that is stored elsewhere.

    Parameters
    ----------
    streams : those that must be open. Asked for when the log is new, lost, or of an older format; of the
        last, streams that are not among them are dropped
    stored : the highest place that is stored outside the log. Asked for when the folder has no mark
    clock : gives the time, in seconds since 1970, UTC

    Raises LogError if a newer presage wrote it, or an older one and `streams` is not given; LogOutage if the
    database cannot be reached.
    """
    make_folder(folder)
    if url:
        from .postgres import PostgresLog  # noqa: PLC0415  (its driver may be missing)

        return PostgresLog(folder, url, streams=streams, stored=stored, clock=clock)
    prepare(folder, streams, stored)
    return LocalLog(folder, clock)
