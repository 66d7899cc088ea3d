"""Asking for jobs, and what became of them; cheap to open."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import cast

from sqlalchemy import Insert, case, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from .table import ENDED, JobState, jobs, open_job_table


@dataclass(frozen=True, kw_only=True)
class StoredProgress:
    """How far a job had come when that was last stored.

    Parameters
    ----------
    step : what it did, in words
    fraction : done so far, 0 to 1
    updated_at : when, in seconds since 1970, UTC
    """

    step: str
    fraction: float
    updated_at: float


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as it stands.

    Parameters
    ----------
    step, fraction : what it does now, and how much is done, 0 to 1
    tries : how often its work has failed
    interruptions : how often in a row it was interrupted
    taken_at : when it was begun last; 0 = it never was
    updated_at : when this was stored; of a job that has ended, when that was
    reason : why it FAILED
    """

    arn: str
    kind: str
    state: JobState
    step: str
    fraction: float
    tries: int
    interruptions: int
    taken_at: float
    updated_at: float
    reason: str

    def seconds_left(self, now: float) -> float | None:
        """How long it takes still if it goes on as since it was begun; None if that cannot be told."""
        if self.state != "RUNNING" or self.fraction < LEAST_TELLING:
            return None
        return (now - self.taken_at) * (1.0 - self.fraction) / self.fraction


@dataclass(frozen=True, kw_only=True)
class JobCount:
    """The jobs of a kind that stand alike.

    Parameters
    ----------
    first_at, last_at : when the first and the last of them came to stand so, seconds since 1970, UTC
    seconds : how long they were worked on since they were begun last, on average; 0 of those that wait
    """

    kind: str
    state: JobState
    n: int
    first_at: float
    last_at: float
    seconds: float


LEAST_TELLING = 0.03
"""With less done nothing can be said about the rest."""
_JOB = tuple(jobs.c[field.name] for field in fields(Job))


class Jobs:
    """The job queue; a job's id is the ARN of the resource that waits for it."""

    def __init__(self, database_url: str, clock: Callable[[], float] = time.time) -> None:
        """Open the queue and make its tables, if they are new; a SQLite file's folder must exist."""
        self._engine = open_job_table(database_url)
        self._clock = clock

    def submit(self, kind: str, arn: str, *, serial: str = "") -> None:
        """Ask for a job; it is on disk when this returns. Nothing happens when the ARN has a job already.

        Parameters
        ----------
        serial : jobs that share this key run one at a time, in the order in which they were submitted
        """
        with suppress(IntegrityError), self._engine.begin() as connection:
            connection.execute(self._new(kind, arn, serial))

    def submit_again(self, kind: str, arn: str) -> None:
        """Ask for a job that may have been done before, such as one that is due every minute.

        Nothing happens while the job waits or runs: what this run leaves undone, the next call asks for.
        A job that has ended waits again, as a new one.
        """
        with suppress(IntegrityError), self._engine.begin() as connection:
            connection.execute(delete(jobs).where(jobs.c.arn == arn, jobs.c.state.in_(ENDED)))
            connection.execute(self._new(kind, arn))

    def _new(self, kind: str, arn: str, serial: str = "") -> Insert:
        now = self._clock()
        return insert(jobs).values(arn=arn, kind=kind, serial=serial, state="WAITING", updated_at=now)

    def cancel(self, arn: str) -> None:
        """Stop a job: one that waits never starts, a running child is killed, one that ended stays so."""
        with self._engine.begin() as connection:
            connection.execute(
                update(jobs)
                .where(jobs.c.arn == arn, jobs.c.state.in_(("WAITING", "RUNNING")), jobs.c.outcome == "")
                .values(outcome="CANCELLED", not_before=0.0, updated_at=self._clock())
            )

    def forget(self, arn: str) -> None:
        """Drop a job, so that its ARN may be submitted anew; a running child is killed, nobody is told."""
        with self._engine.begin() as connection:
            connection.execute(delete(jobs).where(jobs.c.arn == arn))

    def state(self, arn: str) -> JobState | None:
        """Where a job stands; None when there is none."""
        with self._engine.connect() as connection:
            return cast(
                "JobState | None", connection.execute(select(jobs.c.state).where(jobs.c.arn == arn)).scalar()
            )

    def progress(self, arn: str) -> StoredProgress | None:
        """How far a job has come; None when there is none."""
        query = select(jobs.c.step, jobs.c.fraction, jobs.c.updated_at).where(jobs.c.arn == arn)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return StoredProgress(**row) if row else None

    def find(self, arn: str) -> Job | None:
        """A job as it stands; None when there is none."""
        with self._engine.connect() as connection:
            row = connection.execute(select(*_JOB).where(jobs.c.arn == arn)).mappings().first()
        return Job(**row) if row else None

    def listed(self, n_ended: int) -> list[Job]:
        """The `n_ended` jobs that ended last, then those that wait or run; each oldest first."""
        query = select(*_JOB).order_by(jobs.c.number)
        newest = select(jobs.c.number).where(jobs.c.state.in_(ENDED)).order_by(jobs.c.updated_at.desc())
        with self._engine.connect() as connection:
            ended = connection.execute(query.where(jobs.c.number.in_(newest.limit(n_ended)))).mappings().all()
            open_ = connection.execute(query.where(jobs.c.state.not_in(ENDED))).mappings().all()
        return [Job(**row) for row in (*ended, *open_)]

    def counted(self) -> list[JobCount]:
        """How many jobs of each kind stand how."""
        seconds = func.avg(case((jobs.c.taken_at > 0, jobs.c.updated_at - jobs.c.taken_at), else_=0.0))
        query = select(
            jobs.c.kind,
            jobs.c.state,
            func.count().label("n"),
            func.min(jobs.c.updated_at).label("first_at"),
            func.max(jobs.c.updated_at).label("last_at"),
            seconds.label("seconds"),
        ).group_by(jobs.c.kind, jobs.c.state)
        with self._engine.connect() as connection:
            return [JobCount(**row) for row in connection.execute(query).mappings()]

    def n_failed(self, since: float) -> dict[str, int]:
        """Kind -> how many jobs have FAILED since an instant."""
        query = select(jobs.c.kind, func.count()).where(jobs.c.state == "FAILED", jobs.c.updated_at >= since)
        with self._engine.connect() as connection:
            return {kind: n for kind, n in connection.execute(query.group_by(jobs.c.kind))}  # noqa: C416

    def close(self) -> None:
        """Give the database's connections back."""
        self._engine.dispose()
