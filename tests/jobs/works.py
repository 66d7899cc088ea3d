"""Work for test jobs: each leaves marks in the data folder, one line each in `marks.txt`."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np

from presage.errors import JobFailure, Unavailable
from presage.jobs import helpers
from presage.jobs.leading import ranks_of
from presage.jobs.work import Work
from presage.recipes.data import Training

from ..recipes.logs import log_of


def mark(config, *words):
    line = " ".join(map(str, words)) + "\n"
    file = os.open(Path(config.data, "marks.txt"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line.encode())
    os.close(file)


def quick(config, arn, report):
    mark(config, "ran", arn, os.getpid())


def loaded(config, arn, report):
    """Says whether a module is loaded before it was asked for."""
    mark(config, "loaded", arn, "tabnanny" in sys.modules)


def chatty(config, arn, report):
    for _ in range(1000):
        report("one", -1.0)
    report("two", 2.0)


def slow(config, arn, report):
    """Runs until `release-ARN` exists; says when it began and ended."""
    mark(config, "parent", arn, os.getppid())
    mark(config, "began", arn, os.getpid())
    report("waiting", 0.25)
    while not Path(config.data, f"release-{arn}").exists():
        time.sleep(0.02)
    mark(config, "ended", arn, os.getpid())


def on_a_full_disk(config, arn, report):
    """Finds the disk full until `release-ARN` exists."""
    report("storing", 0.5)
    mark(config, "began", arn, os.getpid())
    if not Path(config.data, f"release-{arn}").exists():
        try:
            Path("/dev/full").write_bytes(b"rows")
        except OSError as error:
            raise RuntimeError("the rows could not be stored") from error


def during_an_outage(config, arn, report):
    """Meets something that is away until `release-ARN` exists."""
    mark(config, "began", arn, os.getpid())
    if not Path(config.data, f"release-{arn}").exists():
        raise Unavailable("the lake cannot be reached")


def stepwise(config, arn, report):
    """Takes a few hundred milliseconds, and may be done as often as you like."""
    mark(config, "began", arn, os.getpid())
    for step in range(10):
        report(f"step {step}", step / 10)
        time.sleep(0.03)
    mark(config, "ended", arn, os.getpid())


def background(config, arn, report):
    mark(config, "niceness", arn, os.nice(0))
    slow(config, arn, report)


def in_turn(config, arn, report):
    mark(config, "began", arn, os.getpid())
    time.sleep(0.02)
    mark(config, "ended", arn, os.getpid())


def with_grandchild(config, arn, report):
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    mark(config, "helper", arn, helper.pid)
    slow(config, arn, report)


def asleep(config, arn, report):
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    mark(config, "helper", arn, helper.pid)
    mark(config, "began", arn, os.getpid())
    report("waiting", 0.25)
    time.sleep(300)


def spinning(config, arn, report):
    while True:
        pass


def waiting_for_a_spinning_one(config, arn, report):
    subprocess.run([sys.executable, "-c", "while True: pass"], check=True)


def reporting(config, arn, report):
    mark(config, "began", arn, os.getpid())
    while True:
        report("reading", 0.5)
        time.sleep(0.2)


def helped(config, arn):
    """Waits for two processes that help it, for ever."""
    mark(config, "began", arn, os.getpid())
    with patch.object(helpers, "ALONE_SECONDS", 0.0), helpers.helpers(2) as run:
        list(run(partial(_help, config, arn), range(2)))


def _help(config, arn, _part):
    mark(config, "helps", arn, os.getpid())
    time.sleep(300)


def ranked(config, arn, report):
    """Two ranks that take steps together for ever."""
    with ranks_of(replace(config, torch_processes=2))(_take_steps, (config, arn)):
        mark(config, "began", arn, os.getpid())
        _take_steps(config, arn)


def _take_steps(config, arn):
    import torch  # noqa: PLC0415, slow to import
    import torch.distributed as dist  # noqa: PLC0415

    mark(config, f"rank-{dist.get_rank()}", arn, os.getpid())
    while True:
        dist.all_reduce(torch.ones(1))


def learned(config, arn, report):
    """Two ranks learn a network."""
    np.save(config.data / f"learned-{arn}.npy", weights(ranks_of(replace(config, torch_processes=2))))
    mark(config, "learned", arn)


def weights(ranks):
    """All weights of a network that so many ranks learned of the same log, the same way."""
    from presage.recipes.ranking.linear_recurrence.fit import Plan, fit_network  # noqa: PLC0415, slow to import

    random = np.random.default_rng(0)
    log = log_of([random.integers(0, 30, size=random.integers(2, 20)).tolist() for _ in range(33)], 30)
    plan = Plan(d=16, n_layers=1, n_decays=16, window=8, epochs=2, learning_rate=3e-3, hidden=0.0)
    arrays = fit_network(log, plan, training=Training(seed=3, ranks=ranks)).state()[0]
    return np.concatenate([arrays[name].ravel() for name in sorted(arrays)])


def deadly(config, arn, report):
    mark(config, "began", arn, os.getpid())
    os.kill(os.getpid(), signal.SIGSEGV)


def faulty(config, arn, report):
    mark(config, "began", arn, os.getpid())
    raise ValueError("seven is not a number of legs\nsecond line")


def refused(config, arn, report):
    mark(config, "began", arn, os.getpid())
    raise JobFailure("row 7 of shop.csv has no USER_ID")


def failed(config, arn, reason):
    mark(config, "failed", arn, reason)


def failed_at_second_try(config, arn, reason):
    trial = Path(config.data, f"tried-{arn}")
    if not trial.exists():
        trial.touch()
        raise RuntimeError("the record store is away")
    failed(config, arn, reason)


def stopped(config, arn):
    mark(config, "stopped", arn)


def _work(run, failed="failed", **more):
    return Work(
        run=f"tests.jobs.works:{run}",
        failed=f"tests.jobs.works:{failed}",
        stopped="tests.jobs.works:stopped",
        **more,
    )


WORKS = {
    name: _work(name)
    for name in (
        "quick",
        "slow",
        "in_turn",
        "stepwise",
        "asleep",
        "with_grandchild",
        "ranked",
        "learned",
        "deadly",
        "faulty",
        "refused",
        "on_a_full_disk",
        "during_an_outage",
    )
} | {
    "unlucky": _work("refused", "failed_at_second_try"),
    "background": _work("background", background=True),
}
