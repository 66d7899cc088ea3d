from concurrent.futures import ThreadPoolExecutor

import pytest

from presage.jobs.leases import Leases
from presage.jobs.queue import Jobs
from presage.jobs.table import open_job_table

from .running import new_url


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
