import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from presage.config import Config
from presage.jobs.leases import Leases
from presage.jobs.queue import Jobs
from presage.jobs.table import open_job_table
from presage.stores import Stores

from .running import leasing, new_url


@pytest.fixture
def url(tmp_path):
    return new_url(tmp_path)


@pytest.fixture
def jobs(url):
    jobs = Jobs(url)
    yield jobs
    jobs.close()


def test_a_job_that_nobody_asked_for_is_unknown(jobs):
    assert jobs.state("arn:1") is None
    assert jobs.progress("arn:1") is None
    jobs.cancel("arn:1")
    jobs.forget("arn:1")
    assert jobs.state("arn:1") is None


def test_a_submitted_job_waits_also_for_others_who_open_the_queue(jobs, url):
    jobs.submit("train", "arn:1")
    again = Jobs(url)
    again.submit("train", "arn:1")
    assert again.state("arn:1") == "WAITING"
    again.close()


def test_many_threads_submit_at_once(jobs):
    arns = [f"arn:{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda arn: jobs.submit("train", arn), arns * 2))
    assert {jobs.state(arn) for arn in arns} == {"WAITING"}


def test_a_forgotten_job_may_be_submitted_again(jobs):
    jobs.submit("train", "arn:1")
    jobs.forget("arn:1")
    assert jobs.state("arn:1") is None
    jobs.submit("import", "arn:1")
    assert jobs.state("arn:1") == "WAITING"


def test_a_job_that_is_due_every_minute_waits_again_once_it_has_ended(jobs, url):
    engine = open_job_table(url)
    leases = Leases(engine, "worker")
    for _ in range(2):
        jobs.submit_again("fold", "arn:1")
        jobs.submit_again("fold", "arn:1")
        assert jobs.state("arn:1") == "WAITING"
        (lease,) = leases.take(["fold"], most=9, besides=())
        assert lease.tries == 0
        leases.count_try("arn:1", delay_seconds=0.0)
        (lease,) = leases.take(["fold"], most=9, besides=())
        assert lease.tries == 1
        jobs.submit_again("fold", "arn:1")
        assert jobs.state("arn:1") == "RUNNING"
        assert leases.take(["fold"], most=9, besides=()) == []
        leases.store_progress({"arn:1": ("folding", 0.5)})
        leases.fail("arn:1", "the disk is full")
        leases.finish(leases.current("arn:1"))
        assert jobs.state("arn:1") == "FAILED"
    jobs.submit_again("fold", "arn:1")
    assert jobs.progress("arn:1").fraction == 0.0
    engine.dispose()


def test_many_threads_ask_for_the_same_job_again(jobs):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: jobs.submit_again("fold", "arn:1"), range(40)))
    assert jobs.state("arn:1") == "WAITING"


def test_a_job_has_no_progress_before_it_begins(jobs):
    jobs.submit("train", "arn:1")
    progress = jobs.progress("arn:1")
    assert (progress.step, progress.fraction) == ("", 0.0)


def test_jobs_are_listed_with_what_they_do_and_how_long_they_take_still(url):
    now = [1000.0]
    jobs = Jobs(url, clock=lambda: now[0])
    with leasing(url, lambda: now[0]) as leases:
        for number in range(4):
            jobs.submit("train", f"arn:{number}")
            now[0] += 1
        for lease in leases.take(["train"], most=2, besides=()):
            if lease.arn == "arn:0":
                leases.finish(lease)
            now[0] += 1
        (running,) = [job for job in jobs.listed(0) if job.state == "RUNNING"]
        assert running.seconds_left(now[0] + 30) is None
        leases.store_progress({"arn:1": ("learning", 0.25)})
        listed = jobs.listed(5)
        assert [(job.arn, job.state) for job in listed] == [
            ("arn:0", "DONE"),
            ("arn:1", "RUNNING"),
            ("arn:2", "WAITING"),
            ("arn:3", "WAITING"),
        ]
        assert (listed[1].step, listed[1].fraction) == ("learning", 0.25)
        assert listed[1].seconds_left(listed[1].taken_at + 10) == 30.0
        assert [job.seconds_left(now[0]) for job in (listed[0], *listed[2:])] == [None, None, None]
        assert len(jobs.listed(0)) == 3
        assert jobs.find("arn:1") == listed[1]
        assert jobs.find("arn:9") is None
        jobs.close()


def test_the_command_shows_the_jobs(tmp_path):
    stores = Stores(Config(data=tmp_path))
    stores.jobs.submit("train", "arn:aws:personalize:us-east-1:000000000000:solution/shop/1a2b3c4d")
    stores.close()
    command = [sys.executable, "-m", "presage", "jobs", "--data"]
    shown = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "solution/shop/1a2b3c4d" in shown.stdout
    assert "WAITING" in shown.stdout
    missing = subprocess.run([*command, str(tmp_path / "no")], capture_output=True, text=True, check=False)
    assert (missing.returncode, "there is no data folder" in missing.stderr) == (2, True)


def test_jobs_are_counted_by_kind_and_state(url):
    now = [100.0]
    jobs = Jobs(url, lambda: now[0])
    with leasing(url, lambda: now[0]) as leases:
        for number in range(3):
            jobs.submit("train", f"arn:{number}")
        jobs.submit("import", "arn:i")
        now[0] = 110.0
        for lease in leases.take(["train"], most=2, besides=()):
            now[0] += 4.0
            leases.finish(lease)
        counted = {(one.kind, one.state): one for one in jobs.counted()}
        done = counted["train", "DONE"]
        assert (done.n, done.first_at, done.last_at, done.seconds) == (2, 114.0, 118.0, 6.0)
        assert {key: one.n for key, one in counted.items()} == {
            ("train", "DONE"): 2,
            ("train", "WAITING"): 1,
            ("import", "WAITING"): 1,
        }
        assert counted["import", "WAITING"].first_at == 100.0
        leases.take(["import"], most=1, besides=())
        lease = leases.fail("arn:i", "why")
        assert lease is not None
        leases.finish(lease)
        assert (jobs.n_failed(118.0), jobs.n_failed(119.0)) == ({"import": 1}, {})
        jobs.close()
