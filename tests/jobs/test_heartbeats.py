import os
import subprocess
import sys

import pytest
from sqlalchemy import insert, select, update

from presage.jobs.heartbeats import Heartbeats, is_alive, this_pid_space
from presage.jobs.table import jobs, open_job_table, workers

from .running import new_url

LEASE_SECONDS = 15.0


@pytest.fixture
def engine(tmp_path):
    engine = open_job_table(new_url(tmp_path))
    yield engine
    engine.dispose()


@pytest.fixture
def clock():
    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    return Clock()


@pytest.fixture
def make(engine, clock):
    return lambda name, pid_space=None: Heartbeats(
        engine, name=name, lease_seconds=LEASE_SECONDS, clock=clock, pid_space=pid_space
    )


def give_job(engine, heartbeats, arn="arn:1"):
    row = {"arn": arn, "kind": "train", "state": "RUNNING", "owner": heartbeats.owner, "updated_at": 0.0}
    with engine.begin() as connection:
        connection.execute(insert(jobs).values(row))


def column(engine, name, arn="arn:1"):
    with engine.connect() as connection:
        return connection.execute(select(jobs.c[name]).where(jobs.c.arn == arn)).scalar()


def state(engine, arn="arn:1"):
    return column(engine, "state", arn)


@pytest.fixture
def dead_pid():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_process_lives_until_it_ends_even_if_nobody_asks_how(dead_pid):
    assert is_alive(os.getpid())
    assert not is_alive(dead_pid)
    unasked = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    unasked.stdout.read()
    unasked.stdout.close()
    while is_alive(unasked.pid):
        pass
    assert unasked.wait() == 0


def test_a_pid_space_is_the_same_for_all_processes_of_a_machine():
    other = subprocess.check_output(
        [sys.executable, "-c", "from presage.jobs.heartbeats import this_pid_space; print(this_pid_space())"],
        text=True,
    )
    assert other.strip() == this_pid_space()


def test_jobs_of_a_silent_worker_elsewhere_wait_again_after_its_lease(make, engine, clock):
    ours, theirs = make("ours"), make("theirs", pid_space="another machine")
    ours.join(os.getpid())
    theirs.join(os.getpid())
    give_job(engine, theirs)
    assert ours.take_over() == 0
    clock.now = LEASE_SECONDS
    assert ours.take_over() == 0
    clock.now += 1.0
    assert ours.take_over() == 1
    assert state(engine) == "WAITING"
    assert column(engine, "interruptions") == 1
    assert column(engine, "tries") == 0
    assert not theirs.beat(os.getpid())


def test_a_worker_that_counts_keeps_its_jobs_however_long(make, engine, clock):
    ours, theirs = make("ours"), make("theirs", pid_space="another machine")
    ours.join(os.getpid())
    theirs.join(os.getpid())
    give_job(engine, theirs)
    for _ in range(5):
        clock.now += LEASE_SECONDS - 1.0
        assert theirs.beat(os.getpid())
        assert ours.take_over() == 0
    assert state(engine) == "RUNNING"


@pytest.mark.parametrize("lives", ["worker", "guard", "neither"])
def test_a_dead_worker_here_is_known_at_once_if_its_guard_is_dead_too(make, engine, dead_pid, lives):
    ours, theirs = make("ours"), make("theirs")
    ours.join(os.getpid())
    theirs.join(os.getpid())
    pids = {
        "pid": os.getpid() if lives == "worker" else dead_pid,
        "guard_pid": os.getpid() if lives == "guard" else dead_pid,
    }
    with engine.begin() as connection:
        connection.execute(update(workers).where(workers.c.owner == theirs.owner).values(pids))
    give_job(engine, theirs)
    assert ours.take_over() == (1 if lives == "neither" else 0)


def test_jobs_of_a_worker_without_a_row_wait_again(make, engine):
    ours, gone = make("ours"), make("gone")
    ours.join(os.getpid())
    give_job(engine, gone)
    give_job(engine, ours, "arn:2")
    assert ours.take_over() == 1
    assert (state(engine), state(engine, "arn:2")) == ("WAITING", "RUNNING")


def test_a_worker_that_left_does_not_count(make):
    ours = make("ours")
    ours.join(os.getpid())
    assert ours.beat(os.getpid())
    ours.leave()
    assert not ours.beat(os.getpid())
