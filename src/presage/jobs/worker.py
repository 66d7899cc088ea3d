"""The doing side of the jobs: a worker claims jobs, does each in a child process, and says how it ended."""

import os
import select
import signal
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
from .claims import Claim, Claims
from .endings import Ending
from .ledger import jobs_url, open_ledger
from .messages import Exit, Fault, News, Refusal, Report
from .roster import Roster
from .supervise import lifeline

MOST_TRIES = 3
_RECONCILE = "reconcile"
_MOST_JUDGED = 4  # how many jobs at once are told that they failed or were stopped, besides those that run
_BEAT, _CHILD_LEASE = 0.2, 0.8  # parts of the lease: how often it is renewed, and when children must be dead
_NOTE_SECONDS, _OUTAGE_SECONDS, _LONGEST_RETRY_SECONDS = 0.5, 1.0, 60.0
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a kind of job does; each function is named `package.module:function` and runs in a child process.

    Parameters
    ----------
    run : (config, arn, report): the work; report(step, fraction) tells how far it is. Runs again when it was
        killed, at whatever point, even its very end. A JobFailure is final, any other error is tried again
    failed : (config, arn, reason): there will be no other try; called again until it returns
    stopped : (config, arn): the job was cancelled, wherever its record stands now; called until it returns
    """

    run: str
    failed: str
    stopped: str | None = None


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How quick a worker is, in seconds.

    Parameters
    ----------
    poll_seconds : how often it looks for jobs and cancellations
    lease_seconds : how long it may stand still before others take its jobs
    retry_seconds : how long a job waits before its second try; four times as long before each further one
    reconcile_seconds : how often it looks for records that wait without a job
    """

    poll_seconds: float = 0.1
    lease_seconds: float = 60.0
    retry_seconds: float = 1.0
    reconcile_seconds: float = 60.0


def run_worker(
    config: Config,
    works: Mapping[str, Work],
    *,
    executor_id: str,
    slots: int,
    reconcile: str | None = None,
    pace: Pace | None = None,
) -> None:
    """Do jobs until SIGTERM or SIGINT, or until the process that supervises this one is gone.

    Parameters
    ----------
    works : what to do, by the job's kind; jobs of other kinds are left to other workers
    executor_id : the worker's name in logs and in the roster of workers
    slots : how many jobs may run at once
    reconcile : `package.module:function`, called with the settings in a child at the start and every minute
    """
    worker = _Worker(
        config, works, executor_id=executor_id, slots=slots, reconcile=reconcile, pace=pace or Pace()
    )
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signum, _frame: stopping.append(signum))
    parent = lifeline()
    try:
        while not stopping and not (parent is not None and select.select([parent], [], [], 0)[0]):
            worker.turn()
    finally:
        worker.close()


@dataclass
class _Active:
    """A job in a child; it is lost when it is no longer ours and the child only has to die."""

    claim: Claim
    phase: Literal["run", "failed", "stopped", "lost"]
    said: Refusal | Fault | None = None
    exit_code: int | None = None


