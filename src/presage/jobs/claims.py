"""What a worker does with job rows: claim them, keep their progress, and say how they ended.

Every change names the owner, so a worker that lost a job can change nothing about it.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Select, select, update

from .ledger import jobs


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A job that is ours to do.

    Parameters
    ----------
    tries : how often its work was begun, this time included
    verdict : empty, or what was decided: FAILED or CANCELLED
    reason : why it was judged FAILED
    """

    arn: str
    kind: str
    tries: int
    verdict: str
    reason: str


_CLAIM = (jobs.c.arn, jobs.c.kind, jobs.c.tries, jobs.c.verdict, jobs.c.reason)
_ANY_WAITS = select(jobs.c.number).where(jobs.c.state == "WAITING").limit(1)


class Claims:
    """The jobs of one run of one worker."""

    def __init__(self, engine: Engine, owner: str, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._owner = owner
        self._clock = clock

    def take(
        self, kinds: Collection[str], *, free: int, judged: int, besides: Collection[str]
    ) -> list[Claim]:
        """Claim the oldest jobs that are due.

        Parameters
        ----------
        kinds : only these
        free : at most so many that have work to do
        judged : at most so many on which a verdict was passed
        besides : but not these ARNs
        """
        with self._engine.connect() as connection:
            if connection.execute(_ANY_WAITS).first() is None:
                return []
            due = self._due(kinds, besides)
            numbers = [
                *connection.execute(due.where(jobs.c.verdict != "").limit(max(0, judged))).scalars(),
                *connection.execute(due.where(jobs.c.verdict == "").limit(max(0, free))).scalars(),
            ]
        if not numbers:
            return []
        claim = (
            update(jobs)
            .where(jobs.c.number.in_(numbers), jobs.c.state == "WAITING")
            .values(state="RUNNING", owner=self._owner, tries=jobs.c.tries + 1, updated_at=self._clock())
            .returning(*_CLAIM)
        )
        with self._engine.begin() as connection:
            return [Claim(**row) for row in connection.execute(claim).mappings()]

    def _due(self, kinds: Collection[str], besides: Collection[str]) -> Select[int]:
        return (
            select(jobs.c.number)
            .where(jobs.c.state == "WAITING", jobs.c.not_before <= self._clock())
            .where(jobs.c.kind.in_(kinds), jobs.c.arn.not_in(besides))
            .order_by(jobs.c.number)
        )

    def verdicts(self) -> dict[str, str]:
        """The verdict on each job that is still ours, by ARN."""
        ours = (jobs.c.state == "RUNNING", jobs.c.owner == self._owner)
        query = select(jobs.c.arn, jobs.c.verdict).where(*ours)
        with self._engine.connect() as connection:
            return {arn: verdict for arn, verdict in connection.execute(query)}  # noqa: C416

    def condemn(self, arn: str, reason: str) -> Claim | None:
        """Pass the verdict FAILED, unless one was passed before; None when the job is not ours any more."""
        self._change(jobs.c.arn == arn, jobs.c.verdict == "", verdict="FAILED", reason=reason)
        return self.current(arn)

    def current(self, arn: str) -> Claim | None:
        """A job as it stands now; None when it is not ours any more."""
        query = select(*_CLAIM).where(jobs.c.arn == arn, jobs.c.owner == self._owner)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return Claim(**row) if row else None

    def finish(self, claim: Claim) -> bool:
        """A job's work, or what its verdict asked for, is done; False when the verdict has changed since."""
        state = claim.verdict or "DONE"
        done = {"step": "done", "fraction": 1.0} if state == "DONE" else {}
        same = (jobs.c.arn == claim.arn, jobs.c.verdict == claim.verdict)
        return self._change(*same, state=state, owner="", **done) > 0

    def put_back(self, arn: str, *, delay_seconds: float) -> None:
        """Let a job wait for another try."""
        later = self._clock() + delay_seconds
        self._change(jobs.c.arn == arn, state="WAITING", owner="", not_before=later)

    def put_all_back(self) -> None:
        """Let all jobs wait for another worker; that they were begun here does not count as a try."""
        self._change(state="WAITING", owner="", tries=jobs.c.tries - 1)

    def note(self, progress: Mapping[str, tuple[str, float]]) -> None:
        """Store (step, fraction) of some jobs in one commit."""
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
            return connection.execute(change.values(updated_at=self._clock(), **values)).rowcount
