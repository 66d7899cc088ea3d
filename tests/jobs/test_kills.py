"""The kill loop in short: whatever is killed at whatever moment, every job is done."""

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select

from presage.jobs.table import jobs, workers

from .running import eventually

N_JOBS = 24
KILLS = ["child"] * 12 + ["guard"] * 6 + ["worker"] * 4 + ["all"] * 3
SERIAL = "one dataset"


class Killer:
    """Two workers and their processes; a worker that dies is started again."""

    def __init__(self, running, seed):
        self._running, self._random = running, random.Random(seed)
        self._workers = [self._start(number) for number in range(2)]

    def _start(self, number):
        return self._running.worker(f"worker {number}")

    def kill(self, what):
        """Kill something of a worker that has work in hand, a moment later."""
        number, guard, children = eventually(self._a_busy_one)
        time.sleep(self._random.uniform(0.0, 0.2))
        worker = self._workers[number]
        victims = {
            "child": [self._random.choice(children)],
            "guard": [guard],
            "worker": [worker.pid],
            "all": [worker.pid, guard, *children],
        }
        for pid in victims[what]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if worker.pid in victims[what]:
            worker.wait()
            self._workers[number] = self._start(number)

    def _a_busy_one(self):
        """(number, guard, children) of a worker that has children; None when none has."""
        numbers = {worker.pid: number for number, worker in enumerate(self._workers)}
        query = select(workers.c.pid, workers.c.guard_pid).where(workers.c.pid.in_(numbers))
        with self._running.engine.connect() as connection:
            rows = connection.execute(query).all()
        busy = [(numbers[pid], guard, found) for pid, guard in rows if (found := _children_of(guard))]
        return busy and self._random.choice(busy)


def _children_of(pid):
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def test_every_job_is_done_whatever_is_killed(running):
    arns = [f"arn:{number:02}" for number in range(N_JOBS)]
    in_turn = arns[::4]
    for arn in arns:
        running.jobs.submit("stepwise", arn, serial=SERIAL if arn in in_turn else "")
    killer = Killer(running, seed=5)
    for what in random.Random(7).sample(KILLS, len(KILLS)):
        killer.kill(what)
    for arn in arns:
        assert running.until(arn, "DONE", "FAILED") == "DONE"
        assert running.marks("ended", arn)
    assert running.marks("failed") == []
    with running.engine.connect() as connection:
        assert set(connection.execute(select(jobs.c.state)).scalars()) == {"DONE"}
    order = [line[1] for line in running.lines() if line[0] in ("began", "ended") and line[1] in in_turn]
    assert order == sorted(order)
