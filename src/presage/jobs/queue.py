"""The asking side of the jobs: cheap to open, used by whatever has work for later."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from .ledger import State, jobs, open_ledger


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a job has come.

    Parameters
    ----------
    step : what it does now, in words
    fraction : done so far, 0 to 1
    updated_at : when that was stored, seconds since 1970, UTC
    """

    step: str
    fraction: float
    updated_at: float


class Jobs:
    """The job queue; a job's id is the ARN of the resource that waits for it."""

    def __init__(self, database_url: str, clock: Callable[[], float] = time.time) -> None:
        """Open the queue and make its tables, if they are new; a SQLite file's folder must exist."""
        self._engine = open_ledger(database_url)
        self._clock = clock

    def submit(self, kind: str, arn: str) -> None:
        """Ask for a job; it is on disk when this returns. An ARN whose job is known is not asked twice."""
        row = insert(jobs).values(arn=arn, kind=kind, state="WAITING", updated_at=self._clock())
        try:
            with self._engine.begin() as connection:
                connection.execute(row)
        except IntegrityError:
            return

    def cancel(self, arn: str) -> None:
        """Stop a job: one that waits never starts, a running child is killed, one that ended stays so."""
        with self._engine.begin() as connection:
            connection.execute(
                update(jobs)
                .where(jobs.c.arn == arn, jobs.c.state.in_(("WAITING", "RUNNING")), jobs.c.verdict == "")
                .values(verdict="CANCELLED", not_before=0.0, updated_at=self._clock())
            )

    def forget(self, arn: str) -> None:
        """Drop a job, so that its ARN may be submitted anew; a running child is killed, nobody is told."""
        with self._engine.begin() as connection:
            connection.execute(delete(jobs).where(jobs.c.arn == arn))

    def state(self, arn: str) -> State | None:
        """Where a job stands; None when there is none."""
        with self._engine.connect() as connection:
            return cast(
                "State | None", connection.execute(select(jobs.c.state).where(jobs.c.arn == arn)).scalar()
            )

    def progress(self, arn: str) -> Progress | None:
        """How far a job has come; None when there is none."""
        query = select(jobs.c.step, jobs.c.fraction, jobs.c.updated_at).where(jobs.c.arn == arn)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return Progress(**row) if row else None

    def close(self) -> None:
        """Give the database's connections back."""
        self._engine.dispose()
