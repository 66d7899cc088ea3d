"""One walk for every motion: from PENDING to where it ends, by a job, by work in this process, or by nothing.

A step is a transaction. What a crash leaves on its way is found by an index and taken up again, so the work
of a motion may run twice.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from uuid import uuid4

import structlog

from presage.errors import JobFailure, Unavailable
from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.records import Writer
from presage.resources.states import Motion, Phase

from .kinds import Move
from .server import Server

MOST_TRIES = 3
RETRY_SECONDS = 0.5
log = structlog.get_logger()


def set_out(server: Server, records: Writer, record: Record) -> None:
    """Once it is written that a motion has begun: set the resource on its way."""
    if record.motion:
        records.after(partial(go_on, server, record))


def go_on(server: Server, record: Record) -> None:
    """Set a resource on its way, or on it again: queue its job, or walk it."""
    move = server.kind_of(record).moves[record.motion]
    if move.job_of(record):
        _queue(server, record, move)
    elif move.work:
        server.beside(partial(walk, server, record.arn))
    else:
        server.later(partial(walk, server, record.arn))


def take_up(server: Server) -> None:
    """Take up whatever is on its way without anybody working on it."""
    for record in server.records.under_way():
        with kept_apart("what is under way could not be taken up; it is tried again", record):
            if record.phase == Phase.STOPPING:
                _stop(server, record)
            elif record.arn not in server.walking:
                go_on(server, record)


@contextmanager
def kept_apart(failure: str, record: Record) -> Generator[None]:
    """What fails for one record is logged, and keeps nobody from the others."""
    try:
        yield
    except Exception:
        log.exception(failure, arn=record.arn)


def _queue(server: Server, record: Record, move: Move) -> None:
    """Queue the job of a motion; one that ended without moving its record is asked for anew."""
    jobs = server.stores.jobs
    if jobs.state(record.arn) in ("DONE", "FAILED", "CANCELLED"):
        current = server.records.get(record.arn)
        if current is None or not current.motion:
            return
        jobs.forget(record.arn)
    jobs.submit(move.job, record.arn, serial=record.get(move.in_order_of, ""))


def _stop(server: Server, record: Record) -> None:
    """Cancel the job of a resource that is to stop; without one, it has stopped."""
    if server.stores.jobs.state(record.arn) is None:
        with server.records.writing() as records:
            records.settle_stopped(record)
    else:
        server.stores.jobs.cancel(record.arn)


def walk(server: Server, arn: str) -> None:
    """Take a resource to where its motion ends."""
    server.walking.add(arn)
    try:
        with server.records.writing() as records:
            record = records.step(arn, Phase.IN_PROGRESS, (Phase.PENDING, Phase.IN_PROGRESS))
        if record is not None:
            reason = _work(server, record)
            _settle(server, record, reason)
    except Unavailable as error:
        log.warning("a motion waits, and is taken up again", arn=arn, reason=str(error))
    finally:
        server.walking.discard(arn)


def _work(server: Server, record: Record) -> str:
    """Do what a motion needs; why it failed, or the empty string."""
    reason = ""
    for tries in range(1, MOST_TRIES + 1):
        try:
            _try(server, record)
        except JobFailure as failure:
            return str(failure)
        except Unavailable:
            raise
        except Exception as error:
            reference = uuid4().hex[:12]
            log.exception("a motion failed", arn=record.arn, motion=record.motion, reference=reference)
            reason = f"{type(error).__name__}: {error} (tried {tries} times; see {reference} in the log)"
            time.sleep(RETRY_SECONDS * (tries < MOST_TRIES))
        else:
            return ""
    return reason


def _try(server: Server, record: Record) -> None:
    """Do the work of a record's motion; what is deleted with it goes first."""
    if record.motion == Motion.DELETE:
        for child in taken_along(server, server.records, record):
            _do(server, child, Motion.DELETE)
    _do(server, record, record.motion)


def _do(server: Server, record: Record, motion: Motion) -> None:
    work = server.kind_of(record).moves[motion].work
    if work is not None:
        work(server, record)


def taken_along(server: Server, records: Reader, record: Record) -> list[Record]:
    """What is deleted with a record."""
    kinds = server.kind_of(record).takes_along
    return [child for kind in kinds for child in records.children(record.arn, kind)]


def _settle(server: Server, record: Record, reason: str) -> None:
    """Write down how a motion ended."""
    if record.motion == Motion.DELETE and not reason:
        _forget(server, record)
        return
    with server.records.writing() as records:
        if reason:
            records.settle_failed(record, reason)
        else:
            records.settle(record)


def _forget(server: Server, record: Record) -> None:
    """Remove what was deleted, and what goes with it."""
    with server.records.writing() as records:
        gone = [*taken_along(server, records, record), record]
        for one in gone:
            records.remove(one.arn)
    for one in gone:
        server.stores.jobs.forget(one.arn)