class _Worker:
    """One run of a worker: what it has in hand, and the turn that it repeats."""

    def __init__(
        self,
        config: Config,
        works: Mapping[str, Work],
        *,
        executor_id: str,
        slots: int,
        reconcile: str | None,
        pace: Pace,
    ) -> None:
        self._works, self._slots, self._reconcile, self._pace = works, slots, reconcile, pace
        self._name = executor_id
        self._engine = open_ledger(jobs_url(config))
        self._children = Children(
            config,
            lease_seconds=_CHILD_LEASE * pace.lease_seconds,
            threads=max(1, (os.cpu_count() or 1) // max(1, slots)),
        )
        self._active: dict[str, _Active] = {}
        self._progress: dict[str, tuple[str, float]] = {}
        self._due: dict[str, float] = {}
        self._join()

    def turn(self) -> None:
        """Hear what happened, write it down, look for more."""
        for news in self._children.news(self._pace.poll_seconds):
            self._hear(news)
        try:
            self._write_down()
            self._claim()
        except DBAPIError as error:
            _log.warning("the job database does not answer", error=str(error.orig))
            self._due.clear()  # before any claim, say again that we live
            time.sleep(_OUTAGE_SECONDS)
        if self._reconcile and self._is_due(_RECONCILE, self._pace.reconcile_seconds):
            self._children.kill(_RECONCILE)  # one that has hung since the last time
            self._children.start(_RECONCILE, self._reconcile)

    def close(self) -> None:
        """Kill the children and let their jobs wait for another worker."""
        self._children.close()
        with suppress(DBAPIError):  # an outage: others will find that we are gone
            self._claims.put_all_back()
            self._roster.leave()
        self._engine.dispose()

    def _is_due(self, what: str, every_seconds: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every_seconds
        return True

    def _join(self) -> None:
        self._roster = Roster(self._engine, name=self._name, lease_seconds=self._pace.lease_seconds)
        self._claims = Claims(self._engine, self._roster.run)
        self._roster.join(self._children.guard_pid)

    def _hear(self, news: News) -> None:
        active = self._active.get(news.key)
        match news:
            case Report(arn, step, fraction):
                self._progress[arn] = (step, fraction)
            case Exit(_, code) if active:
                active.exit_code = code
            case Refusal() | Fault() if active:
                active.said = news
            case Refusal(_, error) | Fault(_, _, error):
                _log.error("reconciling failed", error=error)
            case Exit():
                pass

    def _write_down(self) -> None:
        if self._is_due("beat", _BEAT * self._pace.lease_seconds):
            self._beat()
        if self._active:
            self._watch()
        for active in list(self._active.values()):
            if active.exit_code is not None:
                self._settle(active, Ending(code=active.exit_code, said=active.said))
        if self._progress and self._is_due("note", _NOTE_SECONDS):
            self._claims.note(self._progress)
            self._progress.clear()

    def _beat(self) -> None:
        """Say that we live, take over from the dead, and pick up what an outage made us drop."""
        now = time.monotonic()
        if not self._roster.beat(self._children.guard_pid):
            _log.warning("this worker stood still for longer than its lease; others took its jobs")
            for arn in self._active:
                self._lose(arn)
            self._join()
        self._children.live(now)
        if orphans := self._roster.bury():
            _log.warning("took over from workers that died", jobs=orphans)
        for arn in self._claims.verdicts().keys() - self._active.keys():
            self._claims.put_back(arn, delay_seconds=0.0)

    def _watch(self) -> None:
        """Kill the children whose jobs were cancelled, forgotten or taken over."""
        verdicts = self._claims.verdicts()
        for arn, active in self._active.items():
            if arn not in verdicts:
                self._lose(arn)
            elif verdicts[arn] == "CANCELLED" and active.phase == "run":
                self._children.kill(arn)

    def _lose(self, arn: str) -> None:
        self._active[arn].phase = "lost"
        self._children.kill(arn)

    def _claim(self) -> None:
        busy = sum(active.phase in ("run", "lost") for active in self._active.values())
        free, judged = self._slots - busy, _MOST_JUDGED - (len(self._active) - busy)
        for claim in self._claims.take(self._works, free=free, judged=judged, besides=self._active):
            self._begin(claim)

    def _begin(self, claim: Claim) -> None:
        """Start what a job of ours needs: its work, or what its verdict asks for."""
        work = self._works[claim.kind]
        if not claim.verdict and claim.tries > MOST_TRIES:
            self._condemn(
                claim, f"the worker process died {MOST_TRIES} times, with its worker (out of memory?)"
            )
        elif not claim.verdict:
            self._start(claim, "run", work.run)
        elif claim.verdict == "FAILED":
            self._start(claim, "failed", work.failed, claim.reason)
        elif work.stopped:
            self._start(claim, "stopped", work.stopped)
        else:
            self._claims.finish(claim)

    def _start(self, claim: Claim, phase: Literal["run", "failed", "stopped"], call: str, *more: str) -> None:
        self._active[claim.arn] = _Active(claim, phase)
        self._children.start(claim.arn, call, claim.arn, *more, reports=phase == "run")

    def _condemn(self, claim: Claim, reason: str) -> None:
        if judged := self._claims.condemn(claim.arn, reason):
            self._begin(judged)

    def _settle(self, active: _Active, ending: Ending) -> None:
        """Write down how a child ended, and start what follows from it."""
        claim = active.claim
        if active.phase == "lost" or (ending.code == 0 and self._claims.finish(claim)):
            self._drop(claim)
            return
        now = self._claims.current(claim.arn)
        self._drop(claim)
        if now is None:
            return
        if active.phase != "run":
            self._try_again(now, ending)
        elif now.verdict:
            self._begin(now)
        elif isinstance(ending.said, Refusal):
            self._condemn(now, ending.said.reason)
        else:
            self._try_again(now, ending)

    def _drop(self, claim: Claim) -> None:
        del self._active[claim.arn]
        self._progress.pop(claim.arn, None)

    def _try_again(self, claim: Claim, ending: Ending) -> None:
        reference = uuid4().hex[:12]
        _log.error(
            "a job failed", arn=claim.arn, tries=claim.tries, reference=reference, **ending.for_the_log()
        )
        if claim.verdict or claim.tries < MOST_TRIES:
            wait = self._pace.retry_seconds * 4 ** min(claim.tries - 1, 8)
            self._claims.put_back(claim.arn, delay_seconds=min(_LONGEST_RETRY_SECONDS, wait))
        else:
            self._condemn(claim, ending.for_the_record(claim.tries, reference))
