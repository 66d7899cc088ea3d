"""The job table: one row a job, so that a job is as durable as a commit; SQLite or Postgres.

A job WAITS, RUNS under the worker that owns it, and ends DONE, FAILED or CANCELLED. A verdict (FAILED or
CANCELLED) that is passed while it has not ended means: its work is not started any more, only what the
verdict asks for.
"""

from pathlib import Path
from typing import Literal

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
)

from presage.config import Config
from presage.resources.database import open_engine

State = Literal["WAITING", "RUNNING", "DONE", "FAILED", "CANCELLED"]

metadata = MetaData()
jobs = Table(
    "jobs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("arn", String(320), nullable=False, unique=True),
    Column("kind", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("verdict", String(16), nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("tries", Integer, nullable=False, default=0),
    Column("not_before", Float, nullable=False, default=0.0),
    Column("owner", String(64), nullable=False, default=""),
    Column("step", Text, nullable=False, default=""),
    Column("fraction", Float, nullable=False, default=0.0),
    Column("updated_at", Float, nullable=False),
    Index("jobs_by_state", "state", "number"),
)
workers = Table(
    "job_workers",
    metadata,
    Column("run", String(64), primary_key=True),
    Column("name", String(256), nullable=False),
    Column("place", String(256), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("guard_pid", Integer, nullable=False),
    Column("beat", Integer, nullable=False),
)


def jobs_url(config: Config) -> str:
    """Where a server's jobs are kept."""
    return config.database or f"sqlite:///{Path(config.data).absolute() / 'jobs.sqlite'}"


def open_ledger(url: str) -> Engine:
    """The engine for a SQLAlchemy URL, with the job tables made; a commit is on disk when it returns."""
    return open_engine(url, metadata)
