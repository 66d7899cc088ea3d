"""The places that steps read and write: files, s3:// locations, and databases by name or URL."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from presage.errors import shown
from presage.pipelines.language.faults import RUNTIME, TASK_FAILED, StateError

from .clients import Tools, answered

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import SQLAlchemyError

S3 = "s3://"
WAIT_SECONDS = 60
LOCK_NOT_AVAILABLE = "55P03"
"""What Postgres calls it."""


def is_s3(place: str) -> bool:
    """Whether a place is an s3:// location."""
    return place.startswith(S3)


def split(place: str) -> tuple[str, str]:
    """Bucket and key of an s3:// location. Raises StateError."""
    bucket, _, key = place.removeprefix(S3).partition("/")
    if not bucket or not key:
        raise StateError(RUNTIME, f"{shown(place)} names no bucket and key; write s3://bucket/key")
    return bucket, key


def database_url(tools: Tools, name: str) -> str:
    """The URL of a database: that of a name in the configuration, or one that is written as it is.

    Raises StateError; a URL is not shown, it may hold a password.
    """
    known = tools.config.databases
    if name in known:
        return known[name]
    if "://" in name and tools.is_local:
        return name
    named = ", ".join(sorted(known)) or "none"
    what = "the database is a URL" if "://" in name else f"no database is called {shown(name)}"
    text = (
        f"{what}; [databases] of presage.toml names: {named}. Only a pipeline that was put with the command"
    )
    raise StateError(RUNTIME, f"{text} `presage pipeline` may write URLs and files")


@contextmanager
def opened(tools: Tools, name: str, wait_seconds: int = WAIT_SECONDS) -> "Generator[Engine]":
    """The engine of a database, for as long as a step needs it. Raises StateError.

    Parameters
    ----------
    wait_seconds : so long is what others hold waited for, each time
    """
    from sqlalchemy import create_engine, event, make_url  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    try:
        url = make_url(database_url(tools, name))
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        waiting = {"timeout": wait_seconds} if url.get_backend_name() == "sqlite" else {}
        engine = create_engine(url, connect_args=waiting)
        if engine.dialect.name == "postgresql":
            event.listen(engine, "begin", partial(_wait_for_locks, wait_seconds))
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise StateError(RUNTIME, f"the database {shown(_hidden(name))} cannot be opened: {error}") from None
    try:
        yield engine
    except SQLAlchemyError as error:
        if _is_held(error):
            text = f"others held what the step needs for {wait_seconds} s; `retry` tries it again"
            text = f"the database {shown(_hidden(name))}: {text}, and the `wait` of load may be longer"
            raise StateError(TASK_FAILED, text) from None
        reason = str(getattr(error, "orig", None) or error).strip()
        raise StateError(TASK_FAILED, f"the database {shown(_hidden(name))}: {reason}") from None
    finally:
        engine.dispose()


def _wait_for_locks(wait_seconds: int, connection: "Connection") -> None:
    """Let a transaction of Postgres wait for locks as a statement of SQLite does for its file."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{wait_seconds}s'")


def _is_held(error: "SQLAlchemyError") -> bool:
    """Whether a statement waited for what others hold, and did not get it."""
    cause = getattr(error, "orig", None)
    is_busy = getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
    return is_busy or getattr(cause, "sqlstate", "") == LOCK_NOT_AVAILABLE


def _hidden(name: str) -> str:
    """A name, or a URL without its password."""
    from sqlalchemy import make_url  # noqa: PLC0415

    try:
        return make_url(name).render_as_string() if "://" in name else name
    except Exception:
        return "..."


def file_of(tools: Tools, place: str) -> Path:
    """The path of a file of this machine. Raises StateError if the pipeline may not name any."""
    if not tools.is_local:
        text = "only a pipeline that was put with the command `presage pipeline` may name files"
        raise StateError(RUNTIME, f"{shown(place)} is no s3:// location; {text}")
    return Path(place.removeprefix("file://"))


@contextmanager
def scratch(tools: Tools) -> Generator[Path]:
    """A folder for what a step prepares."""
    tools.folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=tools.folder) as folder:
        yield Path(folder)


def write(tools: Tools, path: Path, place: str) -> None:
    """Store a file at a place: whole, or not at all. Raises StateError."""
    if is_s3(place):
        bucket, key = split(place)
        client = tools.clients.of("s3")
        _reachable(client, bucket)
        answered("s3", client.upload_file, {"Filename": str(path), "Bucket": bucket, "Key": key})
        return
    target = file_of(tools, place)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.draft")
    draft.write_bytes(path.read_bytes())
    draft.replace(target)


def _reachable(client: Any, bucket: str) -> None:
    """Wait until the server of a bucket answers, which uploads in parts would not."""
    answered("s3", client.head_bucket, {"Bucket": bucket})


def fetch(tools: Tools, place: str, folder: Path, *, ending: str = "") -> list[Path]:
    """The file at a place or, if it ends in /, the files in it, on this machine. Raises StateError.

    Parameters
    ----------
    ending : only files of a folder whose names end so
    """
    if not is_s3(place):
        path = file_of(tools, place)
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        found = [
            one for one in inside if one.is_file() and one.name.endswith(ending if path.is_dir() else "")
        ]
        if not found:
            raise StateError(TASK_FAILED, f"there is no file {shown(place)}")
        return found
    bucket, key = split(place)
    client = tools.clients.of("s3")
    keys = _keys(client, bucket, key, ending) if key.endswith("/") else [key]
    paths: list[Path] = []
    for number, one in enumerate(keys):
        path = folder / f"{number}-{Path(one).name}"
        answered("s3", client.download_file, {"Bucket": bucket, "Key": one, "Filename": str(path)})
        paths.append(path)
    return paths


def _keys(client: Any, bucket: str, prefix: str, ending: str) -> list[str]:
    pages = answered(
        "s3", client.get_paginator("list_objects_v2").paginate, {"Bucket": bucket, "Prefix": prefix}
    )
    listed = answered("s3", lambda: [one["Key"] for page in pages for one in page.get("Contents", ())], {})
    found = [key for key in listed if key.endswith(ending) and not key.endswith("/")]
    if not found:
        raise StateError(
            TASK_FAILED, f"{S3}{bucket}/{prefix} holds no file{f' that ends in {ending}' * bool(ending)}"
        )
    return found
