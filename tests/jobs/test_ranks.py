"""Processes that learn together die together, and the job is tried again."""

import os
import signal

from presage.jobs.heartbeats import is_alive

from .running import eventually


def test_no_rank_outlives_another_and_the_job_begins_again(running):
    running.worker()
    running.jobs.submit("ranked", "a")
    pids = [_ranks(running, times=1)]
    os.kill(pids[0][1], signal.SIGKILL)
    pids.append(_ranks(running, times=2))
    assert running.jobs.find("a").tries == 1
    os.kill(pids[1][0], signal.SIGKILL)
    pids.append(_ranks(running, times=3))
    running.jobs.cancel("a")
    running.until("a", "CANCELLED")
    eventually(lambda: not any(is_alive(pid) for pair in pids for pid in pair))


def _ranks(running, times):
    """The process ids of ranks 0 and 1 of a try, which have begun to take steps."""
    return [
        int(eventually(lambda r=r: len(m := running.marks(f"rank-{r}", "a")) >= times and m[times - 1]))
        for r in (0, 1)
    ]
