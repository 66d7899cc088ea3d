"""Which workers live: each counts up in a row of its own, and one whose count stands still is dead.

A count is compared with the reader's own watch, so the clocks of two machines need not agree.
"""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, RowMapping, delete, insert, select, update

from .interruptions import interrupted
from .table import jobs, workers


def is_alive(pid: int) -> bool:
    """Whether a process of this machine runs; one that only waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return not Path("/proc").exists()  # a system without it, or else the process has just vanished
    return state not in "ZX"


def this_pid_space() -> str:
    """Names this boot of this machine or container: within it, a process id is that of one process."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


class Heartbeats:
    """One worker's heartbeat among all others."""

    def __init__(
        self,
        engine: Engine,
        *,
        name: str,
        lease_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        pid_space: str | None = None,
    ) -> None:
        """Nothing is written before `join`.

        Parameters
        ----------
        name : the worker's, for people
        lease_seconds : a worker that has not counted for so long is dead
        pid_space : names the processes among which a process id is unique; by default, this machine's
        """
        self.owner = uuid4().hex
        """Names this worker in the rows of its jobs, until it leaves or is taken for dead."""
        self._engine = engine
        self._name = name
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._pid_space = pid_space or this_pid_space()
        self._seen: dict[str, tuple[int, float]] = {}

    def join(self, guard_pid: int) -> None:
        """Enter the table of workers, with the process that guards our children."""
        row = {
            "name": self._name,
            "pid_space": self._pid_space,
            "pid": os.getpid(),
            "guard_pid": guard_pid,
            "beat": 0,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(workers).values(owner=self.owner, **row))

    def beat(self, guard_pid: int) -> bool:
        """Say that we live; False when we were taken for dead, and our jobs are others' now."""
        change = update(workers).where(workers.c.owner == self.owner)
        with self._engine.begin() as connection:
            values = change.values(beat=workers.c.beat + 1, guard_pid=guard_pid)
            return connection.execute(values).rowcount > 0

    def leave(self) -> None:
        """Delete our row."""
        with self._engine.begin() as connection:
            connection.execute(delete(workers).where(workers.c.owner == self.owner))

    def take_over(self) -> int:
        """Delete dead workers; the jobs of all who have no row were interrupted. How many jobs those are."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(workers).where(workers.c.owner != self.owner)).mappings().all()
        dead = [row for row in rows if self._is_dead(row)]
        orphaned = (jobs.c.state == "RUNNING", jobs.c.owner.not_in(select(workers.c.owner)))
        with self._engine.connect() as connection:
            if not dead and connection.execute(select(jobs.c.number).where(*orphaned)).first() is None:
                return 0
        with self._engine.begin() as connection:
            for row in dead:
                same = (workers.c.owner == row["owner"], workers.c.beat == row["beat"])
                connection.execute(delete(workers).where(*same))
            return connection.execute(update(jobs).where(*orphaned).values(interrupted(time.time()))).rowcount

    def _is_dead(self, row: RowMapping) -> bool:
        if row["pid_space"] == self._pid_space and not (is_alive(row["pid"]) or is_alive(row["guard_pid"])):
            return True
        beat, since = self._seen.get(row["owner"], (-1, 0.0))
        if beat != row["beat"]:
            self._seen[row["owner"]] = (row["beat"], self._clock())
            return False
        return self._clock() - since > self._lease_seconds
