"""Real worker processes over a job queue in a temporary folder, for tests of this room and of others."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import text

from presage.config import Config
from presage.jobs.child import load
from presage.jobs.leases import Leases
from presage.jobs.queue import Jobs
from presage.jobs.table import jobs_url, open_job_table
from presage.jobs.work import Pace
from presage.jobs.worker import run_worker

from ..servers import database_for_tests

WAIT_SECONDS = 60.0
QUICK = Pace(poll_seconds=0.05, lease_seconds=2.0, retry_seconds=0.05, outage_seconds=0.1)


def eventually(what, *, seconds=WAIT_SECONDS):
    """The first true value of `what()`; fails when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.02)
    return value


def new_url(folder):
    """The URL of a new database for jobs."""
    return jobs_url(new_config(folder))


def new_config(folder):
    """Settings whose jobs lie in the folder, or where PRESAGE_TEST_DATABASE says."""
    return Config(data=Path(folder), database=database_for_tests())


@contextmanager
def leasing(url, clock=time.time):
    """Leases of a worker, which takes jobs only when asked."""
    engine = open_job_table(url)
    yield Leases(engine, "me", clock)
    engine.dispose()


class RunningWorkers:
    """A data folder with a job queue and the workers that a test starts.

    `registry` names a mapping of kinds to Work: `package.module:NAME`.
    """

    def __init__(self, folder, registry="tests.jobs.works:WORKS", database=""):
        self.config = Config(data=Path(folder), database=database) if database else new_config(folder)
        self.jobs = Jobs(jobs_url(self.config))
        self.engine = open_job_table(jobs_url(self.config))
        self._registry = registry
        self._workers = []

    def worker(self, *arguments, **named):
        """Start a worker process; takes what `command_of` takes."""
        process = subprocess.Popen(self.command_of(*arguments, **named), env=self.environment())
        self._workers.append(process)
        return process

    def command_of(self, name="local", slots=2, pace=QUICK):
        """The command line of a worker."""
        arguments = {
            "data": str(self.config.data),
            "database": self.config.database,
            "registry": self._registry,
            "name": name,
            "slots": slots,
            "pace": asdict(pace),
        }
        return [sys.executable, "-m", "tests.jobs.running", json.dumps(arguments)]

    @staticmethod
    def environment():
        path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
        return os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}

    def kill(self, process, number=signal.SIGKILL):
        process.send_signal(number)
        process.wait()

    def say(self, sql):
        """Do something to the database behind everybody's back."""
        with self.engine.begin() as connection:
            connection.execute(text(sql))

    def freeze(self, process):
        """Let a worker stand still, but not in the middle of a transaction, which would stop SQLite too."""
        with self.engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text("BEGIN IMMEDIATE"))
            process.send_signal(signal.SIGSTOP)
            eventually(
                lambda: Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
            )

    def lines(self):
        """What the jobs left: a word, an ARN and the rest of each line."""
        file = self.config.data / "marks.txt"
        return [line.split(" ", 2) for line in file.read_text().splitlines()] if file.exists() else []

    def marks(self, word, arn=None):
        """What follows `word` (and the ARN) in each line that the jobs left."""
        return [line[-1] for line in self.lines() if line[0] == word and arn in (None, line[1])]

    def release(self, arn):
        (self.config.data / f"release-{arn}").touch()

    def until(self, arn, *states):
        """Wait until a job is in one of these states; which."""
        return eventually(lambda: (state := self.jobs.state(arn)) in states and state)

    def began(self, arn, times=1):
        """Wait until a job's work began so often; the child's process id."""
        return int(eventually(lambda: len(marks := self.marks("began", arn)) >= times and marks[times - 1]))

    def close(self):
        for process in self._workers:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self._workers:
            process.wait(WAIT_SECONDS)
        self.jobs.close()
        self.engine.dispose()


def main(command):
    arguments = json.loads(command)
    config = Config(data=Path(arguments.pop("data")), database=arguments.pop("database"))
    registry, pace = load(arguments.pop("registry")), Pace(**arguments.pop("pace"))
    run_worker(config, registry, pace=pace, **arguments)


if __name__ == "__main__":
    main(sys.argv[1])
