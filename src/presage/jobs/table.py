"""The job table: one row a job, so that a job is as durable as a commit; SQLite or Postgres.

A job is WAITING, then RUNNING in the worker that owns it, and ends DONE, FAILED or CANCELLED. The outcome
FAILED or CANCELLED is decided before the job ends: from then on its work is not started any more, and a
worker has only to tell the job's record. Of the jobs that share a `serial` key, none is started while an
earlier one waits or runs.
"""

from pathlib import Path
from typing import Literal

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    false,
    func,
    insert,
    select,
    text,
)

from presage.config import Config
from presage.resources.database import open_engine

FORMAT = 3
"""The layout of the tables below; it counts up whenever they change. The first had no number."""

JobState = Literal["WAITING", "RUNNING", "DONE", "FAILED", "CANCELLED"]
ENDED: tuple[JobState, ...] = ("DONE", "FAILED", "CANCELLED")

metadata = MetaData()
jobs = Table(
    "jobs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("arn", String(320), nullable=False, unique=True),
    Column("kind", String(64), nullable=False),
    Column("serial", String(320), nullable=False, default=""),
    Column("state", String(16), nullable=False),
    Column("outcome", String(16), nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("tries", Integer, nullable=False, default=0),
    Column("interruptions", Integer, nullable=False, default=0),
    Column("furthest", Float, nullable=False, default=0.0),
    Column("not_before", Float, nullable=False, default=0.0),
    Column("owner", String(64), nullable=False, default=""),
    Column("step", Text, nullable=False, default=""),
    Column("fraction", Float, nullable=False, default=0.0),
    Column("taken_at", Float, nullable=False, default=0.0),
    Column("updated_at", Float, nullable=False),
    Index("jobs_by_state", "state", "number"),
    Index("jobs_by_serial", "serial", "state"),
)
workers = Table(
    "job_workers",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("name", String(256), nullable=False),
    Column("pid_space", String(256), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("guard_pid", Integer, nullable=False),
    Column("beat", Integer, nullable=False),
)
_metadata_of_layout = MetaData()
layout = Table("job_layout", _metadata_of_layout, Column("format", Integer, nullable=False))


def jobs_url(config: Config) -> str:
    """Where a server's jobs are kept."""
    return config.database or f"sqlite:///{Path(config.data).absolute() / 'jobs.sqlite'}"


def open_job_table(url: str) -> Engine:
    """The engine for a SQLAlchemy URL, with the job tables made; a commit is on disk when it returns.

    Tables of another format, older or newer, are dropped with their jobs: servers queue jobs again from the
    records. Any number of processes may open the tables at once.
    """
    engine = open_engine(url, _metadata_of_layout)
    with engine.begin() as connection:
        be_the_only_writer(connection)
        if connection.execute(select(func.max(layout.c.format))).scalar() != FORMAT:
            _make_anew(connection)
    return engine


def be_the_only_writer(connection: Connection) -> None:
    """Wait until every other transaction that called this has ended; call it before anything else."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {layout.name} IN EXCLUSIVE MODE"))
    else:
        connection.execute(delete(layout).where(false()))  # SQLite locks on any write, even of nothing


def _make_anew(connection: Connection) -> None:
    metadata.drop_all(connection)
    metadata.create_all(connection)
    connection.execute(delete(layout))
    connection.execute(insert(layout).values(format=FORMAT))
