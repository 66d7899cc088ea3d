"""The jobs that a worker holds: it takes them, stores their progress, and says how they ended.

Every change names the owner, so a worker that lost a job can change nothing about it.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Engine, Select, and_, exists, or_, select, update

from .interruptions import interrupted
from .table import be_the_only_writer, jobs


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A job that this worker holds: nobody else works on it as long as the worker's heartbeat goes on.

    Parameters
    ----------
    tries : how often its work has failed, or telling its record has
    interruptions : how often in a row it was interrupted without getting further than `furthest`
    furthest : the largest fraction that was done, 0 to 1, when it was interrupted
    step : what it did, as last stored
    outcome : empty, or what was decided: FAILED or CANCELLED
    reason : why it FAILED
    """

    arn: str
    kind: str
    tries: int
    interruptions: int
    furthest: float
    step: str
    outcome: str
    reason: str


LONGEST_DELAY_SECONDS = 60.0
_LEASE = tuple(jobs.c[field.name] for field in fields(Lease))
_ANY_WAITS = select(jobs.c.number).where(jobs.c.state == "WAITING").limit(1)
_other = jobs.alias()
_waits_before = and_(_other.c.state == "WAITING", _other.c.outcome == "", _other.c.number < jobs.c.number)
_NOT_ITS_TURN = (
    exists()
    .where(jobs.c.serial != "", _other.c.serial == jobs.c.serial)
    .where(or_(_other.c.state == "RUNNING", _waits_before))
)


class Leases:
    """The jobs that one worker holds, and those that it may take."""

    def __init__(self, engine: Engine, owner: str, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._owner = owner
        self._clock = clock

    def any_waits(self) -> bool:
        """Whether any job waits, for whatever; the question that an idle worker asks all the time."""
        with self._engine.connect() as connection:
            return connection.execute(_ANY_WAITS).first() is not None

    def take(self, kinds: Collection[str], *, most: int, besides: Collection[str]) -> list[Lease]:
        """Take the oldest jobs whose work is due.

        Parameters
        ----------
        kinds : only these
        most : no more than so many
        besides : but not these ARNs
        """
        due = self._due(kinds, besides).where(jobs.c.outcome == "", ~_NOT_ITS_TURN)
        return self._take(due.limit(max(0, most)))

    def take_decided(self, kinds: Collection[str], *, most: int, besides: Collection[str]) -> list[Lease]:
        """Take the oldest jobs whose outcome is decided, so that only their records are to be told."""
        return self._take(self._due(kinds, besides).where(jobs.c.outcome != "").limit(max(0, most)))

    def _take(self, due: Select[int]) -> list[Lease]:
        with self._engine.connect() as connection:
            if connection.execute(due).first() is None:
                return []
        taken = update(jobs).returning(*_LEASE)
        now = self._clock()
        values = {"state": "RUNNING", "owner": self._owner, "taken_at": now, "updated_at": now}
        with self._engine.begin() as connection:
            be_the_only_writer(connection)
            numbers = connection.execute(due).scalars().all()
            rows = connection.execute(taken.where(jobs.c.number.in_(numbers)).values(**values))
            return [Lease(**row) for row in rows.mappings()]

    def _due(self, kinds: Collection[str], besides: Collection[str]) -> Select[int]:
        now = self._clock()
        latest = now + LONGEST_DELAY_SECONDS  # what is to wait for longer: the clock has been set back since
        return (
            select(jobs.c.number)
            .where(jobs.c.state == "WAITING", or_(jobs.c.not_before <= now, jobs.c.not_before > latest))
            .where(jobs.c.kind.in_(kinds), jobs.c.arn.not_in(besides))
            .order_by(jobs.c.number)
        )

    def outcomes(self) -> dict[str, str]:
        """The outcome of each job that is still ours, by ARN; empty where none is decided."""
        ours = (jobs.c.state == "RUNNING", jobs.c.owner == self._owner)
        query = select(jobs.c.arn, jobs.c.outcome).where(*ours)
        with self._engine.connect() as connection:
            return {arn: outcome for arn, outcome in connection.execute(query)}  # noqa: C416

    def fail(self, arn: str, reason: str) -> Lease | None:
        """Decide that a job FAILED, unless an outcome is decided; None when the job is not ours any more."""
        self._change(jobs.c.arn == arn, jobs.c.outcome == "", outcome="FAILED", reason=reason)
        return self.current(arn)

    def current(self, arn: str) -> Lease | None:
        """A job as it stands now; None when it is not ours any more."""
        query = select(*_LEASE).where(jobs.c.arn == arn, jobs.c.owner == self._owner)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return Lease(**row) if row else None

    def finish(self, lease: Lease) -> bool:
        """End a job: DONE, or with its outcome; False when another outcome was decided meanwhile."""
        state = lease.outcome or "DONE"
        done = {"step": "done", "fraction": 1.0} if state == "DONE" else {}
        same = (jobs.c.arn == lease.arn, jobs.c.outcome == lease.outcome)
        return self._change(*same, state=state, owner="", **done) > 0

    def count_try(self, arn: str, *, delay_seconds: float) -> None:
        """Count a try that failed, and let the job wait for another one."""
        later = self._clock() + min(delay_seconds, LONGEST_DELAY_SECONDS)
        self._change(jobs.c.arn == arn, state="WAITING", owner="", tries=jobs.c.tries + 1, not_before=later)

    def interrupt(self, arn: str) -> None:
        """Let a job wait that was interrupted, through no fault of its own."""
        self._change(jobs.c.arn == arn, **interrupted(self._clock()))

    def wait(self, arn: str, step: str, *, delay_seconds: float) -> None:
        """Let a job wait through no fault of its own; its step says what for."""
        later = self._clock() + delay_seconds
        self._change(jobs.c.arn == arn, state="WAITING", owner="", step=step, not_before=later)

    def put_back(self, arn: str) -> None:
        """Let a job wait, as if it had not been taken."""
        self._change(jobs.c.arn == arn, state="WAITING", owner="")

    def put_all_back(self) -> None:
        """Let all jobs wait for another worker, as if they had not been taken."""
        self._change(state="WAITING", owner="")

    def store_progress(self, progress: Mapping[str, tuple[str, float]]) -> None:
        """Store (step, fraction) of some jobs, by ARN, in one commit."""
        with self._engine.begin() as connection:
            for arn, (step, fraction) in progress.items():
                connection.execute(
                    update(jobs)
                    .where(jobs.c.owner == self._owner, jobs.c.arn == arn)
                    .values(step=step, fraction=fraction, updated_at=self._clock())
                )

    def _change(self, *where: Any, **values: Any) -> int:
        change = update(jobs).where(jobs.c.owner == self._owner, *where)
        with self._engine.begin() as connection:
            return connection.execute(change.values({"updated_at": self._clock(), **values})).rowcount
