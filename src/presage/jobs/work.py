"""What a kind of job does, and how quick a worker is."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a kind of job does; each function is named `package.module:function` and runs in a child process.

    Parameters
    ----------
    run : (config, arn, report): the work; report(step, fraction) tells how far it is. Runs again when it was
        killed, at whatever point, even its very end. A JobFailure is final, any other error is tried again
    failed : (config, arn, reason): there will be no other try; called again until it returns
    stopped : (config, arn): the job was cancelled, wherever its record stands now; called until it returns
    background : nobody waits for it: one at a time in a worker, beside the worker's slots, at low priority
    waits : it mostly waits, for other jobs even: many at once in a worker, beside the worker's slots
    imports : modules that it needs and that take long to import; none may start threads by it. They are
        imported before the first job of the kind; later ones find them loaded
    """

    run: str
    failed: str
    stopped: str | None = None
    background: bool = False
    waits: bool = False
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How quick a worker is, in seconds.

    Parameters
    ----------
    poll_seconds : how often it looks for jobs and cancellations
    lease_seconds : how long it may stand still before others take its jobs
    retry_seconds : how long a job waits before its second try; four times as long before each further one
    outage_seconds : how long a job that found a disk full, or something away, waits, however often
    stall_seconds : how long a child may report nothing and use almost no CPU time before it is ended
    silent_seconds : how long a child may report nothing, whatever CPU time it uses, before it is ended
    """

    poll_seconds: float = 0.1
    lease_seconds: float = 60.0
    retry_seconds: float = 1.0
    outage_seconds: float = 10.0
    stall_seconds: float = 15 * 60.0
    silent_seconds: float = 6 * 3600.0
