"""A worker takes jobs, does each in a child process, and says how it ended."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

import structlog
from sqlalchemy.exc import DBAPIError

from presage.config import Config

from .children import Children
from .heartbeats import Heartbeats
from .interruptions import MOST_IN_A_ROW, reason_for_the_record
from .leases import Lease, Leases
from .messages import Crash, Exit, Failure, Limits, Message, MustWait, Progress, Stalled
from .outcomes import TryEnd
from .supervise import repeat
from .table import jobs_url, open_job_table
from .work import Pace, Work

MOST_TRIES = 3
"""A job whose work failed so often fails; what interrupted it from outside is not counted."""
_MOST_DECIDED = 4  # how many records at once are told that their job failed or was stopped, beside the slots
_BACKGROUND_SLOTS = 1
_WAITING_SLOTS = 16
_BEAT, _CHILD_LEASE = 0.2, 0.8  # parts of the lease: how often it is renewed, and when children must be dead
_PROGRESS_SECONDS, _OUTAGE_SECONDS = 0.5, 1.0
_log = structlog.get_logger()


def run_worker(
    config: Config,
    registry: Mapping[str, Work],
    *,
    name: str,
    slots: int,
    pace: Pace | None = None,
) -> None:
    """Do jobs until SIGTERM or SIGINT, or until the process that supervises this one is gone.

    Parameters
    ----------
    registry : what to do, by the job's kind; jobs of other kinds are left to other workers
    name : the worker's, for people
    slots : how many jobs may run at once, beside one in the background
    """
    worker = _Worker(config, registry, name=name, slots=slots, pace=pace or Pace())
    try:
        repeat(worker.turn)
    finally:
        worker.close()


@dataclass
class _Active:
    """A job in a child.

    Parameters
    ----------
    purpose : which of the work's functions the child runs; `lost` when the job is not ours any more and the
        child only has to die
    said : the error that the child raised, or why the guard ended it
    end : how the child ended
    """

    lease: Lease
    purpose: Literal["run", "failed", "stopped", "lost"]
    said: Failure | Crash | MustWait | Stalled | None = None
    end: TryEnd | None = None


class _Worker:
    """One worker: the jobs that it holds, and the turn that it repeats."""

    def __init__(
        self, config: Config, registry: Mapping[str, Work], *, name: str, slots: int, pace: Pace
    ) -> None:
        self._registry, self._slots, self._pace, self._name = registry, slots, pace, name
        self._engine = open_job_table(jobs_url(config))
        self._children = Children(
            config,
            lease_seconds=_CHILD_LEASE * pace.lease_seconds,
            limits=Limits(stall_seconds=pace.stall_seconds, silent_seconds=pace.silent_seconds),
            threads=config.cores_a_job,
        )
        self._active: dict[str, _Active] = {}
        self._progress: dict[str, tuple[str, float]] = {}
        self._due: dict[str, float] = {}
        self._join()

    def turn(self) -> None:
        """Receive what happened, write it down, look for more jobs."""
        for message in self._children.receive(self._pace.poll_seconds):
            self._receive(message)
        try:
            self._write_down()
            self._take_jobs()
        except DBAPIError as error:
            _log.warning("the job database does not answer", error=str(error.orig))
            self._due.clear()  # beat before any job is taken
            time.sleep(_OUTAGE_SECONDS)

    def close(self) -> None:
        """Kill the children and let their jobs wait for another worker."""
        self._children.close()
        with suppress(DBAPIError):  # an outage: others will find that we are gone
            self._leases.put_all_back()
            self._heartbeats.leave()
        self._engine.dispose()

    def _is_due(self, what: str, every_seconds: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every_seconds
        return True

    def _join(self) -> None:
        self._heartbeats = Heartbeats(self._engine, name=self._name, lease_seconds=self._pace.lease_seconds)
        self._leases = Leases(self._engine, self._heartbeats.owner)
        self._heartbeats.join(self._children.guard_pid)

    def _receive(self, message: Message) -> None:
        active = self._active.get(message.key)
        match message:
            case Progress(arn, step, fraction):
                self._progress[arn] = (step, fraction)
            case Exit(_, code, from_outside) if active:
                active.end = TryEnd(code=code, said=active.said, from_outside=from_outside)
            case Failure() | Crash() | MustWait() | Stalled() if active:
                active.said = message
            case _:
                pass  # about a child that was lost

    def _write_down(self) -> None:
        if self._is_due("beat", _BEAT * self._pace.lease_seconds):
            self._beat()
        if self._active:
            self._watch()
        ended = [(active, active.end) for active in self._active.values() if active.end]
        if self._progress and (ended or self._is_due("progress", _PROGRESS_SECONDS)):
            self._leases.store_progress(self._progress)
            self._progress.clear()
        for active, end in ended:
            self._try_ended(active, end)

    def _beat(self) -> None:
        """Say that we live, take over from the dead, and put back what an outage made us drop."""
        now = time.monotonic()
        if not self._heartbeats.beat(self._children.guard_pid):
            _log.warning("this worker stood still for longer than its lease; others took its jobs")
            for arn in self._active:
                self._lose(arn)
            self._join()
        self._children.renew(now)
        if orphans := self._heartbeats.take_over():
            _log.warning("took over from workers that died", jobs=orphans)
        for arn in self._leases.outcomes().keys() - self._active.keys():
            self._leases.put_back(arn)

    def _watch(self) -> None:
        """Kill the children whose jobs were cancelled, forgotten or taken over."""
        outcomes = self._leases.outcomes()
        for arn, active in self._active.items():
            if arn not in outcomes:
                self._lose(arn)
            elif outcomes[arn] == "CANCELLED" and active.purpose == "run":
                self._children.kill(arn)

    def _lose(self, arn: str) -> None:
        self._active[arn].purpose = "lost"
        self._children.kill(arn)

    def _take_jobs(self) -> None:
        if not self._leases.any_waits():
            return
        telling = sum(active.purpose in ("failed", "stopped") for active in self._active.values())
        leases = self._leases.take_decided(self._registry, most=_MOST_DECIDED - telling, besides=self._active)
        leases += self._take_work(self._slots)
        leases += self._take_work(_BACKGROUND_SLOTS, background=True)
        leases += self._take_work(_WAITING_SLOTS, waits=True)
        for lease in leases:
            self._begin(lease)

    def _take_work(self, slots: int, *, background: bool = False, waits: bool = False) -> list[Lease]:
        wanted = (background, waits)
        kinds = [kind for kind, work in self._registry.items() if (work.background, work.waits) == wanted]
        working = [active.lease.kind for active in self._active.values() if active.purpose in ("run", "lost")]
        free = slots - sum(kind in kinds for kind in working)
        return self._leases.take(kinds, most=free, besides=self._active)

    def _begin(self, lease: Lease) -> None:
        """Start what a job of ours needs: its work, or to tell its record of the outcome."""
        work = self._registry[lease.kind]
        if not lease.outcome and lease.interruptions >= MOST_IN_A_ROW:
            self._fail(lease, reason_for_the_record(lease.step, lease.furthest))
        elif not lease.outcome:
            self._start(lease, "run", work.run)
        elif lease.outcome == "FAILED":
            self._start(lease, "failed", work.failed, lease.reason)
        elif work.stopped:
            self._start(lease, "stopped", work.stopped)
        else:
            self._leases.finish(lease)

    def _start(
        self, lease: Lease, purpose: Literal["run", "failed", "stopped"], call: str, *more: str
    ) -> None:
        self._active[lease.arn] = _Active(lease, purpose)
        work, runs = self._registry[lease.kind], purpose == "run"
        self._children.start(
            lease.arn,
            call,
            lease.arn,
            *more,
            reports=runs,
            background=work.background,
            imports=work.imports if runs else (),
        )

    def _fail(self, lease: Lease, reason: str) -> None:
        if failed := self._leases.fail(lease.arn, reason):
            self._begin(failed)

    def _try_ended(self, active: _Active, end: TryEnd) -> None:
        """Write down how a child ended, and start what follows from it."""
        lease = active.lease
        if active.purpose == "lost" or (end.code == 0 and self._leases.finish(lease)):
            self._drop(lease)
            return
        now = self._leases.current(lease.arn)
        self._drop(lease)
        if now is None:
            return
        if active.purpose == "run" and now.outcome:
            self._begin(now)
        elif isinstance(end.said, MustWait):
            _log.warning("a job must wait", what=end.said.step, arn=now.arn, **end.for_the_log())
            self._leases.wait(now.arn, end.said.step, delay_seconds=self._pace.outage_seconds)
        elif end.is_interruption:
            _log.warning("a job was interrupted", arn=now.arn, **end.for_the_log())
            self._leases.interrupt(now.arn)
        elif active.purpose == "run" and isinstance(end.said, Failure):
            self._fail(now, end.said.reason)
        else:
            self._try_again(now, end)

    def _drop(self, lease: Lease) -> None:
        del self._active[lease.arn]
        self._progress.pop(lease.arn, None)

    def _try_again(self, lease: Lease, end: TryEnd) -> None:
        """Count the try; then the job waits for the next one, or fails."""
        reference, tries = uuid4().hex[:12], lease.tries + 1
        _log.error("a job failed", arn=lease.arn, tries=tries, reference=reference, **end.for_the_log())
        if lease.outcome or tries < MOST_TRIES:
            wait = self._pace.retry_seconds * 4 ** min(tries - 1, 8)
            self._leases.count_try(lease.arn, delay_seconds=wait)
        else:
            self._fail(lease, end.for_the_record(tries, reference))
